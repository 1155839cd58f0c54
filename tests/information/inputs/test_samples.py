import numpy as np
import pytest

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information.inputs.samples import positive, sample_rows, whole


def test_rows_are_float64_columns_without_minus_zero():
    rows = sample_rows(np.array([-0.0, 2], np.float32), name="x")
    assert rows.shape == (2, 1)
    assert rows.dtype == np.float64
    assert not np.signbit(rows).any()
    assert sample_rows([[True, False], [False, True]], name="x").tolist() == [[1, 0], [0, 1]]


@pytest.mark.parametrize(
    "values",
    [
        [],
        [[], []],
        [1.0],
        3.0,
        [[1.0, 2.0], [3.0]],
        [1.0, np.nan],
        [np.inf, 1.0],
        [1j, 2j],
        ["a", "b"],
        np.zeros((2, 2, 2)),
        None,
        np.ma.masked_array([1.0, 2.0], [False, True]),
    ],
)
def test_what_are_no_samples_is_refused_by_name(values):
    with pytest.raises(InvalidInputError, match="points must"):
        sample_rows(values, name="points")


@pytest.mark.parametrize("value", [0, -1, 5, 2.0, True, "3", None, np.nan])
def test_whole_numbers_have_limits(value):
    with pytest.raises(InvalidInputError, match="k must be a whole number"):
        whole(value, name="k", below=5)
    assert whole(4, name="k", below=5) == 4


@pytest.mark.parametrize("value", [0, -1.0, np.inf, np.nan, True, "x", None])
def test_positive_means_finite_and_above_zero(value):
    with pytest.raises(InvalidInputError, match="variance must be positive"):
        positive(value, name="variance")


def test_sizes_may_have_a_limit():
    assert sample_rows([1e150, -1e150], name="x", largest=1e150).shape == (2, 1)
    with pytest.raises(InvalidInputError, match="x must not pass"):
        sample_rows([0.0, -1e151], name="x", largest=1e150)
    assert positive(1e100, name="beta", largest=1e100) == 1e100
    for value in (1e-101, 1e101):
        with pytest.raises(InvalidInputError, match="beta must lie between 1e-100 and"):
            positive(value, name="beta", largest=1e100)
