"""Bounds on a layer's information when Gaussian noise is added to it, by kernels."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

import numba
import numpy as np

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information.estimate import Estimate, LayerInformation
from ib_mlflow.information.inputs.labels import labels_suffice
from ib_mlflow.information.inputs.pairs import fours
from ib_mlflow.information.inputs.samples import positive
from ib_mlflow.information.inputs.symbols import layer_array, layer_labels
from ib_mlflow.information.kde.pair_sums import (
    NARROW,
    NARROW_SAME,
    WIDE,
    WIDE_SAME,
    kernel_entropies,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

Bound = Literal["lower", "upper"]

# Bounds further apart than this share of ln n leave the information open.
OPEN = 0.1
# Standard errors are taken from the influences of this many samples, which know them to 5 %.
RANKS = 256
# Beyond this a squared distance is no longer a float.
LARGEST = 1e150


class KDEInformation(NamedTuple):
    """Both bounds on I(X;T) and on I(T;Y), in nats."""

    i_x_lower: Estimate
    i_x_upper: Estimate
    i_y_lower: Estimate
    i_y_upper: Estimate


@dataclass(frozen=True)
class KDE:
    """One bound of `kde_information`, as an estimator of every layer of a network.

    Arguments:
        variance: of the noise that is added to each unit to measure it, in squared units of the
            activation. There is no default: I(X;T) depends on it.
        bound: "lower" or "upper"; both informations are bounded from the same side.

    Raises:
        InvalidInputError: for a variance that is not positive and finite, or another bound.

    Example:
        >>> estimator = KDE(variance=0.1, bound="upper")
        >>> estimator.name, estimator.setting
        ('kde', 'variance=0.1,bound=upper')
        >>> layer = np.tanh(np.random.default_rng(0).normal(size=(5, 300, 4)))
        >>> estimator(layer, layer[0, :, 0] > 0).i_x.shape
        (5,)
    """

    variance: float
    bound: Bound

    def __post_init__(self) -> None:
        object.__setattr__(self, "variance", positive(self.variance, name="variance"))
        if self.bound not in get_args(Bound):
            raise InvalidInputError(
                "bound must be lower or upper", received=repr(self.bound), fix="Measure both."
            )

    @property
    def name(self) -> str:
        """The estimator's name in a trajectory."""
        return "kde"

    @property
    def setting(self) -> str:
        """The noise and the bound."""
        return f"variance={self.variance:g},bound={self.bound}"

    def __call__(self, activations: ArrayLike, labels: ArrayLike) -> LayerInformation:
        """Measure activations (*, n, d) against labels (n,)."""
        lower, upper = _bounds(activations, labels, self.variance)
        return lower if self.bound == "lower" else upper


def kde_information(
    activations: ArrayLike, labels: ArrayLike, *, variance: float
) -> KDEInformation:
    """Bounds on I(X;T) and I(T;Y) of a deterministic layer measured through Gaussian noise.

    T is the layer's activation plus N(0, variance I), X one of the n inputs, all equally likely:
    T is then a mixture of n Gaussians, and Y of some of them each. With D the squared distance of
    two centres, the entropy of a mixture less that of the noise lies between
    -mean ln mean exp(-D / (8 variance)) and -mean ln mean exp(-D / (2 variance)). That bounds
    I(X;T); I(T;Y) is bounded by the difference of the bound on the entropy of T and the opposite
    bound on its entropy given Y, and by what no I(T;Y) passes: 0, H(Y) and I(X;T). The difference
    of two bounds of the same side, which Saxe et al. plot, bounds nothing; it is the diagnostic
    `i_y_difference`.

    Reference:
        Kolchinsky and Tracey (2017), arXiv:1706.02419; Saxe et al. (2018), "On the
        information bottleneck theory of deep learning", ICLR, appendix C.

    Arguments:
        activations: (n, d) float32 or float64, one row per input.
        labels: (n,) discrete symbols.
        variance: of the noise in each unit, in squared units of the activation.

    Returns:
        Four Estimates in nats, bounds for the n inputs given. Their standard errors say how they
        would vary over other n inputs of the same distribution; they are the infinitesimal
        jackknife's, from 256 inputs spread evenly over the ranks of their terms. Diagnostics:
        `gap`, the distance between the bounds on I(X;T); `saturated`, whether this side's bound
        on it is within 1 % of ln n; `reliable`, whether it is not, the gap is at most a tenth of
        ln n, and there are enough samples of each label (`labels_suffice`); `i_y_difference`.

    Raises:
        InvalidInputError: for NaN or infinite activations, shapes that do not fit, or a variance
            that is not positive and finite.

    Example:
        >>> layer = np.array([[-1.0], [-1.0], [1.0], [1.0]])
        >>> bounds = kde_information(layer, [0, 0, 1, 1], variance=0.01)
        >>> [round(estimate.value, 4) for estimate in bounds]
        [0.6931, 0.6931, 0.6931, 0.6931]
    """
    if np.ndim(activations) != 2:
        raise InvalidInputError(
            "activations must have shape (n, d)",
            received=f"shape {np.shape(activations)}",
            fix="For further axes call KDE(variance, bound), which returns a LayerInformation.",
        )
    sides = _bounds(activations, labels, positive(variance, name="variance"))
    diagnostics = [
        {
            "saturated": bool(side.saturated),
            "reliable": bool(side.reliable),
            **{name: float(value) for name, value in side.diagnostics.items()},
        }
        for side in sides
    ]
    values = [
        Estimate(float(value), float(error), side.kind, side.n, notes)
        for side, notes in zip(sides, diagnostics, strict=True)
        for value, error in ((side.i_x, side.i_x_se), (side.i_y, side.i_y_se))
    ]
    return KDEInformation(values[0], values[2], values[1], values[3])


