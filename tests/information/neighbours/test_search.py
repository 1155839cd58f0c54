import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ib_mlflow.information.neighbours import search
from ib_mlflow.information.neighbours.search import count_within, nearest


def pairwise(points, norm):
    gaps = np.abs(points[:, None] - points[None])
    return np.sqrt((gaps**2).sum(-1)) if norm == "euclidean" else gaps.max(-1)


@pytest.mark.parametrize("norm", ["euclidean", "maximum"])
@pytest.mark.parametrize("d", [1, 2, 5, 8, 9, 12, 13])
@pytest.mark.parametrize("n", [20, 600])
def test_nearest_are_the_nearest_of_all_pairs(n, d, norm):
    points = np.random.default_rng(d).normal(size=(n, d))
    distances, rows = nearest(points, 4, norm=norm)
    truth = pairwise(points, norm)
    np.fill_diagonal(truth, np.inf)
    np.testing.assert_allclose(distances, np.sort(truth, axis=1)[:, :4], rtol=1e-14)
    np.testing.assert_allclose(np.take_along_axis(truth, rows, 1), distances, rtol=1e-14)


@pytest.mark.parametrize("norm", ["euclidean", "maximum"])
@pytest.mark.parametrize("dimensions", [0, 99], ids=["all pairs", "tree"])
def test_a_sample_is_never_its_own_neighbour_among_equal_ones(monkeypatch, norm, dimensions):
    monkeypatch.setattr(search, "TREE_DIMENSIONS", dimensions)
    points = np.repeat(np.random.default_rng(0).normal(size=(9, 2)), 5, axis=0)
    distances, rows = nearest(points, 5, norm=norm)
    assert (distances[:, :4] == 0).all()
    assert (distances[:, 4] > 0).all()
    assert (rows != np.arange(45)[:, None]).all()
    distances, _ = nearest(points, 2, norm=norm)
    assert (distances == 0).all()


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1), n=st.integers(2, 60), d=st.integers(1, 6), lattice=st.booleans()
)
def test_counts_compare_the_rounded_differences_themselves(seed, n, d, lattice):
    generator = np.random.default_rng(seed)
    points = generator.integers(0, 4, (n, d)) / 3 if lattice else generator.normal(size=(n, d))
    # Radii that are distances to some row, and the next number below them.
    distances = pairwise(points, "maximum")
    radii = distances[np.arange(n), generator.integers(0, n, n)]
    for limits in (radii, np.nextafter(radii, 0.0)):
        counts, shares = count_within(points, limits)
        counted = distances <= limits[:, None]
        np.fill_diagonal(counted, False)
        np.testing.assert_array_equal(counts, counted.sum(axis=1))
        weights = 1 / np.maximum(counted.sum(axis=1), 1)
        np.testing.assert_allclose(shares, weights @ counted, atol=1e-12)
