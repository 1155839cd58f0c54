"""The estimate for one layer of one network."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information.propagation.conditional import entropy_given_input
from ib_mlflow.information.propagation.stages import entropy_given_few_inputs, group_entropies
from ib_mlflow.information.propagation.terms import Entropy

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Propagations of an input from which on a tree over them pays.
MANY = 1024
# Beyond so many beta the variance of a squared distance is no longer a float.
LARGEST = 1e70


@dataclass(frozen=True)
class Information:
    """An information in nats.

    Arguments:
        value: the estimate.
        standard_error: from propagations and draws.
        half: the estimate from half of the propagations.
        below: an estimate whose expectation is at most the truth; that of the value is at least
            the truth.
        below_error: its standard error, likewise.
        certificate: the largest error that bounded numerics make in the value.
    """

    value: float
    standard_error: float
    half: float
    below: float
    below_error: float
    certificate: float


def layer_information(
    centres: NDArray[np.floating],
    fresh: NDArray[np.floating] | None,
    groups: NDArray[np.int64],
    *,
    beta: float,
    n: int,
    rng: np.random.Generator,
) -> tuple[Information, Information, Entropy]:
    """Estimate I(X;T), I(T;Y) and h(T).

    Arguments:
        centres: (m, R, d) the activations of R propagations before the layer's noise.
        fresh: (m, r, d) of other propagations, for the entropy given the input; none for the
            first layer, where R = 1.
        groups: (m,) label of each input, from 0 on.
        beta: standard deviation of the noise.
        n: draws from the mixture of all.
        rng: source of randomness.

    Raises:
        InvalidInputError: for activations too many beta apart.

    Returns:
        I(X;T), I(T;Y), and h(T) less (d/2) ln(2 pi beta²).
    """
    d = centres.shape[2]
    low, high = (bound.astype(np.float64) for bound in (centres.min((0, 1)), centres.max((0, 1))))
    if np.max(high / 2 - low / 2) > LARGEST * beta:
        raise InvalidInputError(
            f"activations must lie within {LARGEST:g} beta of each other",
            received=f"from {low.min():g} to {high.max():g} at beta {beta:g}",
            fix="Check the units of beta, and leave out networks that diverged.",
        )
    middle = low / 2 + high / 2
    scaled = _in_beta(centres, middle, beta)
    if fresh is None:
        entropies = group_entropies(scaled, None, groups, n, rng)
        # T is S plus the noise, for one S.
        given = Entropy(d / 2, 0.0, half=d / 2, above=d / 2, above_variance=0.0)
    else:
        others = _in_beta(fresh, middle, beta)
        entropies = group_entropies(scaled, others, groups, n, rng)
        if fresh.shape[1] > MANY:
            given = entropy_given_few_inputs(others, scaled, n, rng)
        else:
            given = entropy_given_input(others, rng)
    t, i_y = entropies.everywhere, entropies.information
    return (
        Information(
            t.value - given.value,
            math.hypot(math.sqrt(t.variance + given.variance), 1 / n),
            t.half - given.half,
            t.above - given.above,
            math.hypot(math.sqrt(t.above_variance + given.above_variance), 1 / n),
            t.certificate + given.certificate,
        ),
        Information(
            i_y.value,
            math.hypot(math.sqrt(i_y.variance), 1 / n),
            i_y.half,
            i_y.above,
            math.hypot(math.sqrt(i_y.above_variance), 1 / n),
            i_y.certificate,
        ),
        t,
    )


def _in_beta(
    rows: NDArray[np.floating], middle: NDArray[np.float64], beta: float
) -> NDArray[np.float64]:
    """In units of beta, without negative zeros, so that equal rows are equal bytes."""
    moved: NDArray[np.float64] = np.subtract(rows, middle, dtype=np.float64)
    moved /= beta
    moved += 0.0
    return moved
