import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import cKDTree

from ib_mlflow.information.neighbours import bits, search
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


KINDS = {
    "normal": lambda rng, shape: rng.normal(size=shape),
    "lattice": lambda rng, shape: rng.integers(0, 4, shape) / 3,
    "heavy tails": lambda rng, shape: rng.standard_cauchy(shape) ** 3,
    "clusters": lambda rng, shape: (
        rng.integers(0, 3, (shape[0], 1)) + 1e-9 * rng.normal(size=shape)
    ),
    "constant": lambda rng, shape: np.full(shape, rng.normal()),
    "one axis varies": lambda rng, shape: rng.normal(size=shape) * (np.arange(shape[1]) == 0),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("d", range(1, 11))
@pytest.mark.parametrize("n", [9, 64, 65, 700])
def test_distances_equal_those_of_scipys_tree(n, d, kind):
    points = KINDS[kind](np.random.default_rng([n, d]), (n, d))
    k = min(5, n - 1)
    distances, rows = nearest(points, k, norm="maximum")
    truth, _ = cKDTree(points).query(points, k=k + 1, p=np.inf)
    np.testing.assert_array_equal(distances, truth[:, 1:])  # the first is the point itself
    gaps = np.abs(points[rows] - points[:, None]).max(axis=2)
    np.testing.assert_array_equal(gaps, distances)
    assert (np.diff(np.sort(np.c_[rows, np.arange(n)], axis=1), axis=1) > 0).all(), "each once"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("d", range(1, 11))
def test_counts_equal_those_of_all_pairs_whichever_way(monkeypatch, d, kind):
    points = KINDS[kind](np.random.default_rng(d), (700, d))
    distances = pairwise(points, "maximum")
    for radii in np.sort(distances, axis=1)[:, [3, 60, 400]].T:
        for limits in (radii, np.nextafter(radii, 0.0)):
            counted = distances <= limits[:, None]
            np.fill_diagonal(counted, False)
            shares = (1 / np.maximum(counted.sum(axis=1), 1)) @ counted
            for most in (0, 99):  # by sets of bits, and by the tree
                monkeypatch.setattr(search, "COUNT_DIMENSIONS", most)
                counts, whose = count_within(points, limits)
                np.testing.assert_array_equal(counts, counted.sum(axis=1))
                np.testing.assert_allclose(whose, shares, atol=1e-12)
                alone, nothing = count_within(points, limits, shares=False)
                np.testing.assert_array_equal(alone, counts)
                assert nothing.size == 0


def test_many_blocks_of_bits_count_as_one_tree_does():
    points = np.random.default_rng(0).normal(size=(bits.BLOCK + 300, 3))
    radii = np.linspace(0.0, 3.0, len(points))
    counts, shares = count_within(points, radii)
    for order in (None, np.argsort(points[:, 1])):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(search, "COUNT_DIMENSIONS", 0)
            again, whose = count_within(points, radii, order=order)
        np.testing.assert_array_equal(again, counts)
        np.testing.assert_allclose(whose, shares, rtol=1e-9)


def test_threads_find_the_same(monkeypatch):
    points = np.random.default_rng(0).normal(size=(6000, 3))
    monkeypatch.setattr(search, "threads", lambda: 1)
    alone = nearest(points, 3, norm="maximum")
    monkeypatch.setattr(search, "threads", lambda: 3)
    monkeypatch.setattr(search, "PER_THREAD", 100)
    for one, other in zip(alone, nearest(points, 3, norm="maximum"), strict=True):
        np.testing.assert_array_equal(one, other)


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
