import numpy as np
import pytest
import torch

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information import KDE, Binned, distance_histogram
from ib_mlflow.information.inputs.symbols import layer_array, layer_labels, symbol_codes

TABLE = [[0, 1], [1, 0], [0, 1], [0, 0]]


@pytest.mark.parametrize(
    "symbols",
    [
        np.array(TABLE),
        np.array(TABLE, np.uint8),
        np.array(TABLE, bool),
        np.array(TABLE) * 1.5 - 0.75,
        np.array(TABLE).astype(str),
        np.array([["no", "yes"][value] for row in TABLE for value in row], object).reshape(4, 2),
        np.array(TABLE, np.uint64) + np.uint64(2**63),
        torch.tensor(TABLE),
        TABLE,
    ],
    ids=lambda symbols: str(getattr(symbols, "dtype", "list")),
)
def test_codes_are_equal_where_symbols_are(symbols):
    codes = symbol_codes(symbols)
    assert codes.dtype == np.int64
    np.testing.assert_array_equal(codes.reshape(-1, 1) == codes.ravel(), _equal(TABLE))


def _equal(table):
    flat = np.array(table).ravel()
    return flat[:, None] == flat


def test_negative_zero_is_zero():
    np.testing.assert_array_equal(symbol_codes([0.0, -0.0]), [[0], [0]])


@pytest.mark.parametrize(
    ("symbols", "invariant"),
    [
        ([], "neither empty"),
        (np.zeros((3, 0), int), "neither empty"),
        (3, "must have shape"),
        (np.zeros((2, 2, 2), int), "must have shape"),
        ([[1, 2], [3]], "readable as an array"),
        ([1.0, np.nan], "must be finite"),
        ([1.0, np.inf], "must be finite"),
        (np.array(["a", 1.0], object), "numbers or strings"),
        (np.array([1.0, np.nan], object), "numbers or strings"),
        (np.array([1j]), "numbers or strings"),
        (np.array(["2020-01-01"], "datetime64[D]"), "numbers or strings"),
    ],
)
def test_what_is_not_discrete_is_refused(symbols, invariant):
    with pytest.raises(InvalidInputError, match=invariant):
        symbol_codes(symbols)


@pytest.mark.parametrize(
    "labels", [[5, 2, 5], ["b", "a", "b"], [True, False, True], [0.5, -0.5, 0.5]]
)
def test_labels_of_any_kind_become_integers(labels):
    codes = layer_labels(labels, 3)
    assert (codes.dtype, codes.shape) == (np.int64, (3,))
    assert codes[0] == codes[2] != codes[1]


@pytest.mark.parametrize("labels", [[0, 1], [[0], [1], [0]], np.eye(3), 0])
def test_labels_that_are_not_one_per_sample_are_refused(labels):
    with pytest.raises(InvalidInputError, match=r"labels must have shape \(3,\)"):
        layer_labels(labels, 3)


@pytest.mark.parametrize("measure", [Binned(0.1), KDE(0.1, "upper"), distance_histogram])
def test_an_axis_too_many_is_what_a_refusal_names(measure):
    images, labels = np.random.default_rng(0).normal(size=(8, 1, 2, 2)), np.arange(8) % 2
    with pytest.raises(InvalidInputError, match=r"2 samples behind the axes \(8, 1\), and 8 label"):
        measure(images, labels)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_activations_keep_their_type_and_lose_their_layout(dtype):
    array = np.arange(24, dtype=dtype).reshape(2, 3, 4)
    for view in (array, array.swapaxes(1, 2), array[:, ::2], array[..., ::-1]):
        values, leading = layer_array(view)
        assert (values.dtype, values.flags.c_contiguous, leading) == (dtype, True, (2,))
        np.testing.assert_array_equal(values, view)


def test_read_only_arrays_are_copied():
    array = np.broadcast_to(np.float32(1), (2, 3))
    assert layer_array(array)[0].flags.writeable
    assert layer_labels(np.broadcast_to(1, 3), 3).flags.writeable


def test_leading_axes_become_one():
    values, leading = layer_array(np.zeros((2, 3, 5, 4)))
    assert (values.shape, leading) == ((6, 5, 4), (2, 3))
    values, leading = layer_array([[1, 2], [3, 4]])
    assert (values.shape, values.dtype, leading) == ((1, 2, 2), np.float64, ())


def test_tensors_are_read_where_they_are():
    tensor = torch.rand(2, 5, 3)
    values, _ = layer_array(tensor)
    np.testing.assert_array_equal(values, tensor.numpy())
    with pytest.raises(InvalidInputError, match="readable as an array"):
        layer_array(tensor.requires_grad_())


@pytest.mark.parametrize(
    ("activations", "invariant"),
    [
        (np.zeros(3), "must have shape"),
        (np.zeros((0, 3)), "no empty axis"),
        (np.zeros((3, 0)), "no empty axis"),
        (np.zeros((0, 3, 3)), "no empty axis"),
        (np.zeros((3, 3), np.float16), "float32 or float64"),
        (np.zeros((3, 3), ">f4"), "float32 or float64"),
        (np.zeros((3, 3), complex), "float32 or float64"),
        ([["a"]], "float32 or float64"),
        ([[1.0, 2.0], [3.0]], "readable as an array"),
        (np.ma.masked_array(np.eye(2), np.eye(2) > 0), "not be masked"),
    ],
)
def test_what_are_not_activations_is_refused(activations, invariant):
    with pytest.raises(InvalidInputError, match=invariant):
        layer_array(activations)
