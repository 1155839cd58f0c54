import numpy as np
import pytest

from ib_mlflow.information.geometry.pair_counts import (
    BETWEEN,
    WITHIN,
    _bin_of,
    _place,
    count_by_differences,
    count_by_products,
)
from ib_mlflow.information.inputs.pairs import fours


@pytest.mark.parametrize("reach", [0.3, 1.0, np.sqrt(12), 1e-12, 1e12])
@pytest.mark.parametrize("bins", [1, 7, 1000])
def test_the_edges_decide_whatever_is_rounded(reach, bins):
    edges = np.linspace(0, reach, bins + 1)
    around = np.concatenate([np.nextafter(edges, 0), edges, np.nextafter(edges, np.inf)])
    for distance in around:
        expected = np.searchsorted(edges, distance, side="right") - 1
        if distance == edges[-1]:
            expected = bins - 1
        assert _bin_of(distance, edges) == (expected if distance <= edges[-1] else -1)


def test_a_place_is_given_only_where_it_is_sure():
    squares = np.array([0.0, 1e-30, 0.25, 1.0, 1.0 + 1e-6, 15.9, 16.0, 20.0, 1e300])
    places = np.empty(squares.size, np.uint32)
    assert _place(squares, np.zeros(squares.size), 1.0, 4, places) == 4
    # 1 lies on an edge, 4 on the last one, the others beyond it.
    np.testing.assert_array_equal(places, [1, 1, 1, 0, 2, 4, 0, 0, 0])
    _place(squares, np.full(squares.size, 1e-5), 1.0, 4, places)
    np.testing.assert_array_equal(places, [1, 1, 1, 0, 0, 4, 0, 0, 0])


@pytest.mark.parametrize("d", [4, 40])
def test_both_ways_count_the_same(d):
    """Also where half of the distances lie on edges, so that products must not decide."""
    generator = np.random.default_rng(d)
    rows = generator.integers(-2, 3, (60, d)).astype(np.float64)
    rows[:, 1:] *= generator.integers(0, 2, (60, 1))
    ends = np.repeat([25, 60], [25, 35])
    edges = np.linspace(0, 8 * np.sqrt(d), 8 * 4 + 1)
    counts = np.zeros((2, 2, edges.size), np.int64)
    count_by_differences(fours(rows), ends, edges, 0, 60, counts[0])
    centred = rows - rows.mean(axis=0)
    norms = (centred**2).sum(axis=1)
    for at, to in ((0, 0), (0, 30), (30, 30)):
        products = centred[at : at + 30] @ centred[to : to + 30].T
        count_by_products(rows, products, norms, ends, edges, at, to, counts[1])
    np.testing.assert_array_equal(*counts[:, :, 1:])
    assert counts[0, WITHIN, 1:].sum() == 25 * 24 // 2 + 35 * 34 // 2
    assert counts[0, BETWEEN, 1:].sum() == 25 * 35
