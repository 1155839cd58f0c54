"""The information bottleneck's curve: its points, and what lies under it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from ib_mlflow.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]

PROVED = 1e-6
"""Certificate up to which a point counts as the global optimum, nats."""
_BELOW_ZERO = 1e-9  # of an information, by rounding


@dataclass(frozen=True, eq=False)
class IBCurve:
    """Points of the largest I(T;Y) at an I(X;T), in order of their tradeoffs.

    Arguments:
        tradeoff: (k,) the weight of I(T;Y) against I(X;T).
        i_x: (k,) I(X;T) in nats; H(T) for the deterministic bottleneck.
        i_y: (k,) I(T;Y) in nats.
        slope: (k,) dI(T;Y) / dI(X;T) of the line that touches the curve there.
        clusters: (k,) values of T.
        certificate: (k,) how much lower the Lagrangian can be at most, nats, proved; NaN where
            nothing is proved.
        converged: (k,) whether the self-consistent equations hold to rounding.
        information: I(X;Y) in nats.
        entropy: the least I(X;T) that keeps all of it, nats.
        lagrangian: "linear", I(X;T) - tradeoff I(T;Y), or "squared", with I(X;T) squared.
        remark: what to know about this curve; empty if nothing.

    Example:
        >>> from ib_mlflow.information import ib_curve
        >>> curve = ib_curve([[0.45, 0.05], [0.05, 0.45]], [2.0, 3.0])
        >>> curve.i_y.round(4).tolist(), curve.local.tolist()
        ([0.2823, 0.3581], [False, False])
        >>> round(float(curve.distance(0.5, 0.2)), 4)  # nats below the points' concave envelope
        0.0898
    """

    tradeoff: Array
    i_x: Array
    i_y: Array
    slope: Array
    clusters: NDArray[np.int64]
    certificate: Array
    converged: NDArray[np.bool_]
    information: float
    entropy: float
    lagrangian: Literal["linear", "squared"] = "linear"
    remark: str = ""
    _encoders: Sequence[Array] = field(default=(), repr=False)
    _group: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64), repr=False)

    @property
    def local(self) -> NDArray[np.bool_]:
        """(k,) whether a point is only known to be a local optimum."""
        return ~(self.certificate <= PROVED)

    @property
    def phase_transitions(self) -> Array:
        """(t, 2) neighbouring tradeoffs between which the number of clusters changes."""
        changes = np.flatnonzero(np.diff(self.clusters))
        return np.stack([self.tradeoff[changes], self.tradeoff[changes + 1]], axis=1)

    def encoder(self, index: int) -> Array:
        """q(t | x) of a point, (x, t), for every x of the joint distribution.

        An x of probability 0 is NaN: any encoding of it is as good.
        """
        encoder = self._encoders[index][self._group]
        encoder[self._group < 0] = np.nan
        return encoder

    def bound(self, i_x: ArrayLike) -> Array:
        """The concave envelope of the points, of (0, 0) and of (entropy, information).

        It is attained; between points the curve itself may be higher, up to `ceiling`.

        Arguments:
            i_x: (*,) I(X;T) in nats.

        Returns:
            (*,) nats.

        Raises:
            InvalidInputError: for an information that is negative or NaN.

        Example:
            >>> from ib_mlflow.information import ib_curve
            >>> ib_curve([[0.5, 0.0], [0.0, 0.5]]).bound([0.3, 2.0]).round(4).tolist()
            [0.3, 0.6931]
        """
        places, heights = self._envelope
        return np.asarray(np.interp(_informations(i_x), places, heights))

    def ceiling(self, i_x: ArrayLike) -> Array:
        """What no I(T;Y) can pass at an I(X;T): the lines that touch the curve, certificate added.

        Points that are not proved take no part, so that it is never below the curve.

        Arguments:
            i_x: (*,) I(X;T) in nats.

        Returns:
            (*,) nats.

        Raises:
            InvalidInputError: for an information that is negative or NaN.

        Example:
            >>> from ib_mlflow.information import ib_curve
            >>> curve = ib_curve([[0.45, 0.05], [0.05, 0.45]], [2.0, 3.0])
            >>> bool(curve.bound(0.5) <= curve.ceiling(0.5))
            True
        """
        places = _informations(i_x)
        ceiling = np.minimum(np.minimum(places, self.entropy), self.information)
        if self.lagrangian == "linear":
            for k in np.flatnonzero(np.isfinite(self.certificate)):
                gap = self.certificate[k] - self.i_x[k]
                ceiling = np.minimum(ceiling, self.i_y[k] + (places + gap) / self.tradeoff[k])
        return np.asarray(ceiling)

    def distance(self, i_x: ArrayLike, i_y: ArrayLike) -> Array:
        """How far points of the information plane lie below `bound`, nats; negative: above it.

        Arguments:
            i_x: (*,) I(X;T) in nats.
            i_y: (*,) I(T;Y) in nats.

        Returns:
            (*,) nats.

        Raises:
            InvalidInputError: for an I(X;T) that is negative or NaN.
        """
        return np.asarray(self.bound(i_x) - np.asarray(i_y, np.float64))

    def tradeoff_at(self, i_x: ArrayLike) -> Array:
        """The tradeoff whose point has an I(X;T), linear between the points.

        Arguments:
            i_x: (*,) I(X;T) in nats, up to the largest of the points.

        Returns:
            (*,) tradeoffs; for 0, the largest that keeps nothing.

        Raises:
            InvalidInputError: for an information outside of the points, or a curve with one corner.
        """
        places = _informations(i_x)
        rising = np.maximum.accumulate(self.i_x)
        last = np.append(np.diff(rising) > _BELOW_ZERO, True)
        if last.sum() < 2 or not (places <= rising[-1]).all() or not (places >= rising[0]).all():
            raise InvalidInputError(
                "i_x must lie between two points of the curve",
                received=f"{i_x!r} with points from {rising[0]:.6g} to {rising[-1]:.6g} nats",
                fix="Compute the curve at smaller and larger tradeoffs.",
            )
        return np.asarray(np.interp(places, rising[last], self.tradeoff[last]))

    def least_i_x(self, i_y: ArrayLike) -> Array:
        """The least I(X;T) at which `bound` keeps an I(T;Y): how far T can be compressed.

        Reference:
            Revisiting the Information Plane, figure 16, after Tishby, Pereira & Bialek (1999).

        Arguments:
            i_y: (*,) I(T;Y) in nats, up to I(X;Y).

        Returns:
            (*,) nats.

        Raises:
            InvalidInputError: for an information that is negative, NaN or above I(X;Y).

        Example:
            >>> from ib_mlflow.information import ib_curve
            >>> ib_curve([[0.5, 0.0], [0.0, 0.5]]).least_i_x([0.0, 0.3]).round(4).tolist()
            [0.0, 0.3]
        """
        values = _informations(i_y, name="i_y")
        if not (values <= self.information + _BELOW_ZERO).all():
            raise InvalidInputError(
                f"i_y must not exceed I(X;Y) = {self.information:.6g} nats",
                received=i_y,
                fix="Compute it from the joint distribution that the curve is of.",
            )
        places, heights = self._envelope
        rising = np.append(True, np.diff(heights) > 0)
        return np.asarray(np.interp(values, heights[rising], places[rising]))

    @property
    def _envelope(self) -> tuple[Array, Array]:
        places = np.concatenate([[0.0], self.i_x, [self.entropy]])
        heights = np.concatenate([[0.0], self.i_y, [self.information]])
        hull: list[tuple[float, float]] = []
        for x, y in sorted(zip(places.tolist(), heights.tolist(), strict=True)):
            while hull and hull[-1][0] == x:
                hull.pop()
            while len(hull) > 1 and _turns_left(hull[-2], hull[-1], (x, y)):
                hull.pop()
            hull.append((x, y))
        xs, ys = np.array(hull).T
        return xs, np.maximum.accumulate(ys)


def _turns_left(
    first: tuple[float, float], second: tuple[float, float], third: tuple[float, float]
) -> bool:
    """Whether the middle of three points lies on or below the chord of the others."""
    (x0, y0), (x1, y1), (x2, y2) = first, second, third
    return (y1 - y0) * (x2 - x0) <= (y2 - y0) * (x1 - x0)


def _informations(values: ArrayLike, *, name: str = "i_x") -> Array:
    array = np.asarray(values, np.float64)
    if not (array >= -_BELOW_ZERO).all():
        raise InvalidInputError(
            f"{name} must be informations in nats, not negative",
            received=values,
            fix="An estimate below 0 has no place on the curve: leave it out.",
        )
    return np.asarray(np.maximum(array, 0.0))
