import copy
import pickle

import numpy as np
import pytest

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information import Estimate, LayerInformation

GOOD = {
    "i_x": np.array([1.0, 2.0]),
    "i_x_se": np.array([0.1, 0.0]),
    "i_y": np.array([0.5, -0.1]),
    "i_y_se": np.array([0.1, 0.2]),
    "saturated": np.array([False, True]),
    "reliable": np.array([True, False]),
    "n": 10,
}


def test_an_estimate_is_its_value_as_a_float():
    estimate = Estimate(np.float32(0.5), np.float64(0.25), "lower", np.int64(7), {"certificate": 1})
    assert float(estimate) == 0.5
    assert [type(part) for part in (estimate.value, estimate.standard_error, estimate.n)] == [
        float,
        float,
        int,
    ]
    assert estimate.diagnostics == {"certificate": 1}


@pytest.mark.parametrize("value", [-0.25, 1e6, np.inf, -np.inf])
def test_an_estimate_is_never_clipped(value):
    assert Estimate(value, 0.0, "point", 1).value == value


def test_an_estimate_does_not_follow_later_changes_of_its_diagnostics():
    diagnostics = {"reliable": True}
    estimate = Estimate(1.0, 0.0, "point", 1, diagnostics)
    diagnostics["reliable"] = False
    assert estimate.diagnostics == {"reliable": True}


def test_an_estimate_crosses_process_boundaries():
    estimate = Estimate(1.0, 0.1, "upper", 3, {"method": "tree"})
    assert pickle.loads(pickle.dumps(estimate)) == estimate == copy.deepcopy(estimate)


@pytest.mark.parametrize(
    ("arguments", "invariant"),
    [
        ((np.nan, 0.0, "point", 1), "must be a number"),
        (("a", 0.0, "point", 1), "must be a number; received 'a'"),
        ((None, 0.0, "point", 1), "must be a number"),
        ((1.0, "a", "point", 1), "standard error"),
        ((1.0, -1e-9, "point", 1), "standard error"),
        ((1.0, np.nan, "point", 1), "standard error"),
        ((1.0, np.inf, "point", 1), "standard error"),
        ((1.0, 0.0, "point", -1), "n must be"),
        ((1.0, 0.0, "point", 1.5), "n must be a number of samples; received 1.5"),
        ((1.0, 0.0, "exact", 1), "kind must be one of point, lower, upper"),
    ],
)
def test_an_estimate_refuses(arguments, invariant):
    with pytest.raises(InvalidInputError, match=invariant):
        Estimate(*arguments)


def test_layer_information_takes_scalars_and_arrays():
    whole = LayerInformation(**GOOD)
    information = LayerInformation(1, 0, 0.5, 0.1, False, True, n=10)
    assert (whole.i_x.shape, whole.i_x.dtype) == ((2,), np.float64)
    assert (information.i_x.shape, information.i_x.dtype, information.reliable.dtype) == (
        (),
        np.float64,
        np.bool_,
    )
    for name in ("i_x", "i_x_se", "i_y", "i_y_se", "saturated", "reliable"):
        np.testing.assert_array_equal(getattr(whole, name), GOOD[name])


@pytest.mark.parametrize(
    ("changed", "invariant"),
    [
        ({"i_y": np.zeros(3)}, "numbers of one shape"),
        ({"i_y": ["a", "b"]}, "numbers of one shape"),
        ({"saturated": np.zeros(3, bool), "reliable": np.zeros(3, bool)}, "must have the shape"),
        ({"i_x": np.array([1.0, np.nan])}, "finite"),
        ({"i_y": np.array([-np.inf, np.inf])}, "finite"),
        ({"i_y_se": np.array([0.1, -0.1])}, "not negative"),
        ({"i_x_se": np.array([0.1, np.nan])}, "finite"),
        ({"n": 0}, "n must be whole and at least 1"),
        ({"n": 1.5}, "n must be whole and at least 1"),
        ({"kind": "bound"}, "kind must be one of"),
    ],
)
def test_layer_information_refuses(changed, invariant):
    with pytest.raises(InvalidInputError, match=invariant):
        LayerInformation(**{**GOOD, **changed})
