import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import pdist, squareform

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information import distance_histogram
from ib_mlflow.information.geometry.distances import ROWS, WIDE


def by_pairs(rows, labels, edges):
    distances = squareform(pdist(rows.astype(np.float64)))
    first, second = np.triu_indices(len(rows), 1)
    same = labels[first] == labels[second]
    distances = distances[first, second]
    return [np.histogram(distances[kind], edges)[0] for kind in (same, ~same)]


def layer(n, d, dtype=np.float64, seed=0):
    generator = np.random.default_rng(seed)
    rows = np.tanh(2 * generator.normal(size=(n, d))).astype(dtype)
    return rows, generator.integers(0, 3, n)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("d", [1, 3, 4, 9, WIDE - 1, WIDE, 200])
@pytest.mark.parametrize("n", [2, 40, 700])
def test_counts_are_those_of_all_pairs(n, d, dtype):
    rows, labels = layer(n, d, dtype)
    histogram = distance_histogram(rows, labels, bin_count=37)
    within, between = by_pairs(rows, labels, histogram.edges)
    np.testing.assert_array_equal(histogram.within, within)
    np.testing.assert_array_equal(histogram.between, between)


@pytest.mark.parametrize("d", [3, WIDE])
def test_counts_of_several_blocks_and_threads(d):
    rows, labels = layer(2 * ROWS + 321, d)
    histogram = distance_histogram(rows, labels)
    for ours, theirs in zip(
        (histogram.within, histogram.between), by_pairs(rows, labels, histogram.edges), strict=True
    ):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("repeats", [1, 20])
def test_corners_of_a_cube_differ_in_so_many_coordinates(repeats):
    """Distances are 2√h with h differing bits; of 8 corners, C(3, h) lie h bits from each."""
    corners = 2.0 * ((np.arange(8)[:, None] >> np.arange(3)) & 1) - 1
    rows = np.repeat(corners, repeats, axis=0)
    # In wide layers the same corners, repeated along the units: distances grow by a root.
    for copies in (1, 64):
        wide = np.tile(rows, copies)
        largest = 2 * math.sqrt(3 * copies)
        histogram = distance_histogram(
            wide, wide[:, :3].prod(axis=1), bin_count=3000, largest=largest
        )
        places = np.searchsorted(histogram.edges, 2 * np.sqrt(copies * np.arange(4)), "right") - 1
        counts = [math.comb(3, h) * 4 * repeats**2 for h in range(4)]
        counts[0] = 8 * repeats * (repeats - 1) // 2
        expected = np.zeros((2, 3000), np.int64)
        for h, (place, count) in enumerate(zip(places, counts, strict=True)):
            expected[h % 2, min(place, 2999)] += count
        np.testing.assert_array_equal(histogram.within, expected[0])
        np.testing.assert_array_equal(histogram.between, expected[1])


@pytest.mark.parametrize("d", [2, WIDE])
def test_distances_on_an_edge_belong_to_the_bin_above(d):
    rows = np.zeros((9, d))
    rows[:, 0] = np.arange(9)
    histogram = distance_histogram(rows, np.zeros(9), bin_count=8, largest=8)
    # Eight pairs at 1, seven at 2, …; those at 8 are in the last bin, closed at both ends.
    assert histogram.within.tolist() == [0, 8, 7, 6, 5, 4, 3, 2 + 1]
    assert not histogram.between.any()


@pytest.mark.parametrize("d", [3, WIDE])
def test_far_from_the_origin_rounding_decides_nothing(d):
    rows, labels = layer(300, d)
    rows = np.round(rows * 512) / 512
    near, far = (
        distance_histogram(rows + shift, labels, bin_count=64, largest=32) for shift in (0, 2**20)
    )
    np.testing.assert_array_equal(near.within, far.within)
    np.testing.assert_array_equal(near.between, far.between)


