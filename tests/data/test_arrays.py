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


@pytest.mark.parametrize("kind", ["int8", "int16", "int32", "int64", "uint16", "uint32"])
def test_ids_stay_ids(kind):
    ids = np.array([[0, 9], [5, 1], [9, 9]], kind)
    data = Dataset.of(ids, LABELS)
    assert data.inputs.dtype == data.features().dtype == np.int64
    assert data.features().tolist() == ids.tolist()
    assert data.input_entropy == pytest.approx(np.log(3))


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
        ([[1.0], [2.0]], [None, 1], "a name or a number of a class"),
        ([[1.0], [2.0]], [0, 1, 0], r"labels must be int64 of shape \(2,\)"),
        ([[1.0], [1.0 + 1e-12]], [0, 1], "2 distinct rows in float64 that are 1 in float32.*Stand"),
        ([[1e300], [1.0]], [0, 1], r"numbers up to 1e\+300"),
    ],
)
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
