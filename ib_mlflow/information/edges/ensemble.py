"""Widths of cells, and the weights that cancel the bias which grows with the width."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ib_mlflow.information.edges.cells import graph_information, joint_counts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ib_mlflow.information.edges.cells import Variable

# Widths of an ensemble, in units of its narrowest.
RATIOS = np.linspace(1.0, 3.0, 10)
# Samples for each occupied joint cell, on average, in cells of the narrowest width: at least the
# first, and the second times the root of n, which is how n width^d grows in the paper.
_FEWEST, _OF_ROOT = 8.0, 0.125
# The narrowest width lies between these, in octaves of the squashed range; steps to find it.
_LEAST, _MOST, _STEPS = -20.0, 0.0, 12


def ensemble_weights(ratios: NDArray[np.float64], order: int) -> NDArray[np.float64]:
    """The smallest weights with sum 1 that cancel a bias of widths to the powers 1 to `order`.

    They minimise the sum of squares subject to sum w = 1 and sum w t^i = 0 for i = 1..order, t
    being the width in units of the narrowest. The terms of the bias need not be known.

    Reference:
        Noshad, Zeng & Hero (2018), arXiv:1801.09125, section 4; Moon, Sricharan, Greenewald &
        Hero (2018), Entropy 20(8), 560.

    Arguments:
        ratios: (k,) different widths, k above `order`.
        order: how many powers are cancelled; 0 gives equal weights.

    Returns:
        (k,) weights, some of them negative.

    Example:
        >>> ensemble_weights(np.array([1.0, 2.0]), 1).round(12).tolist()
        [2.0, -1.0]
    """
    # In units of the widest every power is at most 1, which keeps the system well conditioned.
    powers = (ratios / ratios.max()) ** np.arange(order + 1)[:, None]
    weights: NDArray[np.float64] = np.linalg.lstsq(powers, np.eye(order + 1)[0], rcond=None)[0]
    return weights


def least_occupancy(n: int) -> float:
    """How many of n samples each occupied joint cell shall hold on average: 8, or sqrt(n) / 8.

    Example:
        >>> least_occupancy(1000), least_occupancy(40_000)
        (8.0, 25.0)
    """
    return max(_FEWEST, _OF_ROOT * math.sqrt(n))


def narrowest_width(x: Variable, y: Variable, n: int) -> float:
    """The narrowest width at which the occupied joint cells hold `least_occupancy` on average.

    Variables of few places hold them at any width, and get the least. Where no width up to the
    whole range does, the range itself is returned, and `joint_counts` shows it.
    """

    def holds(octave: float) -> bool:
        return n >= least_occupancy(n) * joint_counts(x, y, math.exp2(octave)).size

    low, high = _LEAST, _MOST
    if holds(low):
        return math.exp2(low)
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if holds(middle):
            high = middle
        else:
            low = middle
    return math.exp2(high)


def ensemble_information(
    x: Variable, y: Variable, width: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Plug-in values (k,) in nats and pseudo-values (k, n) of all widths, the narrowest given."""
    passes = [graph_information(x, y, width * ratio) for ratio in RATIOS]
    return np.array([value for value, _ in passes]), np.stack([pseudo for _, pseudo in passes])
