import numpy as np
import pytest

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information.binned.bins import ACTIVATION_RANGES, Bins, positive_size


def test_settings_spell_out_the_choice():
    assert Bins(bin_size=0.07).setting == "bin_size=0.07"
    assert Bins(bin_size=np.float64(0.3)).setting == "bin_size=0.3"
    both = Bins(bin_size=0.3, value_range=(-1, 1), clip=True)
    assert both.setting == "bin_size=0.3,low=-1.0,high=1.0,clip=True"
    given = Bins(bin_count=np.int64(30), value_range=[-1, 1], clip=True)
    assert given.setting == "bin_count=30,low=-1.0,high=1.0,clip=True"
    assert hash(given) == hash(Bins(bin_count=30, value_range=(-1.0, 1.0), clip=True))


def test_edges_divide_the_range_equally():
    np.testing.assert_array_equal(
        Bins(bin_count=4, value_range=(-1, 1)).edges, [-1.0, -0.5, 0.0, 0.5, 1.0]
    )
    assert Bins(bin_size=0.5).edges is None


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"bin_size": 0.07, "bin_count": 30, "value_range": (-1, 1)},
        {"bin_count": 30},
        {"value_range": (-1, 1)},
    ],
)
def test_the_choice_must_be_one_of_two(arguments):
    with pytest.raises(InvalidInputError, match="either bin_size, or bin_count"):
        Bins(**arguments)


@pytest.mark.parametrize("size", [0, -0.07, np.nan, np.inf, 1e39, "0.07", None, True, np.True_])
def test_a_bin_size_is_a_positive_number(size):
    with pytest.raises(InvalidInputError, match="bin_size must be positive"):
        positive_size(size)


@pytest.mark.parametrize("count", [0, -1, 2.5, "30", 10**7, True])
def test_a_bin_count_is_a_whole_number(count):
    with pytest.raises(InvalidInputError, match="bin_count must be a whole number"):
        Bins(bin_count=count, value_range=(-1, 1))


@pytest.mark.parametrize(
    "value_range", [(1, -1), (0, 0), (0, np.inf), (np.nan, 1), (0, 1, 2), 1.0, "ab", (False, True)]
)
def test_a_range_is_finite_and_ordered(value_range):
    with pytest.raises(InvalidInputError, match="value_range must be two finite numbers"):
        Bins(bin_count=30, value_range=value_range)


def test_clip_is_for_ranges():
    with pytest.raises(InvalidInputError, match="clip belongs to a value_range"):
        Bins(bin_size=0.07, clip=True)


@pytest.mark.parametrize("activation", ACTIVATION_RANGES)
def test_a_bin_size_suits_every_activation(activation):
    Bins(bin_size=0.07).check_activation(activation)


@pytest.mark.parametrize(
    ("value_range", "fitting"),
    [
        ((-1, 1), {"tanh", "sigmoid", "softmax"}),
        ((0, 1), {"sigmoid", "softmax"}),
        ((0, 9), {"sigmoid", "softmax"}),
    ],
)
def test_a_fixed_range_refuses_what_can_leave_it(value_range, fitting):
    bins = Bins(bin_count=30, value_range=value_range)
    for activation in ACTIVATION_RANGES:
        if activation in fitting:
            bins.check_activation(activation)
        else:
            with pytest.raises(InvalidInputError, match=f"every value of {activation}"):
                bins.check_activation(activation)


def test_an_unknown_activation_is_refused():
    with pytest.raises(InvalidInputError, match="activation must be one of tanh"):
        Bins(bin_size=0.07).check_activation("swish")
