"""Samples in cells of one width, and the information that the graph of their cells shows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr, xlogy

from ib_mlflow.information.discrete.rowhash import distinct_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

# Each width is tried with so many grids, shifted against each other by equal parts of a cell.
SHIFTS = 4


@dataclass(frozen=True)
class Variable:
    """A variable as the graph sees it: coordinates in [0, 1], or symbols.

    Arguments:
        coordinates: (n, d) in [0, 1], put into cells; None for a discrete variable.
        symbols: (n,) integers, which are cells of their own at every width; None for coordinates.
    """

    coordinates: NDArray[np.float64] | None = None
    symbols: NDArray[np.int64] | None = None

    def subset(self, rows: NDArray[np.int64]) -> Variable:
        """Some of its samples."""
        if self.symbols is not None:
            return Variable(symbols=self.symbols[rows])
        assert self.coordinates is not None
        return Variable(self.coordinates[rows])

    def cells(self, width: float, shift: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The number of each sample's cell (n,), and how many samples lie in it (n,)."""
        if self.symbols is not None:
            return _grouped(self.symbols[:, None])
        assert self.coordinates is not None
        # Every unit is shifted alike, so that no order of the units is preferred.
        return _grouped(np.floor(self.coordinates / width + shift).astype(np.int64))


def squashed(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Coordinates (n, d) in [0, 1]: each unit's normal distribution function at its own moments.

    Information does not change under an invertible map of each unit; that of a Gaussian becomes
    uniform, without tails in which cells hold single samples.

    Example:
        >>> squashed(np.array([[-1.0], [1.0]])).round(3).tolist()
        [[0.159], [0.841]]
    """
    spread = rows.std(axis=0)
    scaled = (rows - rows.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    squashed_rows: NDArray[np.float64] = ndtr(scaled)
    return squashed_rows


def joint_counts(x: Variable, y: Variable, width: float) -> NDArray[np.uint32]:
    """Samples in each joint cell of a width that holds any: the edges of the dependence graph."""
    pair = np.column_stack([variable.cells(width, 0.5)[0] for variable in (x, y)])
    return distinct_rows(pair)[1]


def graph_information(x: Variable, y: Variable, width: float) -> tuple[float, NDArray[np.float64]]:
    """Plug-in information between the cells of two variables, and its jackknife's pseudo-values.

    With N_i, M_j and N_ij samples in a cell of X, of Y and of both, that is
    sum N_ij / n ln(n N_ij / (N_i M_j)), the sum over the graph's edges. To leave a sample out
    changes one count of each kind, so that all n values without one are had in one pass.

    Reference:
        Noshad, Zeng & Hero (2018), arXiv:1801.09125, section 2; the jackknife of plug-in
        entropies: Zahl (1977), Ecology 58(4).

    Arguments:
        x: n samples.
        y: the same n samples.
        width: of the cells, in units of the squashed coordinates.

    Returns:
        The plug-in value in nats, and (n,) pseudo-values n I - (n - 1) I(without the sample),
        whose mean lacks the bias of order 1/n; both are means over the shifted grids.
    """
    passes = [_one_grid(x, y, width, shift) for shift in _shifts(x, y)]
    value = sum(plug_in for plug_in, _ in passes) / len(passes)
    pseudo: NDArray[np.float64] = np.mean([values for _, values in passes], axis=0)
    return value, pseudo


def _shifts(x: Variable, y: Variable) -> Iterator[float]:
    discrete = x.coordinates is None and y.coordinates is None
    shifts = 1 if discrete else SHIFTS
    return ((place + 0.5) / shifts for place in range(shifts))


def _one_grid(
    x: Variable, y: Variable, width: float, shift: float
) -> tuple[float, NDArray[np.float64]]:
    (cell_x, n_x), (cell_y, n_y) = x.cells(width, shift), y.cells(width, shift)
    _, n_xy = _grouped(np.column_stack([cell_x, cell_y]))
    n = n_xy.size
    # A cell of m samples adds m ln m to a total, that is ln m for each of its samples.
    total = float(np.log(n_xy / n_x / n_y).sum())
    changes = _loss(n_xy) - _loss(n_x) - _loss(n_y)
    value = math.log(n) + total / n
    pseudo = n * value - (n - 1) * math.log(n - 1) - (total - changes)
    return value, pseudo


def _loss(count: NDArray[np.float64]) -> NDArray[np.float64]:
    """What m ln m loses when one of the m samples is left out."""
    loss: NDArray[np.float64] = xlogy(count, count) - xlogy(count - 1, count - 1)
    return loss


def _grouped(rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    group, count = distinct_rows(rows)
    return group.astype(np.int64), count[group].astype(np.float64)
