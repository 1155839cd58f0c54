"""What theory guarantees of Monte Carlo integration of a Gaussian mixture's entropy.

The mixture has n centres of equal weight and the noise N(0, beta² I) around each; its entropy is
estimated by the mean of -ln g over draws from it. The mean squared errors are in nats².
"""

from __future__ import annotations

import math

from ib_mlflow.information.inputs.samples import MODERATE, positive, whole


def mse_bounded(n: int, draws: int, d: int, *, beta: float) -> float:
    """Mean squared error for centres in [-1, 1]^d, with as many draws around each, from above.

    Reference:
        Goldfeld et al. (2018), arXiv:1810.05728, theorem 7 (i).

    Arguments:
        n: centres.
        draws: around each centre.
        d: dimensions.
        beta: standard deviation of the noise, in units of the centres.

    Returns:
        2 d (2 + beta²) / (beta² n draws), in nats².

    Raises:
        InvalidInputError: for counts below 1, or a beta that is not within 1e-100 to 1e100.

    Example:
        >>> round(mse_bounded(1000, 10, 3, beta=0.1), 6)
        0.1206
    """
    total = _draws(n, draws)
    beta = positive(beta, name="beta", largest=MODERATE)
    return 2 * whole(d, name="d") * (2 + beta**2) / (beta**2 * total)


def mse_moment(n: int, draws: int, d: int, *, beta: float, second_moment: float) -> float:
    """Mean squared error for centres of a known second moment, from above.

    Reference:
        Goldfeld et al. (2018), arXiv:1810.05728, theorem 7 (ii).

    Arguments:
        n: centres.
        draws: around each centre.
        d: dimensions.
        beta: standard deviation of the noise, in units of the centres.
        second_moment: mean squared length of the centres, in those units squared.

    Returns:
        The bound in nats².

    Raises:
        InvalidInputError: for counts below 1, a beta that is not within 1e-100 to 1e100, or a
            second moment that is negative or not finite.

    Example:
        >>> mse_moment(1000, 10, 3, beta=0.1, second_moment=0.0)
        0.0027
    """
    total = _draws(n, draws)
    d, beta = whole(d, name="d"), positive(beta, name="beta", largest=MODERATE)
    if second_moment != 0:
        second_moment = positive(second_moment, name="second_moment")
    spread = beta * math.sqrt(d)
    numerator = (
        9 * d * beta**2
        + 8 * (2 + spread) * second_moment
        + 3 * (11 * spread + 1) * math.sqrt(second_moment)
    )
    return numerator / (beta**2 * total)


def mse_any(n: int, draws: int, d: int) -> float:
    """Mean squared error for any centres, with as many draws around each, from above.

    By Poincaré's inequality the variance of ln g(mu + Z) is at most beta² E |grad ln g|², whose
    mean over the centres is beta² times the mixture's Fisher information, at most d / beta². It
    is below both bounds of theorem 7, and independent of the noise.

    Arguments:
        n: centres.
        draws: around each centre.
        d: dimensions.

    Returns:
        d / (n draws), in nats².

    Raises:
        InvalidInputError: for counts below 1.

    Example:
        >>> mse_any(1000, 10, 3)
        0.0003
    """
    return whole(d, name="d") / _draws(n, draws)


def mse_random(n: int, queries: int, d: int) -> float:
    """Mean squared error for any centres, each query drawn around a random one, from above.

    To the d of `mse_any` comes the variance between centres. The mean of -ln g around one lies
    between d/2 ln 2 and d/2 + ln n above the logarithm of the noise's largest density, by
    Jensen's inequality and by the centre's own part of g; a variable in a range has a variance of
    at most a quarter of its square.

    Arguments:
        n: centres, of equal weight.
        queries: draws from the mixture, independent of each other.
        d: dimensions.

    Returns:
        (d + (ln n + d (1 - ln 2) / 2)² / 4) / queries, in nats².

    Raises:
        InvalidInputError: for counts below 1.

    Example:
        >>> round(math.sqrt(mse_random(4_000_000, 40_000, 3)), 3)
        0.04
    """
    n, queries, d = whole(n, name="n"), whole(queries, name="queries"), whole(d, name="d")
    width = math.log(n) + d * (1 - math.log(2)) / 2
    return (d + width**2 / 4) / queries


def _draws(n: int, draws: int) -> int:
    return whole(n, name="n") * whole(draws, name="draws")
