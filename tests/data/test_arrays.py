import re

import numpy as np
import pandas as pd
import pytest
import torch

from ib_mlflow.data import Dataset, affine_copies, shrink
from ib_mlflow.errors import InvalidInputError

ROWS = [[0.5, -1.0], [0.25, 3.0], [0.5, 2.0]]
LABELS = ["b", "a", "b"]

READ = {
    "lists": ROWS,
    "tuples": tuple(map(tuple, ROWS)),
    "float64": np.array(ROWS),
    "float16": np.array(ROWS, np.float16),
    "big-endian": np.array(ROWS, ">f4"),
    "fortran": np.asfortranarray(np.array(ROWS, np.float32)),
    "masked, nothing hidden": np.ma.masked_array(ROWS, mask=False),
    "tensor": torch.tensor(ROWS),
    "tensor with a gradient": torch.tensor(ROWS, requires_grad=True),
    "bfloat16": torch.tensor(ROWS, dtype=torch.bfloat16),
    "frame": pd.DataFrame(ROWS, columns=["height", "width"]),
    "frame of several types": pd.DataFrame(ROWS).astype({0: "float32", 1: "Int64"}),
}


@pytest.mark.parametrize("kind", READ)
def test_inputs_are_read_from_whatever_holds_them(kind):
    data = Dataset.of(READ[kind], LABELS)
    expected = Dataset("own data", np.array(ROWS, np.float32), np.array([1, 0, 1]), ("a", "b"),
                       "given as arrays", None)  # fmt: skip
    assert data.inputs.dtype.newbyteorder("=") == np.float32
    assert (data.digest, data.classes, data.source) == (
        expected.digest,
        expected.classes,
        expected.source,
    )
    direct = Dataset("own", READ[kind], [1, 0, 1], ("a", "b"), "here", None)
    assert direct.digest == expected.digest


@pytest.mark.parametrize(
    ("labels", "classes", "numbers"),
    [
        (LABELS, ("a", "b"), [1, 0, 1]),
        (np.array(LABELS, object), ("a", "b"), [1, 0, 1]),
        (pd.Series(LABELS), ("a", "b"), [1, 0, 1]),
        (pd.Series(LABELS, dtype="category").cat.set_categories(["c", "b", "a"]), ("c", "b", "a"),
         [1, 2, 1]),
        (pd.Series([7, 5, 7], dtype="category"), ("5", "7"), [1, 0, 1]),
        ([10, 9, 10], ("9", "10"), [1, 0, 1]),
        (pd.Series([7, 5, 7], dtype="Int64"), ("5", "7"), [1, 0, 1]),
        (pd.Series([True, False, True], dtype="boolean"), ("False", "True"), [1, 0, 1]),
        ([True, False, True], ("False", "True"), [1, 0, 1]),
        (torch.tensor([3, 1, 3], dtype=torch.uint8), ("1", "3"), [1, 0, 1]),
        (np.array([1.0, 0.0, 1.0]), ("0", "1"), [1, 0, 1]),
        ([3e19, 1e19, 1.0], ("1", str(10**19), str(3 * 10**19)), [2, 1, 0]),
        (np.array([2**64 - 1, 2**63, 2**64 - 1], np.uint64), (str(2**63), str(2**64 - 1)),
         [1, 0, 1]),
        (pd.Categorical(LABELS, ["c", "b", "a"]), ("c", "b", "a"), [1, 2, 1]),
        (pd.cut([0.1, 0.9, 0.2], 2, labels=["b", "a"]), ("b", "a"), [0, 1, 0]),
        (pd.CategoricalIndex(LABELS), ("a", "b"), [1, 0, 1]),
        (pd.Index(LABELS), ("a", "b"), [1, 0, 1]),
        (pd.array([7, 5, 7]), ("5", "7"), [1, 0, 1]),
    ],
)  # fmt: skip
def test_labels_of_any_kind_become_numbers_of_classes(labels, classes, numbers):
    data = Dataset.of(ROWS, labels)
    assert (data.classes, data.labels.tolist()) == (classes, numbers)
    assert data.labels.dtype == np.int64


def test_classes_may_be_named_whether_they_occur_or_not():
    names = ["c", "b", "a"]
    assert Dataset.of(ROWS, LABELS, classes=names).labels.tolist() == [1, 2, 1]
    assert Dataset.of(ROWS, [2, 0, 2], classes=names).classes == ("c", "b", "a")
    with pytest.raises(InvalidInputError, match=r"among the classes, a; received b\."):
        Dataset.of(ROWS, LABELS, classes=["a"])
    with pytest.raises(InvalidInputError, match=r"labels must lie in 0\.\.1"):
        Dataset.of(ROWS, [0, 1, 2], classes=["a", "b"])
    with pytest.raises(InvalidInputError, match=r"labels from 0\.0 to 1e\+19"):
        Dataset.of(ROWS, [0, 1, 1e19], classes=["a", "b"])


@pytest.mark.parametrize("kind", ["int8", "int16", "int32", "int64"])
def test_ids_stay_ids(kind):
    ids = np.array([[0, 9], [5, 1], [9, 9]], kind)
    data = Dataset.of(ids, LABELS)
    assert data.inputs.dtype == data.features().dtype == np.int64
    assert data.features().tolist() == ids.tolist()
    assert data.input_entropy == pytest.approx(np.log(3))


