import numpy as np
import pytest
import torch

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information.mixture import components as module
from ib_mlflow.information.mixture.components import read_components


def test_equal_centres_are_merged_and_their_weights_add():
    random = np.random.default_rng(0)
    distinct = random.normal(size=(7, 3)) + 100
    rows, weights = random.integers(0, 7, 500), random.dirichlet(np.ones(500))
    components = read_components(distinct[rows], beta=0.1, weights=weights)
    back = components.points.T * 0.1 + (distinct.min(axis=0) + distinct.max(axis=0)) / 2
    order = [int(np.abs(distinct - row).sum(axis=1).argmin()) for row in back]
    assert sorted(order) == list(range(7))
    np.testing.assert_allclose(back, distinct[order], atol=1e-12)
    np.testing.assert_allclose(components.weights, np.bincount(rows, weights)[order])
    assert components.given == 500


def test_zeros_of_either_sign_are_equal_and_empty_components_go():
    components = read_components([[0.0, 1], [-0.0, 1], [5, 5]], beta=1, weights=[0.5, 0.5, 0.0])
    assert components.points.tolist() == [[0.0], [0.0]]
    assert components.weights.tolist() == [1.0]


def test_one_dimension_may_be_given_flat_and_of_any_real_type():
    for centres in ([1, 2], np.float32([1, 2]), torch.tensor([1.0, 2.0])):
        assert read_components(centres, beta=0.5).points.tolist() == [[-1.0, 1.0]]


def test_centres_far_from_the_origin_keep_their_differences():
    components = read_components(1e9 + np.array([0.0, 0.25, 0.5]), beta=1e-3)
    np.testing.assert_array_equal(np.diff(components.points[0]), [250.0, 250.0])


def test_the_input_is_not_changed():
    centres, weights = np.array([[3.0], [1.0], [3.0]]), np.array([0.5, 0.25, 0.25])
    read_components(centres, beta=1.0, weights=weights)
    assert centres.tolist() == [[3.0], [1.0], [3.0]]
    assert weights.tolist() == [0.5, 0.25, 0.25]


@pytest.mark.parametrize(
    ("centres", "message"),
    [
        ([], "neither empty"),
        (np.empty((0, 3)), "neither empty"),
        (np.empty((3, 0)), "neither empty"),
        (np.zeros((2, 2, 2)), "neither empty"),
        (1.0, "neither empty"),
        ([[1.0], [1.0, 2.0]], "readable as an array"),
        (torch.ones(2, requires_grad=True), "readable as an array"),
        ([[1.0, np.nan]], "finite"),
        ([[np.inf]], "finite"),
        ([["a"]], "real numbers"),
        ([[1j]], "real numbers"),
        ([[-1e300], [1e300]], "within"),
    ],
)
def test_bad_centres_are_refused(centres, message):
    with pytest.raises(InvalidInputError, match=message):
        read_components(centres, beta=0.1)


@pytest.mark.parametrize("beta", [0.0, -1.0, np.nan, np.inf, True, "wide", None])
def test_bad_betas_are_refused(beta):
    with pytest.raises(InvalidInputError, match="beta must be positive"):
        read_components([[0.0], [1.0]], beta=beta)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1.0], "shape"),
        ([[0.5, 0.5]], "shape"),
        ([1.5, -0.5], "negative"),
        ([0.5, 0.4], "sum to 1"),
        ([np.nan, 1.0], "finite"),
        ([0.0, 0.0], "sum to 1"),
    ],
)
def test_bad_weights_are_refused(weights, message):
    with pytest.raises(InvalidInputError, match=message):
        read_components([[0.0], [1.0]], beta=0.1, weights=weights)


def test_more_than_the_memory_is_refused_before_it_is_touched(monkeypatch):
    # A view of one number, with the shape of 8 TB of them.
    centres = np.broadcast_to(np.float64(0.0), (10**11, 10))
    with pytest.raises(InvalidInputError, match="must fit in memory"):
        read_components(centres, beta=0.1)
    monkeypatch.setattr(module, "PER_NUMBER", 0)
    monkeypatch.setattr(module, "PER_COMPONENT", 0)
    assert read_components(np.zeros((3, 2)), beta=0.1).given == 3
