"""What theory says beside an estimate from given numbers of propagations and draws."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ib_mlflow.information.propagation.monte_carlo import mse_random
from ib_mlflow.information.propagation.risk import bias_floor, risk_bounded, risk_subgaussian

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Rows that a subgaussian norm is taken from, and its powers; both ends of what the samples know.
ROWS, POWERS = 20_000, (1.0, 2.0, 3.0, 4.0, 6.0, 8.0)


def guarantees(
    centres: NDArray[np.floating], *, beta: float, repeats: int, draws: int
) -> dict[str, float]:
    """Bounds on the errors of the estimate for one layer, in nats.

    Arguments:
        centres: (m, R, d) propagations, before the layer's noise.
        beta: standard deviation of the noise.
        repeats: propagations of each input for the entropy given it; 0 where that is exact, and
            the mixture with it.
        draws: from the mixture of all.

    Returns:
        `risk`, the largest expected error of I(X;T): theorem 4 where all activations lie in
        [-1, 1], else theorem 5 with the norm that the activations show, both terms added;
        `bias_floor`, the bias that the entropy of T has for some distribution in [-1, 1]^d
        (theorem 6); `monte_carlo`, the largest root mean squared error of the draws.

    Example:
        >>> bounds = guarantees(np.zeros((8, 4, 1)), beta=0.5, repeats=4, draws=10_000)
        >>> {name: round(value, 3) for name, value in bounds.items()}
        {'risk': 2.963, 'bias_floor': 0.0, 'monte_carlo': 0.021}
    """
    m, count, d = centres.shape
    n = m * count
    monte_carlo = math.sqrt(mse_random(n, draws, d))
    if not repeats:
        return {"risk": 0.0, "bias_floor": 0.0, "monte_carlo": monte_carlo}
    if max(abs(float(centres.min())), abs(float(centres.max()))) <= 1:
        risk = sum(risk_bounded(size, d, beta=beta) for size in (n, repeats))
    else:
        norm = _norm(centres.reshape(n, d))
        risk = sum(risk_subgaussian(size, d, beta=beta, norm=norm) for size in (n, repeats))
    return {"risk": risk, "bias_floor": bias_floor(n, d, beta=beta), "monte_carlo": monte_carlo}


def _norm(rows: NDArray[np.floating]) -> float:
    """Largest subgaussian norm of a coordinate, as far as moments can be taken from samples."""
    sizes = np.abs(rows[:: max(1, len(rows) // ROWS)].astype(np.float64))
    largest = sizes.max()
    moments = [((sizes / largest) ** p).mean(axis=0) ** (1 / p) / math.sqrt(p) for p in POWERS]
    return float(largest * np.max(moments))