@pytest.mark.parametrize("kind", ["uint8", "uint16", "uint32", "uint64"])
def test_unsigned_numbers_may_be_ids_or_amounts_and_must_say_which(kind):
    with pytest.raises(InvalidInputError, match=rf"{kind} of .*int64\) for ids.*float32\) for num"):
        Dataset.of(np.array([[0, 9], [5, 1], [9, 9]], kind), LABELS)


def test_levels_are_bytes_whatever_held_them():
    for inputs in ([[0, 2], [1, 0]], np.array([[0, 2], [1, 0]]), torch.tensor([[0, 2], [1, 0]])):
        data = Dataset.of(inputs, [0, 1], levels=3)
        assert data.inputs.dtype == np.uint8
        assert data.features().tolist() == [[0, 1], [0.5, 0]]
    bits = Dataset.of(np.array([[True, False], [False, False]]), [0, 1], levels=2)
    assert bits.inputs.tolist() == [[1, 0], [0, 0]]
    for inputs in ([[0, 256]], [[-1, 0]], [[0.5, 1.0]]):
        with pytest.raises(InvalidInputError, match="inputs must be uint8"):
            Dataset.of(inputs, [0], levels=256)


@pytest.mark.parametrize("shape", [(4, 3, 2, 2), (4, 5, 3), (4, 1, 2, 2, 2)])
def test_real_images_and_sequences_keep_their_axes(shape):
    inputs = np.random.default_rng(0).normal(size=shape)
    data = Dataset.of(inputs, [0, 1, 1, 0])
    assert data.inputs.shape == shape
    assert np.array_equal(data.features(), inputs.reshape(4, -1).astype(np.float32))


def test_real_images_shrink_without_rounding_and_ids_not_at_all():
    inputs = np.random.default_rng(0).normal(size=(4, 1, 4, 4)).astype(np.float32)
    data = Dataset.of(inputs, [0, 1, 1, 0])
    expected = inputs.reshape(4, 1, 2, 2, 2, 2).mean(axis=(3, 5))
    np.testing.assert_allclose(shrink(data, factor=2).inputs, expected, rtol=0, atol=1e-6)
    with pytest.raises(InvalidInputError, match="factor must divide"):
        shrink(Dataset.of(np.zeros((1, 1, 2, 2), int), [0]), factor=2)
    with pytest.raises(InvalidInputError, match=r"images .* with levels"):
        affine_copies(data, seed=0)


@pytest.mark.parametrize(
    ("inputs", "labels", "message"),
    [
        ([[1.0], [1.0, 2.0]], [0, 1], "inputs must be readable as an array.*rows of equal length"),
        (pd.DataFrame({"a": [1.0, None]}), [0, 1], "inputs must be without gaps; received 1 miss"),
        (pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}), [0, 1], "columns b of other types.*dummies"),
        (np.ma.masked_array([[1.0], [2.0]], mask=[[0], [1]]), [0, 1], "1 masked values"),
        ([[1.0], [2.0]], pd.Series(["a", None]), "labels must be without gaps"),
        ([[1.0], [2.0]], [0.5, 1.5], r"continuous target, for example by numpy\.digitize"),
        ([[1.0], [2.0]], [[0, 1], [1, 0]], r"one-hot rows give argmax\(axis=1\)"),
        ([[1.0], [2.0]], [-np.inf, np.inf], "labels must be finite; received 2 labels"),
        ([[1.0], [2.0]], [np.nan, 1.0], "labels must be finite; received 1 labels"),
        ([[1.0], [2.0]], pd.Categorical(["a", None]), "without gaps; received 1 missing"),
        ([[1.0], [2.0]], pd.Series(["a", None], dtype="category"), "labels must be without gaps"),
        ([[1.0], [2.0]], pd.array([1, None]), "labels must be without gaps; received 1 missing"),
        ([[1.0], [2.0]], pd.DatetimeIndex(["2020-01-01", "2020-01-02"]),
         "one class for each sample.*received datetime64"),
        (pd.DatetimeIndex(["2020-01-01", "2020-01-02"]), [0, 1], "received datetime64"),
        (pd.array([1, None]), [0, 1], "inputs must be without gaps; received 1 missing"),
        ([[1.0], [2.0]], [None, 1], "a name or a number of a class"),
        ([[1.0], [2.0]], [0, 1, 0], r"labels must be int64 of shape \(2,\)"),
        ([[1.0], [1.0 + 1e-12]], [0, 1], "2 distinct rows in float64 that are 1 in float32.*Stand"),
        ([[1e300], [1.0]], [0, 1], r"numbers up to 1e\+300"),
    ],
)  # fmt: skip
def test_what_cannot_be_honoured_is_refused(inputs, labels, message):
    with pytest.raises(InvalidInputError, match=re.compile(message)):
        Dataset.of(inputs, labels)


def test_frames_and_series_of_other_rows_are_refused():
    frame, series = pd.DataFrame(ROWS), pd.Series(LABELS)
    shuffled = series.sample(frac=1, random_state=0)
    for make in (
        lambda labels: Dataset.of(frame, labels),
        lambda labels: Dataset("own", frame, labels, ("a", "b"), "here", None),
    ):
        with pytest.raises(InvalidInputError, match="must have the same index"):
            make(shuffled)
    assert Dataset.of(frame, shuffled.loc[frame.index]).labels.tolist() == [1, 0, 1]