def _bounds(
    activations: ArrayLike, labels: ArrayLike, variance: float
) -> tuple[LayerInformation, LayerInformation]:
    """The lower and the upper bounds, of every leading axis."""
    layers, leading = layer_array(activations)
    n = layers.shape[1]
    if n < 2 or not np.isfinite(layers).all():
        raise InvalidInputError(
            "activations must be finite, of at least two inputs",
            received=f"{n} inputs, {np.count_nonzero(~np.isfinite(layers))} NaN or infinite values",
            fix="Lower the learning rate if training diverged.",
        )
    size = float(np.abs(layers).max())
    if size > LARGEST * min(1.0, math.sqrt(variance)):
        raise InvalidInputError(
            f"activations must not pass {LARGEST:g}, nor so many deviations of the noise",
            received=f"one of size {size:g} at variance {variance:g}",
            fix="Check the units of the variance and of the activations.",
        )
    codes = layer_labels(labels, n, leading)
    counts = np.unique(codes, return_counts=True)[1]
    suffice, shares = labels_suffice(counts), counts / n
    h_y = float(-(shares * np.log(shares)).sum())
    h_y_se = math.sqrt(max(0.0, float((shares * np.log(shares) ** 2).sum()) - h_y**2) / n)
    entropies, influences = _entropies(layers, codes, variance)
    sides = []
    gap = entropies[:, NARROW] - entropies[:, WIDE]
    kind: Bound
    for kind, everywhere, same, opposite in (
        ("lower", WIDE, WIDE_SAME, NARROW_SAME),
        ("upper", NARROW, NARROW_SAME, WIDE_SAME),
    ):
        i_x = entropies[:, everywhere]
        on_x = influences[:, everywhere]
        on_y = on_x - influences[:, opposite]
        i_x_se, i_y_se = (on.std(axis=1, ddof=1) / math.sqrt(n) for on in (on_x, on_y))
        i_y = i_x - entropies[:, opposite]
        # What no I(T;Y) passes bounds it too, where the kernels say less.
        for limit, error in ((0.0, 0.0),) if kind == "lower" else ((i_x, i_x_se), (h_y, h_y_se)):
            beyond = i_y < limit if kind == "lower" else i_y > limit
            i_y, i_y_se = np.where(beyond, limit, i_y), np.where(beyond, error, i_y_se)
        saturated = i_x >= 0.99 * math.log(n)
        sides.append(
            LayerInformation(
                i_x=i_x.reshape(leading),
                i_x_se=i_x_se.reshape(leading),
                i_y=i_y.reshape(leading),
                i_y_se=i_y_se.reshape(leading),
                saturated=saturated.reshape(leading),
                reliable=(~saturated & (gap <= OPEN * math.log(n)) & suffice).reshape(leading),
                n=n,
                kind=kind,
                diagnostics={
                    "gap": gap.reshape(leading),
                    "i_y_difference": (i_x - entropies[:, same]).reshape(leading),
                },
            )
        )
    return sides[0], sides[1]


def _entropies(
    layers: NDArray[np.floating], labels: NDArray[np.int64], variance: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Entropies (batch, 4) and influences of some samples (batch, 4, m), from the kernels."""
    batch, n, _ = layers.shape
    order = np.argsort(labels, kind="stable")
    starts = np.append(0, np.cumsum(np.unique(labels, return_counts=True)[1]))
    m = min(n, RANKS)
    ranks = (np.arange(m) + 0.5) * n // m
    entropies, influences = np.empty((batch, 4)), np.empty((batch, 4, m))

    def measure(layer: int) -> None:
        points = layers[layer].astype(np.float64)
        points = (points - points.mean(axis=0))[order] / math.sqrt(8 * variance)
        written = entropies[layer], influences[layer]
        kernel_entropies(fours(points), starts, ranks.astype(np.int64), *written)

    # Plain threads, as for the other compiled kernels.
    with ThreadPoolExecutor(min(numba.get_num_threads(), batch)) as pool:
        list(pool.map(measure, range(batch)))
    return entropies, influences
