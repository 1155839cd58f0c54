from itertools import product

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ib_mlflow.information import entropy
from ib_mlflow.information.discrete.rowhash import (
    digit_limit,
    distinct_rows,
    fill_constants,
    group_digits,
    group_hashed,
    group_rows,
)


def by_dictionary(rows):
    """Number the rows by first appearance, and count them, with a dictionary of tuples."""
    numbers, counts = {}, []
    for row in map(tuple, rows.tolist()):
        if row not in numbers:
            numbers[row] = len(counts)
            counts.append(0)
        counts[numbers[row]] += 1
    return [numbers[row] for row in map(tuple, rows.tolist())], counts


def grouped(way, rows, *more):
    """Run a way of grouping on int32 rows; return groups, first rows and counts."""
    n = len(rows)
    group, first, count = (np.empty(n, np.uint32) for _ in range(3))
    groups = way(np.ascontiguousarray(rows, np.int32), *more, group, first, count)
    return group.tolist(), first[:groups].tolist(), count[:groups].tolist()


def agree(grouping, rows):
    group, first, count = grouping
    numbers, counts = by_dictionary(rows)
    assert (group, count) == (numbers, counts)
    assert first == [numbers.index(number) for number in range(len(counts))]


SHAPES = hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=40)


@given(
    st.sampled_from([1, 2, 50, 2**31, 2**62]).flatmap(
        lambda bound: hnp.arrays(np.int64, SHAPES, elements=st.integers(-bound, bound))
    )
)
@settings(max_examples=150)
def test_distinct_rows_equal_a_dictionary(rows):
    group, count = distinct_rows(rows)
    assert (group.tolist(), count.tolist()) == by_dictionary(rows)


@pytest.mark.parametrize("shift", [0, 16, 31, 40, 55])
def test_entries_that_share_low_zero_bits_are_told_apart(shift):
    digits = np.random.default_rng(shift).integers(-100, 100, size=(3000, 4))
    rows = digits << shift
    group, count = distinct_rows(rows)
    assert (group.tolist(), count.tolist()) == by_dictionary(rows)


@pytest.mark.parametrize(("n", "d"), [(1, 1), (100, 2), (6561, 8), (4096, 10), (20, 50)])
def test_digits_at_their_limit_are_told_apart(n, d):
    limit = digit_limit(n, d)
    assert limit >= 2 or d == 50
    ends = sorted({-(limit - 1), 0, limit - 1})
    every = np.array(list(product(ends, repeat=min(d, 8))))
    rows = np.zeros((n, d), np.int64)
    columns = np.random.default_rng(n).permutation(d)[: every.shape[1]]
    rows[:, columns] = every[np.arange(n) % len(every)]
    agree(grouped(group_digits, rows), rows)


def test_no_digits_fit_very_wide_rows():
    assert digit_limit(4096, 52) == 0


@pytest.mark.parametrize("unit", [0, 1, 2**61, 2**63], ids=["no bits", "sums", "3 bits", "1 bit"])
def test_rows_whose_hashes_collide_are_told_apart(unit):
    # With equal constants every permutation of a row has its hash; with high ones it is bits long.
    rows = np.random.default_rng(0).integers(3, size=(2000, 5))
    agree(grouped(group_hashed, rows, np.full(5, unit, np.uint64)), rows)


def test_rows_that_hash_to_few_bits_are_told_apart_in_one_pass():
    # Entries that differ in one high bit, as the floats +1 and -1 do, leave 33 bits of a key.
    n, d = 400_000, 40
    numbers = np.random.default_rng(0).integers(2**d, size=n)
    rows = (numbers[:, None] >> np.arange(d) & 1).astype(np.int32) << 31
    group, count = distinct_rows(rows.view(np.int64))
    first = np.unique(numbers, return_index=True)[1]
    np.testing.assert_array_equal(numbers[np.sort(first)][group], numbers)
    assert count.size == first.size
    assert count.sum() == n


def test_millions_of_distinct_rows_are_told_apart():
    n = 5_000_000
    symbols = np.random.default_rng(0).integers(-(2**62), 2**62, size=n)
    assert entropy(symbols).value == pytest.approx(np.log(n), abs=1e-12)
    twice = symbols.copy()
    twice[n // 2 :] = symbols[: n // 2]
    group, count = distinct_rows(twice[:, None])
    np.testing.assert_array_equal(group, np.arange(n) % (n // 2))
    assert (count == 2).all()
    assert count.size == n // 2


def test_a_million_rows_some_equal_agree_with_sorting():
    rows = np.random.default_rng(0).integers(-(2**62), 2**62, size=(600_000, 2))
    rows = rows[np.random.default_rng(1).integers(len(rows), size=1_000_000)]
    group, count = distinct_rows(rows)
    _, first, inverse, counts = np.unique(
        rows, axis=0, return_index=True, return_inverse=True, return_counts=True
    )
    order = np.argsort(first)
    np.testing.assert_array_equal(count, counts[order])
    np.testing.assert_array_equal(group, np.argsort(order)[inverse.ravel()])


@pytest.mark.parametrize("values", [1, 2, 1000])
@pytest.mark.parametrize("d", [1, 3, 70])
def test_all_ways_agree(values, d):
    rows = np.random.default_rng(d).integers(values, size=(500, d))
    agree(grouped(group_rows, rows), rows)
    if values < digit_limit(500, d):
        assert grouped(group_digits, rows) == grouped(group_rows, rows)


def test_constants_are_odd_and_differ():
    constants = np.empty(6, np.uint64)
    fill_constants(np.uint64(5), constants)
    assert (constants % 2 == 1).all()
    assert len(set(constants.tolist())) == 6
