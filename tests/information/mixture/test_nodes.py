import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ib_mlflow.information.mixture.nodes import add_jensen, box_distance, expand, promising
from ib_mlflow.information.mixture.tree import grow_tree


def node(random, d, scale):
    """A node of few components of unequal extent, and queries near it."""
    k = random.integers(1, 40)
    points = scale * random.exponential(size=(d, 1)) * random.normal(size=(d, k))
    queries = points[:, random.integers(0, k, 9)] + random.normal(size=(d, 9)) * 2
    tree = grow_tree(points, random.dirichlet(np.ones(k)))
    assert len(tree.facts) == 1
    squares = np.square(queries[:, None, :] - tree.points[:, :, None]).sum(axis=0)
    return tree.facts[0], queries, tree.weights @ np.exp(-0.5 * squares)


@given(seed=st.integers(0, 2**32 - 1), d=st.integers(1, 12), scale=st.floats(1e-4, 3))
def test_an_expansion_errs_by_no_more_than_its_bound(seed, d, scale):
    fact, queries, truth = node(np.random.default_rng(seed), d, scale)
    work = np.empty((4, 9))
    expand(fact, queries, 9, np.empty((d, 9)), np.zeros(9), work)
    assert (np.abs(work[0] - truth) <= work[1] + 1e-14).all()
    # Relative to something farther away all is larger, or said to be beyond numbers.
    moved = np.empty((4, 9))
    expand(fact, queries, 9, np.empty((d, 9)), np.linspace(0, 1200, 9), moved)
    finite, factor = np.isfinite(moved[1]), np.exp(np.linspace(0, 600, 9))
    np.testing.assert_allclose(moved[:2, finite], (work[:2] * factor)[:, finite], rtol=1e-11)
    assert finite[0]
    assert not finite[-1] or work[1, -1] < 1e-100


def test_an_expansion_is_of_second_order():
    random = np.random.default_rng(1)
    points, query = random.normal(size=(3, 20)), np.array([[1.0], [-0.5], [0.3]])
    errors, bounds = [], []
    for scale in (0.02, 0.01):
        tree = grow_tree(scale * points, np.full(20, 0.05))
        squares = np.square(query - tree.points).sum(axis=0)
        work = np.empty((4, 1))
        expand(tree.facts[0], query, 1, np.empty((3, 1)), np.zeros(1), work)
        errors.append(abs(work[0, 0] - np.exp(-0.5 * squares).mean()))
        bounds.append(work[1, 0])
    assert errors[0] / errors[1] == pytest.approx(8, rel=0.2)
    assert bounds[0] / bounds[1] == pytest.approx(8, rel=0.2)


@given(seed=st.integers(0, 2**32 - 1), d=st.integers(1, 8), scale=st.floats(1e-3, 10))
def test_jensen_bounds_from_below_and_the_box_from_above(seed, d, scale):
    fact, queries, truth = node(np.random.default_rng(seed), d, scale)
    lower, nearest = np.zeros(9), np.full(9, np.inf)
    add_jensen(fact, queries, 9, np.empty(9), nearest, lower)
    np.testing.assert_allclose(lower, fact[-3])  # relative to itself it is all of its weight
    assert (lower * np.exp(-0.5 * nearest) <= truth * (1 + 1e-12) + 1e-200).all()
    for query, most in zip(queries.T, truth, strict=True):
        assert np.exp(-0.5 * box_distance(fact, query, query)) >= most * (1 - 1e-12)


def test_the_distance_between_boxes():
    tree = grow_tree(np.array([[0.0, 1.0], [0.0, 2.0]]), np.full(2, 0.5))
    fact = tree.facts[0]
    assert box_distance(fact, np.array([0.5, 1.0]), np.array([3.0, 9.0])) == 0
    assert box_distance(fact, np.array([4.0, 6.0]), np.array([5.0, 7.0])) == 9 + 16
    assert box_distance(fact, np.array([-3.0, 1.0]), np.array([-2.0, 1.0])) == 4


@given(seed=st.integers(0, 2**32 - 1), d=st.integers(1, 6), scale=st.floats(1e-3, 0.5))
def test_what_is_promising_keeps_its_promise(seed, d, scale):
    fact, queries, _ = node(np.random.default_rng(seed), d, scale)
    query = np.ascontiguousarray(queries[:, 0])
    work = np.empty((4, 1))
    expand(fact, query[:, None], 1, np.empty((d, 1)), np.zeros(1), work)
    allowed, own = 1e-4, 1e-3
    if promising(fact, query, 0.0, allowed, own):
        root = np.exp(-0.5 * np.square(query - fact[2 * d : 3 * d]).sum())
        assert work[1, 0] <= (allowed + own * root) * (1 + 1e-9)
