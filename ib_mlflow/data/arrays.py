"""Inputs and labels from lists, NumPy, pandas and torch, as the arrays of a dataset."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ib_mlflow.data.checks import check_range
from ib_mlflow.errors import InvalidInputError
from ib_mlflow.reading import advice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def as_array(values: Any, name: str) -> NDArray[Any]:
    """Anything rectangular as an array; a tensor from where it is, without its gradient.

    Arguments:
        values: lists, an array, a tensor of torch, a series or frame of pandas.
        name: what they are called in an error.

    Raises:
        InvalidInputError: if rows are of different lengths, or values are missing.

    Example:
        >>> as_array([[1, 2], [3, 4]], "inputs").shape
        (2, 2)
    """
    if hasattr(values, "detach") and hasattr(values, "cpu"):
        values = values.detach().cpu()
        values = values.float() if str(values.dtype) == "torch.bfloat16" else values
    if isinstance(values, np.ma.MaskedArray) and np.ma.is_masked(values):
        raise _missing(name, f"{np.ma.getmaskarray(values).sum()} masked values")
    if hasattr(values, "isna") and hasattr(values, "to_numpy"):
        missing = int(np.sum(np.asarray(values.isna())))
        if missing:
            raise _missing(name, f"{missing} missing values")
        values = _of_pandas(values, name)
    try:
        return np.asarray(values)
    except (TypeError, ValueError, RuntimeError) as error:
        raise InvalidInputError(
            f"{name} must be readable as an array", received=error, fix=advice(values)
        ) from error


def input_array(values: Any, levels: int | None) -> NDArray[Any]:
    """Inputs as a dataset holds them: levels uint8, real numbers float32, ids int64.

    Arguments:
        values: as of `as_array`.
        levels: how many values an input can take; None for real numbers and ids.

    Raises:
        InvalidInputError: if numbers do not fit their type, or distinct rows become equal in it.

    Example:
        >>> input_array([[0.5, 1.5]], None).dtype, input_array([[7, 1]], None).dtype
        (dtype('float32'), dtype('int64'))
    """
    array = as_array(values, "inputs")
    kind = array.dtype.kind
    if levels is not None:
        whole = kind in "iu" and array.size and array.min() >= 0 and array.max() <= 255
        return array.astype(np.uint8, copy=False) if whole or kind == "b" else array
    if kind == "i":
        return array.astype(np.int64, copy=False)
    if kind != "f" or array.dtype == np.float32:
        return array
    with np.errstate(over="ignore"):
        real = array.astype(np.float32)
    if np.isfinite(array).all() and array.ndim > 1 and array.itemsize > real.itemsize:
        _check_precision(array, real)
    return real


def label_array(values: Any) -> NDArray[Any]:
    """Whole numbers as int64, whatever their type was; anything else as it is.

    Example:
        >>> label_array([True, False]), label_array(["b"]).dtype.kind
        (array([1, 0]), 'U')
    """
    array = as_array(values, "labels")
    return array.astype(np.int64, copy=False) if array.dtype.kind in "iub" else array


def classes_and_labels(
    values: Any, classes: Sequence[str] | None
) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """The classes of labels of any kind, and the labels as numbers of classes.

    Arguments:
        values: `(n,)` names or whole numbers, or categories of pandas, whose order is kept.
        classes: names of all classes, in order; then labels are these names, or their numbers.
            None for the distinct labels in sorted order.

    Returns:
        c names, and `(n,)` numbers in 0..c - 1.

    Raises:
        InvalidInputError: if labels are not one name or whole number for each sample, or none of
            the classes.

    Example:
        >>> classes_and_labels(["cat", "ant", "cat"], None)
        (('ant', 'cat'), array([1, 0, 1]))
        >>> classes_and_labels([10, 20, 10], None)
        (('10', '20'), array([0, 1, 0]))
    """
    categories = _categories(values)
    if classes is None and categories is not None:
        return categories
    array = as_array(values, "labels")
    if array.dtype.kind == "O" and all(isinstance(label, str) for label in array.ravel()):
        array = array.astype(str)
    # As they are: whole floats beyond int64 are classes, too, that a cast would merge.
    whole = array.dtype.kind == "f" and array.size > 0 and _are_whole(array)
    if array.ndim != 1 or (array.dtype.kind not in "iubU" and not whole):
        raise InvalidInputError(
            "labels must be one class for each sample, by name or whole number",
            received=f"{array.dtype} of shape {array.shape}",
            fix=_label_fix(array),
        )
    if classes is None:
        distinct, numbers = np.unique(array, return_inverse=True)
        names = distinct.tolist() if not whole else [int(label) for label in distinct]
        return tuple(str(name) for name in names), numbers.astype(np.int64)
    names = tuple(str(name) for name in classes)
    if array.dtype.kind != "U":
        check_range(array, names)
        return names, array.astype(np.int64)
    unknown = sorted(set(array.tolist()) - set(names))
    if unknown:
        raise InvalidInputError(
            f"labels must be among the classes, {', '.join(names)}",
            received=", ".join(unknown[:5]),
            fix="Name every class, or leave classes out.",
        )
    position = {name: number for number, name in enumerate(names)}
    return names, np.array([position[label] for label in array.tolist()], np.int64)


def check_index(inputs: Any, labels: Any) -> None:
    """Refuse a frame and a series of pandas whose rows are not the same ones.

    Raises:
        InvalidInputError: if both have an index, and the indexes differ.

    Example:
        >>> check_index([[1.0], [2.0]], [0, 1])
    """
    indexes = [part.index for part in (inputs, labels) if hasattr(part, "iloc")]
    if len(indexes) == 2 and not indexes[0].equals(indexes[1]):
        raise InvalidInputError(
            "inputs and labels of pandas must have the same index, row by row",
            received=f"indexes that begin {list(indexes[0][:3])} and {list(indexes[1][:3])}",
            fix="Take both from one frame, or labels.loc[inputs.index].",
        )


def _categories(values: Any) -> tuple[tuple[str, ...], NDArray[np.int64]] | None:
    """Names and numbers of categories of pandas, alone or in a series; None of anything else."""
    categorical = getattr(values, "cat", values)
    if not (hasattr(categorical, "categories") and hasattr(categorical, "codes")):
        return None
    numbers = np.asarray(categorical.codes, np.int64)
    if (numbers < 0).any():
        raise _missing("labels", f"{(numbers < 0).sum()} missing values")
    return tuple(str(category) for category in categorical.categories), numbers


def _are_whole(labels: NDArray[Any]) -> bool:
    if not np.isfinite(labels).all():
        raise InvalidInputError(
            "labels must be finite",
            received=f"{np.sum(~np.isfinite(labels))} labels that are NaN or infinite",
            fix="Leave those samples out, or give their classes names.",
        )
    return np.array_equal(labels, np.rint(labels))


def _missing(name: str, received: str) -> InvalidInputError:
    return InvalidInputError(
        f"{name} must be without gaps",
        received=received,
        fix="Leave those samples out, or fill the gaps first.",
    )


def _of_pandas(values: Any, name: str) -> NDArray[Any]:
    frame = hasattr(values, "columns")
    types = dict(values.dtypes.items()) if frame else {"": values.dtype}
    kinds = {column: str(getattr(kind, "kind", "O")) for column, kind in types.items()}
    other = [str(column) for column, kind in kinds.items() if kind not in "biuf"]
    if frame and other:
        raise InvalidInputError(
            f"{name} must be columns of numbers",
            received=f"columns {', '.join(other[:5])} of other types",
            fix="Leave them out, or make numbers of them (pandas.get_dummies).",
        )
    array: NDArray[Any] = values.to_numpy()
    if array.dtype.kind == "O" and not other:  # columns of several types, or pandas' own
        array = array.astype(np.float64 if "f" in kinds.values() else np.int64)
    return array


def _check_precision(array: NDArray[Any], real: NDArray[np.float32]) -> None:
    if np.isfinite(real).all():
        before, after = (len({row.tobytes() for row in part + 0}) for part in (array, real))
        if before == after:
            return
        received = f"{before} distinct rows in {array.dtype} that are {after} in float32"
    else:
        received = f"numbers up to {np.abs(array).max():.3g}"
    raise InvalidInputError(
        "networks take float32, and distinct inputs must stay distinct in it",
        received=received,
        fix="Standardise the inputs: subtract their mean and divide by their deviation.",
    )


def _label_fix(array: NDArray[Any]) -> str:
    if array.ndim == 2:
        return "Of one-hot rows give argmax(axis=1), of one column ravel()."
    if array.dtype.kind == "f":
        return "Make classes of a continuous target, for example by numpy.digitize."
    return "Give a name or a number of a class for each sample."
