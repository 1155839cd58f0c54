import math
from fractions import Fraction

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information import Binned, BoundedBins, LayeredEstimator, LayerEstimator
from ib_mlflow.information.binned.placing import LARGE, OUTSIDE, UNNUMBERED, bin_by_steps
from ib_mlflow.information.binned.steps import Steps

TANH = np.array([-1.0, 1.0])


def stepped(values, size, borders=TANH, *, large=2.0**31):
    indices = np.empty(values.size, np.int32)
    return indices, *bin_by_steps(values, size, borders, large, indices)


def exact_step(value, size, low, high):
    """The rule in rational arithmetic; a last bin of no width but rounding's is none."""
    value, size = Fraction(float(value)), Fraction(size)
    place = (value - Fraction(low)) / size
    far = Fraction(max(abs(low), abs(high)))
    near = min((abs(value) / 2**22 + far / 2**50) / size, Fraction(1, 2**10))
    span = (Fraction(high) - Fraction(low)) / size
    last = max(math.ceil(span * (1 - Fraction(1, 2**40))) - 1, 0)
    return min(max(math.floor(place + near), 0), last)


@given(
    st.sampled_from([np.float32, np.float64]).flatmap(
        lambda kind: hnp.arrays(
            kind,
            st.integers(1, 30),
            elements=st.floats(-1, 1, width=np.finfo(kind).bits)
            | st.sampled_from([0.0, -0.0, 1.0, -1.0]),
        )
    ),
    st.sampled_from([0.01, 0.07, 0.15, 0.3, 1.0, 2.5, 1e-3]),
)
def test_bins_between_borders_are_those_of_rational_arithmetic(values, size):
    indices, clipped, _, status = stepped(values, size)
    assert indices.tolist() == [exact_step(value, size, -1.0, 1.0) for value in values]
    np.testing.assert_array_equal(Steps(size, TANH).numbers(values)[0], indices)
    assert (clipped, status) == (0, 0)


@pytest.mark.parametrize("size", [0.07, 0.15, 0.3])
def test_units_of_known_distribution_have_their_entropy(size):
    """Uniform on [-1, 1]: bins of a size and one narrower, by their widths; no sample is drawn."""
    n = 200_000
    values = (2 * np.arange(n) + 1) / n - 1
    widths = np.diff(np.append(np.arange(-1, 1, size), 1.0)) / 2
    truth = -np.sum(widths * np.log(widths))
    measured = Binned(bin_size=size, value_range=(-1, 1))(values[:, None], np.zeros(n, int))
    # A border moves one of n values from a bin to the next.
    assert measured.i_x == pytest.approx(truth, abs=1e-3)
    assert measured.diagnostics["occupied"] == len(widths)


def test_saturated_units_fall_into_bins_of_other_widths():
    """Of 0.3: [0.9, 1.2) and [-1.2, -0.9) with an edge at 0; [0.8, 1] and [-1, -0.7) at bounds."""
    layer = np.array([[-0.95], [-0.75], [0.85], [0.95]])
    labels = np.arange(4)
    zero = Binned(bin_size=0.3)(layer, labels)
    bounds = Binned(bin_size=0.3, value_range=(-1, 1))(layer, labels)
    assert zero.i_x == pytest.approx(math.log(4))
    assert bounds.i_x == pytest.approx(math.log(2))


@pytest.mark.parametrize("size", [0.01, 0.5])
def test_a_unit_at_its_upper_bound_shares_the_last_bin(size):
    layer = np.float32([[1.0], [1 - size / 2], [-1.0], [-1 + size / 2]])
    assert Binned(bin_size=size)(layer, np.zeros(4, int)).diagnostics["occupied"] == 3
    bounded = Binned(bin_size=size, value_range=(-1, 1))(layer, np.zeros(4, int))
    assert bounded.diagnostics["occupied"] == 2
    assert bounded.diagnostics["edge_fraction"] == 0


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_compiled_and_wide_paths_agree_and_refuse_what_lies_outside(kind):
    values = np.tanh(np.random.default_rng(0).normal(size=(2, 300, 3))).astype(kind)
    labels = np.arange(300) % 3
    fine = Binned(bin_size=1e-10, value_range=(-1, 1))(values, labels)
    assert fine.i_x == pytest.approx([math.log(300)] * 2)
    for size in (0.07, 1e-10):
        with pytest.raises(InvalidInputError, match=r"must lie in value_range \(-1.0, 1.0\)"):
            Binned(bin_size=size, value_range=(-1, 1))(values * 2, labels)
        clipped = Binned(bin_size=size, value_range=(-1, 1), clip=True)(values * 2, labels)
        beyond = (np.abs(values * 2) > 1).mean(axis=(1, 2))
        assert clipped.diagnostics["clipped_fraction"] == pytest.approx(beyond)
    assert stepped(np.array([1.5]), 0.5)[1:] == (1, 0, OUTSIDE)
    assert stepped(np.array([np.nan]), 0.5)[3] == UNNUMBERED
    assert stepped(np.array([0.0]), 0.5, large=3)[3] == LARGE


def test_each_layer_has_the_bounds_of_its_activation():
    bins = BoundedBins(0.07, ("tanh", "relu", "sigmoid", "softmax"))
    assert isinstance(bins, LayeredEstimator)
    assert not isinstance(bins, LayerEstimator)
    ranges = [bins.at_layer(layer).value_range for layer in (1, 2, 3, 4)]
    assert ranges == [(-1, 1), None, (0, 1), (0, 1)]
    for layer in (0, 5):
        with pytest.raises(InvalidInputError, match="of 4 layers are known; received layer"):
            bins.at_layer(layer)


@pytest.mark.parametrize("activation", ["linear", "leaky_relu", "swish"])
def test_an_activation_without_a_lower_bound_is_refused(activation):
    with pytest.raises(InvalidInputError, match=f"received {activation}"):
        BoundedBins(0.07, ("tanh", activation))
