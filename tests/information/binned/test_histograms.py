import numpy as np
import pytest

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information import bin_histogram, occupied_bins

EPOCHS = np.tanh(2 * np.random.default_rng(0).normal(size=(2, 3, 200, 4))).astype(np.float32)


@pytest.mark.parametrize("bin_size", [0.07, 0.3, 5.0])
def test_occupied_cells_are_distinct_rows(bin_size):
    cells = np.floor(EPOCHS / bin_size)
    expected = [[len(np.unique(layer, axis=0)) for layer in epoch] for epoch in cells]
    np.testing.assert_array_equal(occupied_bins(EPOCHS, bin_size=bin_size), expected)


@pytest.mark.parametrize("bin_size", [0.07, 0.3, 5.0])
def test_histograms_count_each_unit(bin_size):
    histogram = bin_histogram(EPOCHS, bin_size=bin_size)
    lowest = round(histogram.edges[0] / bin_size)
    for index in np.ndindex(2, 3, 4):
        unit = EPOCHS[(*index[:2], slice(None), index[2])]
        expected = np.zeros(histogram.edges.size - 1)
        for value in np.floor(unit / bin_size):
            expected[int(value) - lowest] += 1
        np.testing.assert_array_equal(histogram.counts[index], expected)
    np.testing.assert_allclose(np.diff(histogram.edges), bin_size)
    assert histogram.counts.any(axis=(0, 1, 2))[[0, -1]].all()


def test_a_bin_is_closed_below():
    histogram = bin_histogram([[0.0], [0.25], [0.5], [0.4999]], bin_size=0.25)
    np.testing.assert_array_equal(histogram.edges, [0.0, 0.25, 0.5, 0.75])
    np.testing.assert_array_equal(histogram.counts, [[1, 2, 1]])


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e30])
def test_what_has_no_histogram_is_refused(bad):
    with pytest.raises(InvalidInputError, match="a histogram must have at most"):
        bin_histogram([[0.1], [bad]], bin_size=0.07)


@pytest.mark.parametrize("bin_size", [0, -1, np.nan])
def test_a_bin_size_is_positive(bin_size):
    for way in (bin_histogram, occupied_bins):
        with pytest.raises(InvalidInputError, match="bin_size must be positive"):
            way(EPOCHS, bin_size=bin_size)
