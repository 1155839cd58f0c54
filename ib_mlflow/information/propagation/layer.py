"""The estimate for one layer of one network."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information.propagation.conditional import entropy_given_input
from ib_mlflow.information.propagation.influence import stated_error
from ib_mlflow.information.propagation.stages import entropy_given_few_inputs, group_entropies
from ib_mlflow.information.propagation.terms import Entropy, total

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
        standard_error: from propagations and draws, with their skewness and the bias.
        bias: of the value, by the jackknife.
        half: the estimate from half of the propagations.
        below: an estimate whose expectation is at most the truth; that of the value is at least
            the truth.
        below_error: its standard error, likewise.
        certificate: the largest error that bounded numerics make in the value.
    """

    value: float
    standard_error: float
    bias: float
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
        given = Entropy(d / 2, 0.0, 0.0, 0.0, half=d / 2, above=d / 2, above_variance=0.0)
    else:
        others = _in_beta(fresh, middle, beta)
        entropies = group_entropies(scaled, others, groups, n, rng)
        if fresh.shape[1] > MANY:
            given = entropy_given_few_inputs(others, scaled, n, rng)
        else:
            given = entropy_given_input(others, rng)
    t = entropies.everywhere
    return (
        _information(total([t, given.scaled(-1.0)]), n),
        _information(entropies.information, n),
        t,
    )


def _information(parts: Entropy, n: int) -> Information:
    """From the difference of two entropies, by n draws."""
    bias = max(0.0, -parts.lacks)  # an information is convex in what is mixed: it is not too low
    error = stated_error(parts.variance, parts.third, bias)
    return Information(
        parts.value,
        math.hypot(error, 1 / n),
        bias,
        parts.half,
        parts.above,
        math.hypot(math.sqrt(parts.above_variance), 1 / n),
        parts.certificate,
    )


def _in_beta(
    rows: NDArray[np.floating], middle: NDArray[np.float64], beta: float
) -> NDArray[np.float64]:
    """In units of beta, without negative zeros, so that equal rows are equal bytes."""
    moved: NDArray[np.float64] = np.subtract(rows, middle, dtype=np.float64)
    moved /= beta
    moved += 0.0
    return moved
