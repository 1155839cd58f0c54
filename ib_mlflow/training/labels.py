"""The labels that members learn, and are measured by: the dataset's, or of each member its own."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information import LayerInformation

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import ArrayLike, NDArray

    from ib_mlflow.data import Dataset
    from ib_mlflow.information import LayerEstimator


def member_labels(labels: ArrayLike | None, dataset: Dataset, members: int) -> NDArray[np.int64]:
    """Check the labels of an ensemble's members.

    Arguments:
        labels: `(e, n)` whole numbers, each a class of the dataset; None for its own labels.
        dataset: of n samples.
        members: e.

    Returns:
        `(e, n)`, a view of the dataset's labels where there are no others.

    Raises:
        InvalidInputError: if there is not one class for each member and sample.

    Example:
        >>> from ib_mlflow.data import load
        >>> szt = load("szt")
        >>> member_labels(None, szt, 3).shape, member_labels([1 - szt.labels], szt, 1).mean()
        ((3, 4096), ...0.48...)
    """
    shape = (members, dataset.n)
    if labels is None:
        return np.broadcast_to(dataset.labels, shape)
    own = np.asarray(labels)
    if own.dtype.kind not in "iu" or own.shape != shape or own.min() < 0 or own.max() >= dataset.c:
        raise InvalidInputError(
            f"labels of members must be whole numbers in 0..{dataset.c - 1} of shape {shape}",
            received=f"{own.dtype} of shape {own.shape}"
            + (f" from {own.min()} to {own.max()}" if own.size and own.dtype.kind in "iu" else ""),
            fix="Give each member a row, a label for each sample; or leave labels out.",
        )
    return own.astype(np.int64)


def digest_of(dataset: Dataset, labels: ArrayLike | None) -> str:
    """What tells one training set, with the labels of its members, from another.

    Arguments:
        dataset: the samples.
        labels: of the members; None for the dataset's own.

    Example:
        >>> from ib_mlflow.data import load
        >>> szt = load("szt")
        >>> digest_of(szt, None) == szt.digest, digest_of(szt, [szt.labels]) == szt.digest
        (True, False)
    """
    if labels is None:
        return dataset.digest
    own = np.ascontiguousarray(labels, "<i8")
    return f"{dataset.digest}, labels {hashlib.sha256(own.data).hexdigest()}"


def of_members(
    estimator: LayerEstimator, activations: NDArray[Any], labels: NDArray[np.int64]
) -> LayerInformation:
    """Estimate from a layer of all members, each with its own labels.

    Arguments:
        estimator: of a layer's activations.
        activations: `(e, n, d)`.
        labels: `(e, n)`; members with equal ones are estimated together.

    Returns:
        What the estimator says of every member by itself.

    Example:
        >>> from ib_mlflow.information import Binned
        >>> layer = np.array([[[0.0], [0.0], [1.0], [1.0]]] * 2)
        >>> labels = np.array([[0, 0, 1, 1], [0, 0, 0, 1]])
        >>> of_members(Binned(bin_size=0.5), layer, labels).i_y.round(3).tolist()
        [0.693, 0.216]
    """
    if (labels == labels[0]).all():
        return estimator(activations, labels[0])
    alike: dict[bytes, list[int]] = {}
    for member, row in enumerate(labels):
        alike.setdefault(row.tobytes(), []).append(member)
    parts = [estimator(activations[of], labels[of[0]]) for of in alike.values()]
    order = np.argsort(np.concatenate(list(alike.values())))

    def joined(values: list[Any]) -> Any:
        whole = all(np.ndim(value) for value in values)
        return np.concatenate(values)[order] if whole else values[0]

    arrays = ("i_x", "i_x_se", "i_y", "i_y_se", "saturated", "reliable")
    return LayerInformation(
        **{name: joined([getattr(part, name) for part in parts]) for name in arrays},
        n=parts[0].n,
        kind=parts[0].kind,
        diagnostics={
            name: joined([part.diagnostics[name] for part in parts])
            for name in parts[0].diagnostics
        },
    )
