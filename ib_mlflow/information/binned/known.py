"""Information of binned layers where p(y | x) of every input is known, and no label is sampled."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np
from scipy.special import rel_entr

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information.binned.placing import bin_by_edges
from ib_mlflow.information.binned.steps import Steps
from ib_mlflow.information.discrete.rowhash import distinct_rows
from ib_mlflow.information.estimate import LayerInformation
from ib_mlflow.information.inputs.symbols import layer_array

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from ib_mlflow.information.binned.bounded import BoundedBins
    from ib_mlflow.information.binned.estimator import Binned

    Array = NDArray[np.float64]

Bins = TypeVar("Bins", "Binned", "BoundedBins")

_SUM_TOLERANCE = 1e-5  # by which float32 probabilities may miss a sum of 1


@dataclass(frozen=True, eq=False)
class _OfKnownLabels(Generic[Bins]):
    """Bins, and the labels that are known of all inputs."""

    bins: Bins
    conditionals: Array

    def __post_init__(self) -> None:
        object.__setattr__(self, "conditionals", read_conditionals(self.conditionals))

    @property
    def name(self) -> str:
        """The estimator's name in a trajectory."""
        return "known"

    @cached_property
    def setting(self) -> str:
        """The choice of bins, and a digest of p(y | x)."""
        return f"{self.bins.setting},conditionals={_digest(self.conditionals)}"


@dataclass(frozen=True, eq=False)
class KnownLabels(_OfKnownLabels["Binned"]):
    """The binning estimator where p(y | x) is known, of all inputs and these equally likely.

    T = Bin(T) is a function of the input, so that I(X;T) = H(T), and I(T;Y) follows from p(y | x)
    by the definition: both are exact, and their standard errors 0. No I(T;Y) lies above the curve
    of the information bottleneck (`ib_curve`) of the same p(x, y).

    Reference:
        Shwartz-Ziv & Tishby (2017), arXiv:1703.00810, section 3.1, whose labels follow a rule with
        noise.

    Arguments:
        bins: how activations are binned.
        conditionals: (n, c) p(y | x), an input each.

    Raises:
        InvalidInputError: unless each row is a distribution.

    Example:
        >>> from ib_mlflow.information import Binned
        >>> estimator = KnownLabels(Binned(bin_size=0.5), [[0.9, 0.1], [0.1, 0.9]])
        >>> estimator([[0.2], [0.3]], [0, 1]).i_y.item()  # one bin
        0.0
        >>> estimator([[0.2], [0.7]], [0, 1]).i_y.round(4).item()
        0.3681
    """

    def __call__(self, activations: ArrayLike, labels: ArrayLike) -> LayerInformation:
        """Measure activations (*, n, d) of all inputs; the labels (n,) tell nothing more."""
        binned = self.bins(activations, labels)  # refuses what has no bins
        values, leading = layer_array(activations)
        if values.shape[1] != len(self.conditionals):
            raise InvalidInputError(
                "activations must be those of all inputs, a row of conditionals each",
                received=f"{values.shape[1]} inputs and {len(self.conditionals)} conditionals",
                fix="Measure on the inputs that the conditionals are of, in their order.",
            )
        cells = np.stack([distinct_rows(_numbers(layer, self.bins))[0] for layer in values])
        i_y = label_information(cells, self.conditionals).reshape(leading)
        none = np.zeros(leading)
        return LayerInformation(
            i_x=binned.i_x,
            i_x_se=none,
            i_y=i_y,
            i_y_se=none,
            saturated=np.zeros(leading, bool),
            reliable=np.ones(leading, bool),
            n=binned.n,
            diagnostics={
                # Labels that are known are not dealt out.
                name: note
                for name, note in binned.diagnostics.items()
                if not name.startswith("i_y_")
            },
        )


