import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ib_mlflow.information.mixture import tree as module
from ib_mlflow.information.mixture.tree import MOMENT_DIMENSIONS, grow_tree


@given(seed=st.integers(0, 2**32 - 1), d=st.integers(1, 5), k=st.integers(1, 300))
def test_every_node_is_described_by_its_components(seed, d, k):
    random = np.random.default_rng(seed)
    points, weights = 5 * random.normal(size=(d, k)), random.dirichlet(np.ones(k))
    before = points.copy()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "LEAF", 8)
        tree = grow_tree(points, weights)
    np.testing.assert_array_equal(before[:, tree.order], tree.points)
    np.testing.assert_array_equal(weights[tree.order], tree.weights)
    for first, last, fact in zip(
        tree.partition.first, tree.partition.last, tree.facts, strict=True
    ):
        part, mass = tree.points[:, first:last], tree.weights[first:last]
        low, high, centroid = fact[: 3 * d].reshape(3, d)
        np.testing.assert_array_equal(low, part.min(axis=1))
        np.testing.assert_array_equal(high, part.max(axis=1))
        np.testing.assert_allclose(centroid, np.average(part, axis=1, weights=mass), atol=1e-12)
        covariance = np.atleast_2d(np.cov(part, aweights=mass, ddof=0)) if last - first > 1 else 0
        covariance = np.broadcast_to(covariance, (d, d))
        np.testing.assert_allclose(fact[3 * d : -3], covariance[np.tril_indices(d)], atol=1e-11)
        np.testing.assert_allclose(fact[-3], mass.sum())
        np.testing.assert_allclose(fact[-1], np.trace(covariance), atol=1e-11)
        reach = np.linalg.norm(part - centroid[:, None], axis=0).max()
        assert reach * (1 - 1e-12) <= fact[-2] <= np.linalg.norm(high - low) + 1e-12


def test_second_moments_are_left_out_in_many_dimensions():
    d = MOMENT_DIMENSIONS + 1
    points = np.random.default_rng(0).normal(size=(d, 50))
    tree = grow_tree(points, np.full(50, 0.02))
    assert tree.facts.shape == (1, 3 * d + 3)
    np.testing.assert_allclose(tree.facts[0, -1], points.var(axis=1).sum())
