import hashlib
import pickle
from collections import Counter
from dataclasses import replace
from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ib_mlflow.data import Dataset
from ib_mlflow.errors import InvalidInputError


def dataset(inputs, labels, levels=256, c=None):
    labels = np.asarray(labels, dtype=np.int64)
    classes = tuple(f"class {label}" for label in range(c or labels.max() + 1))
    return Dataset("made up", np.asarray(inputs, dtype=np.uint8), labels, classes, "here", levels)


@st.composite
def datasets(draw):
    n = draw(st.integers(1, 40))
    shape = draw(st.sampled_from([(n, 2), (n, 1, 1, 2)]))
    inputs = draw(arrays(np.uint8, shape, elements=st.integers(0, 2)))
    labels = draw(arrays(np.int64, n, elements=st.integers(0, 3)))
    return dataset(inputs, labels, levels=3, c=4)


def entropy(symbols):
    """Brute force: the definition, over a dictionary of counts."""
    counts = Counter(symbols)
    return -sum(k / len(symbols) * log(k / len(symbols)) for k in counts.values())


def real(inputs, labels):
    return replace(dataset([[0]] * len(labels), labels), inputs=np.array(inputs), levels=None)


@given(datasets())
def test_entropies_equal_those_of_counted_symbols(data):
    x = [tuple(row.ravel()) for row in data.inputs]
    y = data.labels.tolist()
    assert data.input_entropy == pytest.approx(entropy(x), abs=1e-12)
    assert data.label_entropy == pytest.approx(entropy(y), abs=1e-12)
    information = entropy(x) + entropy(y) - entropy(list(zip(x, y, strict=True)))
    assert data.information_xy == pytest.approx(information, abs=1e-12)


@given(datasets(), st.randoms(use_true_random=False))
def test_entropies_do_not_depend_on_the_order_of_the_samples(data, random):
    order = list(range(data.n))
    random.shuffle(order)
    shuffled = replace(data, inputs=data.inputs[order], labels=data.labels[order])
    for name in ("input_entropy", "label_entropy", "information_xy"):
        assert getattr(shuffled, name) == pytest.approx(getattr(data, name), abs=1e-12)


def test_distinct_inputs_have_entropy_ln_n_exactly():
    data = dataset(np.arange(200)[:, None], np.arange(200) % 3)
    assert data.input_entropy == log(200)
    assert data.information_xy == data.label_entropy


def test_sizes():
    data = dataset(np.zeros((5, 3, 2, 4)), [0, 1, 0, 0, 0], c=7)
    assert (len(data), data.n, data.m, data.c) == (5, 5, 24, 7)


def test_features_are_the_flattened_inputs_from_0_to_1():
    inputs = np.random.default_rng(1).integers(0, 17, (6, 2, 3, 4))
    features = dataset(inputs, np.zeros(6), levels=17).features()
    assert features.dtype == np.float32
    assert features.shape == (6, 24)
    assert features[5, 1 * 12 + 2 * 4 + 3] == np.float32(inputs[5, 1, 2, 3] / 16)
    extremes = dataset([[0, 255]], [0]).features()
    assert extremes.tolist() == [[0.0, 1.0]]


def test_features_belong_to_the_caller():
    data = dataset([[1, 2], [3, 4]], [0, 1])
    data.features()[:] = 0.5
    assert data.features()[0, 1] == np.float32(2 / 255)


def test_arrays_cannot_be_written_but_the_callers_can():
    inputs, labels = np.zeros((3, 2), dtype=np.uint8), np.array([0, 1, 1])
    data = dataset(inputs, labels)
    for array in (data.inputs, data.labels):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
    inputs[0] = 1


def test_digest_is_the_sha256_of_types_shapes_and_bytes():
    data = dataset([[1, 2], [3, 4]], [0, 1])
    text = '[["|u1", [2, 2]], ["<i8", [2]]]'
    bytes_ = text.encode() + bytes([1, 2, 3, 4]) + bytes([0] * 8 + [1] + [0] * 7)
    assert data.digest == hashlib.sha256(bytes_).hexdigest()


