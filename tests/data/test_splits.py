from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import train_test_split

from ib_mlflow.data import Dataset, head, load, split, subset, three_way
from ib_mlflow.errors import InvalidInputError


def numbered(n, c=3):
    """Each input names its own row."""
    inputs = np.array([divmod(i, 256) for i in range(n)], dtype=np.uint8)
    labels = np.random.default_rng(n).integers(0, c, n)
    return Dataset("numbered", inputs, labels, tuple("abcdefgh"[:c]), "here", 256)


def rows_of(dataset):
    return (dataset.inputs.astype(np.int64) @ [256, 1]).tolist()


@given(
    n=st.integers(2, 600),
    fraction=st.floats(0.01, 0.99),
    seed=st.integers(0, 2**32 - 1),
)
def test_split_equals_scikit_learns(n, fraction, seed):
    data = numbered(n)
    try:
        expected = train_test_split(data.inputs, data.labels, test_size=fraction, random_state=seed)
    except ValueError:
        with pytest.raises(InvalidInputError, match="test_fraction"):
            split(data, test_fraction=fraction, seed=seed)
        return
    train, test = split(data, test_fraction=fraction, seed=seed)
    ours = (train.inputs, test.inputs, train.labels, test.labels)
    for own, theirs in zip(ours, expected, strict=True):
        np.testing.assert_array_equal(own, theirs)
    assert sorted(rows_of(train) + rows_of(test)) == list(range(n))


def test_split_says_how_it_was_made():
    train, test = split(numbered(10), test_fraction=0.3, seed=5)
    assert train.source == "here; training part of a split with test_fraction=0.3, seed=5"
    assert test.source == "here; test part of a split with test_fraction=0.3, seed=5"
    assert train.classes == test.classes == ("a", "b", "c")


@pytest.mark.parametrize("fraction", [0, 1, -0.1, 1.5, float("nan"), float("inf"), 0.95, "a"])
def test_split_refuses_fractions_that_leave_a_part_empty(fraction):
    with pytest.raises(InvalidInputError, match="test_fraction must lie in"):
        split(numbered(10), test_fraction=fraction, seed=0)


@pytest.mark.parametrize("seed", [-1, 2**32, 1.0, True, None, "0"])
def test_seeds_out_of_range_are_refused(seed):
    with pytest.raises(InvalidInputError, match="seed must be a whole number"):
        split(numbered(10), test_fraction=0.5, seed=seed)
    with pytest.raises(InvalidInputError, match="seed must be a whole number"):
        three_way(numbered(10), encoding=1, decoding=1, evaluation=1, seed=seed)


@given(n=st.integers(40, 300), per_class=st.integers(1, 4), order=st.permutations("abc"))
def test_subset_takes_the_first_of_each_class_in_order(n, per_class, order):
    data = numbered(n)
    names = order[:2]
    left = dict.fromkeys(names, per_class)
    expected = []
    for row, label in enumerate(data.labels):
        name = data.classes[label]
        if left.get(name, 0):
            left[name] -= 1
            expected.append((row, names.index(name)))
    part = subset(data, classes=names, per_class=per_class)
    assert list(zip(rows_of(part), part.labels.tolist(), strict=True)) == expected
    assert part.classes == tuple(names)


def test_subset_of_the_paper(real_data):
    mnist = load("mnist", root=real_data)
    part = subset(mnist, classes=["1", "3", "8"], per_class=1000)
    assert part.inputs.shape == (3000, 1, 28, 28)
    assert np.bincount(part.labels).tolist() == [1000, 1000, 1000]
    assert part.classes == ("1", "3", "8")
    assert part.source.endswith("; first 1000 of each of 1, 3, 8")
    assert part.input_entropy == pytest.approx(log(3000), abs=1e-12)
    assert part.information_xy == pytest.approx(log(3), abs=1e-12)
    first_three = np.flatnonzero(mnist.labels == 3)[0]
    first_of_part = np.flatnonzero(part.labels == 1)[0]
    np.testing.assert_array_equal(part.inputs[first_of_part], mnist.inputs[first_three])


@pytest.mark.parametrize(
    ("classes", "per_class", "message"),
    [
        ([], 1, "classes must be a list of distinct names"),
        (["a", "a"], 1, "classes must be a list of distinct names"),
        ("ab", 1, "classes must be a list of distinct names"),
        (["a", "z"], 1, r"names of classes of numbered; received 'z'"),
        ([0, 1], 1, "names of classes of numbered; received 0"),
        (["a"], 101, r"per_class must not exceed the \d+ samples of class a"),
        (["a"], 0, "per_class must be a whole number"),
        (["a"], 1.5, "per_class must be a whole number"),
        (["a"], True, "per_class must be a whole number"),
    ],
)
def test_subsets_that_cannot_be_are_refused(classes, per_class, message):
    with pytest.raises(InvalidInputError, match=message):
        subset(numbered(100), classes=classes, per_class=per_class)


@given(counts=st.tuples(*[st.integers(1, 60)] * 3), seed=st.integers(0, 2**32 - 1))
def test_three_way_parts_are_disjoint_and_repeatable(counts, seed):
    data = numbered(200)
    named = dict(zip(("encoding", "decoding", "evaluation"), counts, strict=True))
    parts = three_way(data, **named, seed=seed)
    rows = [rows_of(part) for part in parts]
    assert tuple(map(len, rows)) == counts
    assert len(set(rows[0] + rows[1] + rows[2])) == sum(counts)
    for part, row in zip(parts, rows, strict=True):
        np.testing.assert_array_equal(part.labels, data.labels[row])
    again = three_way(data, **named, seed=seed)
    assert [part.digest for part in again] == [part.digest for part in parts]


def test_three_way_depends_on_the_seed_and_names_its_parts():
    first, *_ = three_way(numbered(200), encoding=50, decoding=50, evaluation=50, seed=0)
    other, *_ = three_way(numbered(200), encoding=50, decoding=50, evaluation=50, seed=1)
    assert rows_of(first) != rows_of(other)
    assert first.source == "here; encoding part of 50 in a three-way split with seed=0"


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ((5, 5, 1), "must not exceed the 10 samples together; received 11"),
        ((0, 5, 1), "encoding must be a whole number"),
        ((5, -1, 1), "decoding must be a whole number"),
        ((5, 1, 0.5), "evaluation must be a whole number"),
    ],
)
def test_three_way_refuses_counts_that_cannot_be(counts, message):
    named = dict(zip(("encoding", "decoding", "evaluation"), counts, strict=True))
    with pytest.raises(InvalidInputError, match=message):
        three_way(numbered(10), **named, seed=0)


def test_a_head_is_the_first_samples_and_a_larger_one_begins_with_it():
    data = numbered(20)
    few, more = head(data, 5), head(data, 12)
    assert rows_of(few) == rows_of(data)[:5]
    assert rows_of(more)[:5] == rows_of(few)
    np.testing.assert_array_equal(few.labels, data.labels[:5])
    assert few.source.endswith("first 5")


@pytest.mark.parametrize(
    ("count", "message"), [(0, "at least 1"), (21, "exceed the 20"), (1.5, "whole")]
)
def test_a_head_of_what_is_not_there_is_refused(count, message):
    with pytest.raises(InvalidInputError, match=message):
        head(numbered(20), count)