@settings(max_examples=60)
@given(st.data())
def test_what_holds_for_every_layer(data):
    n, d = data.draw(st.integers(2, 40)), data.draw(st.sampled_from([1, 2, 5, WIDE]))
    generator = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    rows = generator.integers(-3, 4, (n, d)).astype(data.draw(st.sampled_from([float, np.float32])))
    labels = generator.integers(0, data.draw(st.integers(1, 4)), n)
    bins = data.draw(st.integers(1, 50))
    histogram = distance_histogram(rows, labels, bin_count=bins)
    sizes = np.unique(labels, return_counts=True)[1]
    same = int((sizes * (sizes - 1) // 2).sum())
    assert histogram.within.sum() == same
    assert histogram.between.sum() == n * (n - 1) // 2 - same
    order = generator.permutation(n)
    largest = histogram.edges[-1]
    again = distance_histogram(rows[order], labels[order], bin_count=bins, largest=largest)
    renamed = distance_histogram(
        rows, np.array(list("dcba"))[labels], bin_count=bins, largest=largest
    )
    doubled = distance_histogram(2 * rows, labels, bin_count=bins, largest=2 * largest)
    for other in (again, renamed, doubled):
        np.testing.assert_array_equal(other.within, histogram.within)
        np.testing.assert_array_equal(other.between, histogram.between)


def test_layers_share_their_edges():
    both = np.stack([layer(50, 3, seed=seed)[0] * (1 + seed) for seed in range(2)])
    labels = layer(50, 3)[1]
    histogram = distance_histogram(both, labels)
    assert histogram.within.shape == (2, 100)
    for index in range(2):
        alone = distance_histogram(both[index], labels, largest=histogram.edges[-1])
        np.testing.assert_array_equal(alone.within, histogram.within[index])
    furthest = np.sqrt(((both[1] - both[1].mean(axis=0)) ** 2).sum(axis=1)).max()
    assert histogram.edges[-1] == pytest.approx(2 * furthest)


def test_overlap_and_quantiles():
    rows = np.array([[0.0], [0.1], [5.0], [5.1]])
    separate = distance_histogram(rows, [0, 0, 1, 1], bin_count=10, largest=10)
    assert separate.overlap == 0
    assert [float(q) for q in separate.quantiles(0.5)] == pytest.approx([0.5, 5 + 1 / 3], abs=1.0)
    labels = np.random.default_rng(0).integers(0, 2, 600)
    alike = distance_histogram(layer(600, 4)[0], labels, bin_count=10)
    assert alike.overlap > 0.98
    rows, labels = layer(500, 4)
    fine = distance_histogram(rows, labels, bin_count=5000)
    distances = pdist(rows)
    first, second = np.triu_indices(500, 1)
    within = distances[labels[first] == labels[second]]
    for share in (0.0, 0.1, 0.5, 0.9, 1.0):
        width = fine.edges[1]
        assert fine.quantiles(share)[0] == pytest.approx(np.quantile(within, share), abs=2 * width)
    with pytest.raises(InvalidInputError, match="a share must lie between 0 and 1"):
        fine.quantiles(1.5)


def test_a_kind_without_pairs_has_no_quantiles():
    histogram = distance_histogram(layer(9, 2)[0], np.zeros(9))
    assert np.isnan(histogram.quantiles(0.5)[1])
    assert np.isnan(histogram.overlap)


def test_equal_samples_lie_in_the_first_bin():
    histogram = distance_histogram(np.ones((2, 30, 3)), np.arange(30) % 2, bin_count=5)
    assert histogram.edges[-1] == 1.0
    assert histogram.within[:, 0].tolist() == [210, 210]
    assert histogram.between[:, 0].tolist() == [225, 225]


@pytest.mark.parametrize(
    ("rows", "labels", "options", "message"),
    [
        ([[0.0], [np.nan]], [0, 1], {}, "finite activations"),
        ([[0.0], [np.inf]], [0, 1], {}, "finite activations"),
        ([[0.0]], [0], {}, "two or more samples"),
        ([[0.0], [1.0]], [0], {}, "labels must have shape"),
        ([[0.0], [1.0]], [0, 1], {"bin_count": 0}, "bin_count must be a whole number"),
        ([[0.0], [1.0]], [0, 1], {"largest": 0.5}, "further apart than largest"),
        ([[0.0] * WIDE, [1.0] * WIDE], [0, 1], {"largest": 0.5}, "further apart than largest"),
        ([[0.0], [1.0]], [0, 1], {"largest": 0}, "largest must be positive"),
        ([0.0, 1.0], [0, 1], {}, r"activations must have shape \(\*, n, d\)"),
        ([[0.0], [1.0, 2.0]], [0, 1], {}, "readable as an array"),
    ],
)
def test_what_has_no_distances_is_refused(rows, labels, options, message):
    with pytest.raises(InvalidInputError, match=message):
        distance_histogram(rows, labels, **options)


def test_no_matrix_of_all_pairs_is_made():
    """Twenty thousand samples: all pairs would take 3.2 GB."""
    import tracemalloc

    rows, labels = layer(20_000, 3, np.float32)
    distance_histogram(rows[:10], labels[:10])
    tracemalloc.start()
    began = time.process_time()
    histogram = distance_histogram(rows, labels)
    spent = time.process_time() - began
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert histogram.within.sum() + histogram.between.sum() == 20_000 * 19_999 // 2
    assert peak < 50e6
    assert spent < 30, "a CPU second is usual"