def test_digest_depends_on_content_and_shape_only():
    inputs, labels = np.arange(24).reshape(4, 6), np.array([0, 1, 0, 1])
    data = dataset(inputs, labels)
    strided = dataset(np.asfortranarray(inputs.astype(np.uint8)), labels)
    assert replace(data, source="elsewhere", name="other").digest == data.digest
    assert strided.digest == data.digest
    others = [
        dataset(inputs + (np.arange(24).reshape(4, 6) == 23), labels),
        dataset(inputs, [0, 1, 0, 0]),
        dataset(inputs.reshape(4, 2, 3), labels),
    ]
    assert len({data.digest, *(other.digest for other in others)}) == 4


def test_real_inputs_are_their_own_features():
    inputs = np.array([[-1.5, 0.25], [1e-9, 300.0], [0.1, 0.1]], np.float32)
    data = real(inputs, [0, 1, 1])
    assert data.features().dtype == np.float32
    assert np.array_equal(data.features(), inputs)
    assert not np.shares_memory(data.features(), data.inputs)
    assert (data.m, data.levels) == (2, None)


def test_real_inputs_are_one_value_where_they_are_equal():
    """Also zero, whatever its sign."""
    data = real(
        np.array([[0.0, 1.0], [-0.0, 1.0], [0.1, 1.0], [0.1, 1.0]], np.float32), [0, 0, 0, 1]
    )
    assert data.input_entropy == pytest.approx(log(2), abs=1e-15)
    information = entropy([0, 0, 0, 1]) - entropy([0, 1]) / 2
    assert data.information_xy == pytest.approx(information, abs=1e-15)


def test_digests_of_real_inputs_are_those_of_their_bytes():
    data = real(np.array([[0.5], [-2]], np.float32), [0, 1])
    header = b'[["<f4", [2, 1]], ["<i8", [2]]]'
    content = np.array([0.5, -2], "<f4").tobytes() + bytes([0] * 8 + [1] + [0] * 7)
    assert data.digest == hashlib.sha256(header + content).hexdigest()


def test_a_dataset_crosses_a_process_boundary():
    data = dataset([[1, 2], [3, 4]], [0, 1])
    copy = pickle.loads(pickle.dumps(data))
    assert copy.digest == data.digest
    assert copy.classes == data.classes


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"inputs": np.zeros((2, 3))}, "inputs must be uint8"),
        ({"inputs": np.zeros(2, dtype=np.uint8)}, "inputs must be uint8"),
        ({"inputs": np.zeros((0, 3), dtype=np.uint8)}, "non-empty"),
        ({"inputs": np.full((2, 3), 2, dtype=np.uint8)}, "inputs must lie in 0..1"),
        ({"levels": None}, r"uint8 of shape \(2, 3\)\. Give levels=256 for bytes, astype"),
        ({"levels": None, "inputs": np.zeros((2, 3), bool)}, "Give levels=2"),
        ({"levels": None, "inputs": np.zeros(2, np.float32)}, r"inputs\.reshape\(-1, 1\)"),
        ({"levels": None, "inputs": np.array([["a"], ["b"]])}, "encode what is a word"),
        ({"levels": None, "inputs": np.zeros((0, 2), np.float32)}, "Give one sample or more"),
        ({"levels": None, "inputs": np.array([[0], [-1]])}, "ids must not be negative"),
        ({"levels": None, "inputs": np.full((2, 2), np.nan, np.float32)}, "inputs must be finite"),
        ({"levels": None, "inputs": np.full((2, 2), np.inf, np.float32)}, "inputs must be finite"),
        ({"levels": 1}, "levels must be a whole number in 2..256"),
        ({"levels": 257}, "levels must be a whole number in 2..256"),
        ({"levels": 2.5}, r"levels must be a whole number in 2..256; received 2\.5"),
        ({"labels": np.zeros(3, dtype=np.int64)}, r"labels must be int64 of shape \(2,\)"),
        ({"labels": np.zeros(2)}, r"labels must be int64 .*any labels to Dataset\.of"),
        ({"labels": ["a", "b"]}, "labels must be int64"),
        ({"labels": np.zeros((2, 1), dtype=np.int64)}, "labels must be int64 of shape"),
        ({"labels": np.array([0, 2])}, "labels must lie in 0..1"),
        ({"labels": np.array([0, -1])}, "labels must lie in 0..1"),
        ({"classes": ()}, "classes must be distinct"),
        ({"classes": ("a", "a")}, "classes must be distinct"),
    ],
)
def test_what_does_not_fit_together_is_refused(changed, message):
    with pytest.raises(InvalidInputError, match=message):
        replace(dataset([[0, 0, 1], [0, 1, 0]], [0, 1], levels=2), **changed)
