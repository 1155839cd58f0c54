"""Entropies of densities on the line by quadrature: exact values to hold estimates against."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
from scipy.special import roots_legendre, xlogy

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information.inputs.samples import positive, real_array

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

# Nodes of a panel, and panels in the smallest deviation.
NODES, PANELS = 12, 2
# A Gaussian has e-72 of its highest density so many deviations from its centre.
REACH = 12.0


@dataclass(frozen=True, eq=False)
class LineRule:
    """Nodes and weights of a composite Gauss-Legendre rule, where a density is not negligible.

    Arguments:
        nodes: (q,) ascending.
        weights: (q,) of the integral.

    Example:
        >>> rule = LineRule.around([0.0], smallest=1.0, largest=1.0)
        >>> density = np.exp(-(rule.nodes**2) / 2) / math.sqrt(2 * math.pi)
        >>> round(float(rule.entropy(density)), 10)
        1.4189385332
    """

    nodes: NDArray[np.float64]
    weights: NDArray[np.float64]

    @classmethod
    def around(cls, centres: ArrayLike, *, smallest: float, largest: float) -> Self:
        """Lay panels over all that lies within 12 of the largest deviations of a centre.

        Arguments:
            centres: (k,) of the Gaussians, or near-Gaussians, that the densities are made of.
            smallest: the smallest of their standard deviations, in units of the centres.
            largest: the largest.

        Raises:
            InvalidInputError: for centres or deviations out of range, or more than a million
                panels.

        Example:
            >>> LineRule.around([0.0, 100.0], smallest=1.0, largest=1.0).nodes.size
            1152
        """
        points = np.unique(real_array(centres, name="centres").astype(np.float64))
        width = positive(smallest, name="smallest") / PANELS
        reach = REACH * positive(largest, name="largest")
        if not points.size or not np.isfinite(points).all() or reach < width:
            raise InvalidInputError(
                "a line rule needs finite centres, and deviations in ascending order",
                received=f"{points.size} centres, deviations {smallest} and {largest}",
                fix="Give the centres and deviations of the Gaussians.",
            )
        # Intervals around the centres, joined where they meet.
        starts, ends = points - reach, points + reach
        gaps = np.flatnonzero(starts[1:] > ends[:-1])
        first, last = starts[np.append(0, gaps + 1)], ends[np.append(gaps, points.size - 1)]
        counts = np.ceil((last - first) / width).astype(np.int64)
        if counts.sum() > 1_000_000:
            raise InvalidInputError(
                "a line rule must have at most a million panels",
                received=int(counts.sum()),
                fix="Give deviations of a similar size, or fewer centres.",
            )
        edges = [
            np.linspace(low, high, count + 1)
            for low, high, count in zip(first, last, counts.tolist(), strict=True)
        ]
        start = np.concatenate([edge[:-1] for edge in edges])
        half = np.concatenate([np.diff(edge) for edge in edges]) / 2
        at, weight = roots_legendre(NODES)
        nodes = start[:, None] + half[:, None] * (1 + at)
        return cls(nodes.ravel(), (half[:, None] * weight).ravel())

    def entropy(self, densities: ArrayLike) -> NDArray[np.float64]:
        """Differential entropies of densities.

        Arguments:
            densities: (*, q) values at the nodes, not negative.

        Returns:
            (*,) in nats.

        Example:
            >>> rule = LineRule.around([0.0], smallest=1.0, largest=1.0)
            >>> rule.entropy(np.zeros((2, rule.nodes.size)))
            array([0., 0.])
        """
        values = np.asarray(densities, np.float64)
        return np.asarray(-xlogy(values, values) @ self.weights)


def gaussians(points: ArrayLike, centres: ArrayLike, deviation: float) -> NDArray[np.float64]:
    """Densities of Gaussians of one deviation at points on the line.

    Arguments:
        points: (q,).
        centres: (k,).
        deviation: standard deviation.

    Returns:
        (k, q).

    Example:
        >>> gaussians([0.0], [0.0, 1.0], 1.0).round(4).tolist()
        [[0.3989], [0.242]]
    """
    steps = (np.asarray(points, np.float64) - np.asarray(centres, np.float64)[:, None]) / deviation
    # Beyond 38 deviations the exponential would be denormal, and slow.
    exponents = np.maximum(-0.5 * steps * steps, -700.0)
    return np.asarray(np.exp(exponents) / (deviation * math.sqrt(2 * math.pi)))