@dataclass(frozen=True, eq=False)
class BoundedKnownLabels(_OfKnownLabels["BoundedBins"]):
    """The same with bins whose borders are the bounds of each layer's activation.

    Reference:
        Shwartz-Ziv & Tishby (2017); *Revisiting the Information Plane*, appendix G.

    Arguments:
        bins: of every measured layer.
        conditionals: (n, c) p(y | x), an input each.

    Raises:
        InvalidInputError: unless each row is a distribution.

    Example:
        >>> from ib_mlflow.information import BoundedBins
        >>> known = BoundedKnownLabels(BoundedBins(0.5, ("tanh", "softmax")), [[0.9, 0.1]] * 2)
        >>> known.at_layer(1).bins.setting
        'bin_size=0.5,low=-1.0,high=1.0'
    """

    def at_layer(self, layer: int) -> KnownLabels:
        """The estimator of a layer, counted from 1."""
        return KnownLabels(self.bins.at_layer(layer), self.conditionals)


def _digest(conditionals: Array) -> str:
    return hashlib.sha256(conditionals.round(12).tobytes()).hexdigest()[:8]


def label_information(cells: ArrayLike, conditionals: ArrayLike) -> Array:
    """I(T;Y) of a T that is a function of equally likely inputs, from p(y | x).

    Arguments:
        cells: (*, n) the values of T, an input each: whole numbers from 0 to n - 1.
        conditionals: (n, c) p(y | x).

    Returns:
        (*,) nats, exact to rounding.

    Raises:
        InvalidInputError: for cells that are none, or rows of conditionals that are no
            distributions.

    Example:
        >>> rule = [[1.0, 0.0], [1.0, 0.0], [0.5, 0.5], [0.0, 1.0]]
        >>> label_information([[0, 0, 1, 2], [0, 0, 0, 0]], rule).round(4).tolist()
        [0.4883, 0.0]
    """
    given = read_conditionals(conditionals)
    codes, n = np.asarray(cells), len(given)
    whole = codes.dtype.kind in "iu" and codes.ndim > 0 and codes.shape[-1] == n
    if not whole or not ((codes >= 0) & (codes < n)).all():
        raise InvalidInputError(
            "cells must be whole numbers from 0 to n - 1, of shape (*, n)",
            received=f"{codes.dtype} of shape {codes.shape} beside {n} conditionals",
            fix="Number the values of T, for example with numpy.unique(..., return_inverse=True).",
        )
    layers = codes.reshape(-1, n).astype(np.int64)
    places = (layers + n * np.arange(len(layers))[:, None]).ravel()
    joint = np.stack(
        [
            np.bincount(places, np.tile(column, len(layers)), minlength=places.size)
            for column in given.T / n
        ],
        axis=-1,
    ).reshape(*layers.shape, -1)
    independent = joint.sum(axis=-1, keepdims=True) * given.mean(axis=0)
    return np.asarray(rel_entr(joint, independent).sum(axis=(1, 2)).reshape(codes.shape[:-1]))


def read_conditionals(conditionals: ArrayLike) -> Array:
    """Distributions p(y | x), (n, c), with sums of exactly 1.

    Raises:
        InvalidInputError: unless each row is one.
    """
    try:
        array = np.asarray(conditionals, np.float64)
    except (TypeError, ValueError):
        array = np.empty(0)
    if (
        array.ndim != 2
        or array.size == 0
        or not (array >= 0).all()
        or not (np.abs(array.sum(axis=1) - 1) < _SUM_TOLERANCE).all()
    ):
        raise InvalidInputError(
            "conditionals must be p(y | x) of shape (n, c): not negative, each row with sum 1",
            received=f"shape {array.shape}" if array.size else conditionals,
            fix="Divide each row of a joint distribution by its sum.",
        )
    return np.asarray(array / array.sum(axis=1, keepdims=True))


def _numbers(values: NDArray[Any], bins: Binned) -> NDArray[np.int64]:
    """The bins of activations (n, d), as `Binned` numbers them."""
    indices = np.empty(values.size, np.int32)
    if bins.bin_size is not None:
        return Steps(bins.bin_size, bins.edges).numbers(values)[0].astype(np.int64)
    bin_by_edges(np.ascontiguousarray(values).ravel(), bins.edges, np.inf, indices)
    return indices.reshape(values.shape).astype(np.int64)
