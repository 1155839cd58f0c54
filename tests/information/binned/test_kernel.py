import math
from fractions import Fraction

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import xlogy

from ib_mlflow.information.binned.kernel import (
    count_pairs,
    label_codes,
    logarithms,
    sum_pointwise,
)
from ib_mlflow.information.binned.placing import (
    LARGE,
    OUTSIDE,
    UNNUMBERED,
    bin_by_edges,
    bin_by_size,
)
from ib_mlflow.information.binned.steps import bin_numbers


def sized(values, size, *, large=2.0**31):
    indices = np.empty(values.size, np.int32)
    on_edges, status = bin_by_size(values, size, 2.0**31, large, indices)
    return indices, status, on_edges


def edged(values, edges, *, large=2.0**31):
    indices = np.empty(values.size, np.int32)
    clipped, on_edges, status = bin_by_edges(values, edges, large, indices)
    return indices, clipped, status, on_edges


def exact_bin(value, size):
    """The rule in rational arithmetic, of the very numbers that are stored."""
    place = Fraction(float(value)) / Fraction(size)
    near = min(abs(place) / 2**22, Fraction(1, 2**10))
    return math.floor(place + near)


@given(
    st.sampled_from([np.float32, np.float64]).flatmap(
        lambda kind: hnp.arrays(
            kind,
            st.integers(1, 30),
            elements=st.floats(-1e6, 1e6, width=np.finfo(kind).bits) | st.sampled_from([0.0, -0.0]),
        )
    ),
    st.sampled_from([0.01, 0.07, 0.15, 0.3, 1.0, 1e-3]),
)
def test_bins_of_a_size_are_those_of_rational_arithmetic(values, size):
    indices, status, _ = sized(values, size)
    assert indices.tolist() == [exact_bin(value, size) for value in values]
    np.testing.assert_array_equal(bin_numbers(values, size)[0], indices)
    assert status == 0


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("size", [0.01, 0.07, 0.1, 0.15, 0.3, 1 / 255])
def test_multiples_of_the_size_start_bins_in_every_type(kind, size):
    numbers = np.delete(np.arange(-300, 300), 300)
    multiples = np.array([float(k * Fraction(size)) for k in numbers]).astype(kind)
    for values in (multiples, np.nextafter(multiples, kind(-9)), np.nextafter(multiples, kind(9))):
        indices, _, on_edges = sized(values, size)
        np.testing.assert_array_equal(indices, numbers)
        assert on_edges == numbers.size
    between = ((np.arange(-300, 300) + 0.5) * size).astype(kind)
    np.testing.assert_array_equal(sized(between, size)[0], np.arange(-300, 300))
    assert sized(between, size)[2] == 0
    beside = np.array([0.0, -0.0, 1e-30, -1e-30], kind)
    assert sized(beside, size)[0].tolist() == [0, 0, 0, -1]
    assert sized(beside, size)[2] == 0


def test_fine_bins_keep_their_edges():
    """A value is not moved by more than a thousandth of a bin, however far from 0 it lies."""
    values = 1e5 + np.array([0.5, 0.99, 0.9995])
    assert sized(values, 1.0)[0].tolist() == [100000, 100000, 100001]


@pytest.mark.parametrize("levels", [11, 21, 41])
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_levels_on_edges_of_a_range_have_bins_of_their_own(kind, levels):
    edges = np.linspace(-1, 1, levels)
    values = np.linspace(-1, 1, levels)[::-1].round(3).astype(kind)
    indices, clipped, status, on_edges = edged(values, edges)
    np.testing.assert_array_equal(indices[::-1], np.minimum(np.arange(levels), levels - 2))
    assert (clipped, status, on_edges) == (0, 0, levels - 2)  # the ends are no edges between bins


def test_large_indices_are_told():
    values = np.array([0.5, -0.5, 3.0])
    assert sized(values, 1.0, large=4)[1] == 0
    assert sized(values, 1.0, large=3)[1] == LARGE
    assert sized(values, 1e-9)[1] == LARGE | UNNUMBERED


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_values_without_a_bin_are_told(kind, bad):
    values = np.array([0.1, bad, 0.2], kind)
    assert sized(values, 0.07)[1] & UNNUMBERED
    assert edged(values, np.linspace(-1, 1, 31))[2] & UNNUMBERED


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize(("low", "high", "count"), [(-1, 1, 30), (0, 1, 7), (-0.3, 2.9, 1000)])
def test_bins_between_edges_are_those_of_numpy(kind, low, high, count):
    edges = np.linspace(low, high, count + 1)
    width = edges[1] - edges[0]
    values = np.concatenate([edges[:-1] + share * width for share in (0.01, 0.5, 0.99)])
    values = values.astype(kind)
    indices, clipped, status, on_edges = edged(values, edges)
    np.testing.assert_array_equal(indices, np.minimum(np.digitize(values, edges) - 1, count - 1))
    counts = np.bincount(indices, minlength=count)
    np.testing.assert_array_equal(counts, np.histogram(values.astype(float), edges)[0])
    assert (clipped, status, on_edges) == (0, 0, 0)


