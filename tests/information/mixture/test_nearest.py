import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from ib_mlflow.information.mixture import density
from ib_mlflow.information.mixture import tree as tree_module
from ib_mlflow.information.mixture.nearest import nearest_components
from ib_mlflow.information.mixture.toward import reaches, softplus_mean
from ib_mlflow.information.mixture.tree import grow_tree


def known(tree, rows, limits, count):
    """Squared distances (u, count) of the nearest others within the limits, infinite beyond."""
    squares = cdist(tree.points.T[rows], tree.points.T, "sqeuclidean")
    squares[np.arange(len(rows)), rows] = np.inf
    nearest = np.sort(squares, axis=1)[:, :count]
    return np.where(nearest < limits[:, None], nearest, np.inf)


@given(
    seed=st.integers(0, 2**32 - 1),
    d=st.integers(1, 6),
    k=st.integers(2, 300),
    share=st.floats(0.01, 1),
    reach=st.sampled_from([0.3, 2.0, np.inf]),
    clustered=st.booleans(),
)
def test_neighbours_are_those_of_all_pairs(seed, d, k, share, reach, clustered):
    random = np.random.default_rng(seed)
    points = random.normal(size=(d, k))
    if clustered:
        points = 1e-3 * points + 5.0 * np.round(random.normal(size=(d, k)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tree_module, "LEAF", 5)
        tree = grow_tree(points, np.full(k, 1 / k))
    rows = np.flatnonzero(random.random(k) < share)
    rows = rows if rows.size else np.array([k - 1])
    limits, count = reach * random.uniform(0.5, 2.0, len(rows)), int(random.integers(1, min(k, 12)))
    near = nearest_components(tree, rows, limits, count)
    nearest = known(tree, rows, limits, count)
    np.testing.assert_array_equal(near < 0, np.isinf(nearest))
    steps = tree.points[:, near] - tree.points[:, rows, None]
    squares = np.where(near < 0, np.inf, np.square(steps).sum(axis=0))
    np.testing.assert_allclose(squares, nearest, rtol=1e-12)
    for own, others in zip(rows, near, strict=True):
        others = others[others >= 0]
        assert own not in others
        assert len(set(others.tolist())) == len(others)


@pytest.mark.parametrize("d", [13, 200])
def test_neighbours_in_many_dimensions(d):
    tree = grow_tree(np.random.default_rng(d).normal(size=(d, 500)), np.full(500, 1 / 500))
    rows, limits = np.arange(0, 500, 3), np.full(167, np.inf)
    near = nearest_components(tree, rows, limits, 32)
    squares = np.square(tree.points[:, near] - tree.points[:, rows, None]).sum(axis=0)
    np.testing.assert_allclose(squares, known(tree, rows, limits, 32), rtol=1e-12)


def test_threads_change_nothing_but_the_time(monkeypatch):
    tree = grow_tree(np.random.default_rng(0).normal(size=(3, 3000)), np.full(3000, 1 / 3000))
    rows, limits = np.arange(3000), np.full(3000, np.inf)
    single = nearest_components(tree, rows, limits, 8)
    monkeypatch.setattr(density.numba, "get_num_threads", lambda: 5)
    np.testing.assert_array_equal(nearest_components(tree, rows, limits, 8), single)


@pytest.mark.parametrize("weights", [[0.5, 0.5], [0.999, 1e-3], [1 - 1e-200, 1e-200]])
def test_within_its_reach_and_not_beyond_a_component_overlaps(weights):
    logs = np.log(weights)
    for own, other in ((0, 1), (1, 0)):
        square = reaches(logs)[own]
        inside, outside = (
            softplus_mean(logs[other] - logs[own] - 0.5 * s, np.sqrt(s))
            for s in (0.98 * square, 1.001 * square)
        )
        assert outside == 0.0
        assert inside > 0.0 or logs[other] < logs[own]
