"""What theory guarantees of the sample-propagation estimator of h(S + Z), Z from N(0, beta² I).

The estimator is the entropy of the n samples of S, convolved with the noise. Its error for I(X;T)
is at most twice the one for h(S + Z) (Goldfeld et al., remark 5).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import entr
from scipy.stats import norm as standard_normal

from ib_mlflow.information.inputs.samples import MODERATE, positive, whole

if TYPE_CHECKING:
    from numpy.typing import NDArray


def risk_bounded(n: int, d: int, *, beta: float) -> float:
    """Largest expected error of the estimator over all S in [-1, 1]^d, bounded from above.

    Theorem 4 with what "n sufficiently large" hides made explicit, so that it holds for every n.
    Inside a box of half-width 1 + beta u the leading term is the theorem's, with 4 n in place of n
    under the logarithm, for densities that differ by more than half of the largest possible one;
    outside it Gaussian tails are taken exactly. The theorem has u² = (2 + epsilon) ln n; here the
    best u is used.

    Reference:
        Goldfeld et al. (2018), arXiv:1810.05728, theorem 4.

    Arguments:
        n: samples of S.
        d: dimensions.
        beta: standard deviation of the noise, in units of S.

    Returns:
        The bound in nats. One above (d/2) ln(1 + 1/beta²), the width of the range in which
        h(S + Z) must lie, says nothing; in high dimensions most do.

    Raises:
        InvalidInputError: for n or d below 1, or a beta that is not within 1e-100 to 1e100.

    Example:
        >>> round(risk_bounded(10**6, 1, beta=0.5), 4)
        0.0167
    """
    n, d, beta = (
        whole(n, name="n"),
        whole(d, name="d"),
        positive(beta, name="beta", largest=MODERATE),
    )
    u = np.linspace(0.5, 40, 1000)
    beyond = standard_normal.sf(u)
    tails = 2 * beyond * (math.log(2) + d / beta**2 + d / 2) + u * standard_normal.pdf(u)
    return float((_inside(n, d, beta, 1 + beta * u) + 2 * d * tails).min())


def risk_subgaussian(n: int, d: int, *, beta: float, norm: float) -> float:
    """Largest expected error over all S with subgaussian coordinates, bounded from above.

    Theorem 5, made explicit as theorem 4 is by `risk_bounded`. A coordinate's norm K is the
    smallest with (E |S|^p)^(1/p) <= K sqrt(p) for all p >= 1; of N(0, 1) it is sqrt(2 / pi). The
    box has the half-width (K + beta) sqrt(2 e L), which a coordinate of S + Z leaves with
    probability exp(-L) at most, and the best L is used.

    Reference:
        Goldfeld et al. (2018), arXiv:1810.05728, definition 1 and theorem 5.

    Arguments:
        n: samples of S.
        d: dimensions.
        beta: standard deviation of the noise, in units of S.
        norm: largest subgaussian norm of a coordinate of S, in the same units.

    Returns:
        The bound in nats.

    Raises:
        InvalidInputError: for n or d below 1, or a beta or norm that is not within
            1e-100 to 1e100.

    Example:
        >>> round(risk_subgaussian(10**6, 1, beta=0.5, norm=0.8), 4)
        0.034
    """
    n, d, beta = (
        whole(n, name="n"),
        whole(d, name="d"),
        positive(beta, name="beta", largest=MODERATE),
    )
    norm = positive(norm, name="norm", largest=MODERATE)
    exponent = np.linspace(1, 800, 4000)
    box = (norm + beta) * np.sqrt(2 * math.e * exponent)
    # Hölder's inequality with the power that suits the tail best, which is the exponent.
    squares = d * math.e * ((2 * norm + beta) / beta) ** 2 * exponent
    tails = np.exp(-exponent) * (math.log(2) + squares)
    return float((_inside(n, d, beta, box) + 2 * d * tails).min())


def _inside(n: int, d: int, beta: float, half_width: NDArray[np.float64]) -> NDArray[np.float64]:
    """Error of the integral over a box, from the expected distance of the two densities there."""
    volume = d * np.log(2 * half_width)
    distance = (volume - math.log(n) - d / 2 * math.log(4 * math.pi * beta**2)) / 2
    # -x ln x grows with x up to 1/e of the scale, which is twice the largest density.
    largest = math.log(2) - d / 2 * math.log(2 * math.pi * beta**2) + volume
    distance = np.minimum(distance, largest - 1)
    with np.errstate(over="ignore"):
        inside: NDArray[np.float64] = np.exp(distance) * (largest - distance)
    return inside


def bias_floor(n: int, d: int, *, beta: float) -> float:
    """Bias that the estimator has, whatever else holds, for some S in [-1, 1]^d.

    Theorem 6: of k^d points on a lattice the noise confuses a share epsilon at most, so that
    h(S + Z) exceeds h(Z) by (1 - epsilon) d ln k - H(epsilon), of which n samples show ln n. For
    each k the smallest epsilon is taken, and the best k.

    Reference:
        Goldfeld et al. (2018), arXiv:1810.05728, theorem 6.

    Arguments:
        n: samples of S.
        d: dimensions.
        beta: standard deviation of the noise, in units of S.

    Returns:
        The floor in nats; 0 where the theorem says nothing.

    Raises:
        InvalidInputError: for n or d below 1, or a beta that is not within 1e-100 to 1e100.

    Example:
        >>> round(bias_floor(1000, 10, beta=0.1), 2)
        4.96
    """
    n, d = whole(n, name="n"), whole(d, name="d")
    beta = positive(beta, name="beta", largest=MODERATE)
    return max(0.0, _resolved_information(d, beta) - math.log(n))


def least_samples(d: int, *, beta: float, bias: float) -> float:
    """Samples below which the estimator's bias exceeds a given one for some S in [-1, 1]^d.

    Reference:
        Goldfeld et al. (2018), arXiv:1810.05728, theorem 6.

    Arguments:
        d: dimensions.
        beta: standard deviation of the noise, in units of S.
        bias: the bias that is accepted, in nats.

    Returns:
        The number of samples, infinite where it passes 1e308.

    Raises:
        InvalidInputError: for d below 1, or a beta that is not within 1e-100 to 1e100, or a
            bias that is not positive and finite.

    Example:
        >>> round(least_samples(3, beta=0.1, bias=0.1))
        42
    """
    d, beta = whole(d, name="d"), positive(beta, name="beta", largest=MODERATE)
    with np.errstate(over="ignore"):
        return float(np.exp(_resolved_information(d, beta) - positive(bias, name="bias")))


def _resolved_information(d: int, beta: float) -> float:
    """The most information, in nats, that lattice points in [-1, 1]^d surely keep in the noise."""
    # Beyond k = 10 / beta the noise spans many points, and more points keep less.
    k = np.floor(np.geomspace(2, max(3, 10 / beta), 2000))
    with np.errstate(divide="ignore"):  # where the noise leaves nothing
        exponent = d * np.log1p(-2 * standard_normal.sf(1 / (k * beta)))
    kept, confused = np.exp(exponent), -np.expm1(exponent)
    return float((kept * d * np.log(k) - entr(kept) - entr(confused)).max())