def test_values_beyond_the_edges_are_counted():
    edges = np.linspace(-1, 1, 31)
    rounding = edged(np.array([1 + 1e-6, -1 - 1e-6, 0.0]), edges)
    outside = edged(np.array([1.1, -7.0, 0.0]), edges)
    assert [rounding[1:3], outside[1:3]] == [(2, 0), (2, OUTSIDE)]
    assert rounding[0].tolist() == outside[0].tolist() == [29, 0, 15]
    assert edged(np.array([0.0]), edges, large=29)[2] == LARGE


@given(
    st.sampled_from([1, 30, 2**40, 2**63 - 1]).flatmap(
        lambda bound: hnp.arrays(np.int64, st.integers(1, 30), elements=st.integers(-bound, bound))
    )
)
def test_label_codes_number_the_labels(labels):
    codes, count = label_codes(labels)
    np.testing.assert_array_equal(codes[:, None] == codes, labels[:, None] == labels)
    np.testing.assert_array_equal(count, np.bincount(codes, minlength=count.size))
    assert count.size <= labels.size


def test_logarithms_of_counts():
    np.testing.assert_array_equal(logarithms(3), np.log([1, 1, 2, 3]))


@pytest.mark.parametrize("n", [200, 100_000])
@pytest.mark.parametrize("classes", [1, 2, 150])
@pytest.mark.parametrize("groups", [1, 7, 90])
def test_sums_from_counts_equal_those_from_probabilities(n, classes, groups):
    # 150 classes in 90 cells of 200 samples are counted as rows, the others in a table.
    rng = np.random.default_rng(groups)
    cell = rng.permutation(np.arange(n) % groups).astype(np.uint32)
    codes = ((rng.permutation(n) + cell) % classes).astype(np.uint32)
    table = np.zeros((groups, classes))
    np.add.at(table, (cell, codes), 1)
    count = np.bincount(cell).astype(np.uint32)
    label_count = np.bincount(codes, minlength=classes).astype(np.uint32)
    pair, joint = count_pairs(cell, groups, codes, classes)
    p, p_cell, p_label = table / n, table.sum(1) / n, table.sum(0) / n
    h, h_se, i, i_se = sum_pointwise(cell, count, codes, label_count, pair, joint, logarithms(n))
    surprise = -np.log(p_cell)
    safe = np.where(p > 0, p, 1), p_cell[:, None], np.where(p_label > 0, p_label, 1)
    ratios = np.log(safe[0]) - np.log(safe[1]) - np.log(safe[2])
    assert h == pytest.approx(-xlogy(p_cell, p_cell).sum(), abs=1e-12)
    assert i == pytest.approx((p * ratios).sum(), abs=1e-12)
    # A root is taken of a variance whose rounding is of order 1e-15.
    loose = {"rel": 1e-9, "abs": 1e-7 / np.sqrt(n)}
    assert h_se == pytest.approx(np.sqrt((p_cell * (surprise - h) ** 2).sum() / n), **loose)
    assert i_se == pytest.approx(np.sqrt((p * (ratios - i) ** 2).sum() / n), **loose)


def test_equal_terms_have_no_error():
    n = 60_000
    zeros, own = np.zeros(n, np.uint32), np.arange(n, dtype=np.uint32)
    whole, ones = np.array([n], np.uint32), np.ones(n, np.uint32)
    logs = logarithms(n)
    pair, joint = count_pairs(zeros, 1, zeros, 1)
    assert sum_pointwise(zeros, whole, zeros, whole, pair, joint, logs) == (0, 0, 0, 0)
    pair, joint = count_pairs(own, n, own, n)
    sums = sum_pointwise(own, ones, own, ones, pair, joint, logs)
    assert sums == (np.log(n), 0, np.log(n), 0)
