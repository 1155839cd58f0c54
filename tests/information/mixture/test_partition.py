import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ib_mlflow.information.mixture import partition
from ib_mlflow.information.mixture.partition import divide


def check(tree, order, before, after, few, many, width):
    np.testing.assert_array_equal(before[:, order], after)
    right, first, last = tree.right, tree.first, tree.last
    assert (first[0], last[0]) == (0, before.shape[1])
    inner = np.flatnonzero(right >= 0)
    assert (first[inner + 1] == first[inner]).all()
    assert (last[inner + 1] == first[right[inner]]).all()
    assert (last[right[inner]] == last[inner]).all()
    assert (last > first).all()
    children = np.sort(np.concatenate([[0], inner + 1, right[inner]]))
    np.testing.assert_array_equal(children, np.arange(len(right)))
    for leaf in np.flatnonzero(right < 0):
        part = after[:, first[leaf] : last[leaf]]
        extent = np.ptp(part, axis=1).max()
        count = part.shape[1]
        assert count <= few or (count <= many and extent <= width) or extent == 0


@given(
    seed=st.integers(0, 2**32 - 1),
    d=st.integers(1, 4),
    k=st.integers(1, 200),
    few=st.integers(1, 9),
    more=st.integers(0, 40),
    width=st.floats(0, 3),
    rounded=st.booleans(),
)
def test_every_point_is_in_one_leaf_that_is_small_enough(seed, d, k, few, more, width, rounded):
    points = np.random.default_rng(seed).normal(size=(d, k))
    points = np.round(points) if rounded else points
    after = points.copy()
    tree, order = divide(after, few=few, many=few + more, width=width)
    check(tree, order, points, after, few, few + more, width)


def test_neighbouring_floats_are_divided():
    points = np.array([[1.0, np.nextafter(1.0, 2.0)] * 3])
    after = points.copy()
    tree, order = divide(after, few=1, many=1, width=0.0)
    check(tree, order, points, after, 1, 1, 0.0)
    assert len(tree.first) == 3


def test_a_deep_tree_outgrows_the_first_stack():
    points = -np.geomspace(1e-300, 1e300, 700)[None]
    after = points.copy()
    tree, order = divide(after, few=1, many=1, width=0.0)
    check(tree, order, points, after, 1, 1, 0.0)


@pytest.mark.parametrize("clustered", [False, True])
def test_threads_change_nothing_but_the_time(monkeypatch, clustered):
    random = np.random.default_rng(0)
    points = random.normal(size=(3, 5000)) * (1 if not clustered else random.random(5000) < 0.1)
    single, several = points.copy(), points.copy()
    tree, order = divide(single, few=8, many=8, width=0.0)
    monkeypatch.setattr(partition, "PER_THREAD", 100)
    monkeypatch.setattr(partition.numba, "get_num_threads", lambda: 3)
    same, same_order = divide(several, few=8, many=8, width=0.0)
    np.testing.assert_array_equal(order, same_order)
    np.testing.assert_array_equal(single, several)
    for name in ("first", "last", "right"):
        np.testing.assert_array_equal(getattr(tree, name), getattr(same, name))
