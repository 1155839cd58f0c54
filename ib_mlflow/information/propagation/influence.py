"""How an estimate hangs on single propagations, and the standard error that follows.

An entropy of a mixture of n centres, as a function of the centres, is to first order the mean of
what each centre adds to it: its influence. Taken from the mixture itself, which has a part of its
own at each centre, the influence of a centre that lies apart is too small, and so is the variance.
The jackknife is free of that. With g the mixture and g' the one without the centre c, of density f,

    n h(g) - (n - 1) h(g') = E_f[-ln g + (1 - s) ln(1 - s) / s] + (n - 1) ln(n / (n - 1)),

where s = f / (n g) is the centre's own share of the density at a draw around it. So no density but
that of the whole mixture is asked for. By Efron and Stein the jackknife is not too small on
average. The mean of what it adds is its estimate of the bias, by which the entropy is too low.

Where labels overlap rarely, the influences on I(T;Y) are skewed: a mixture whose propagations
missed the overlap has a value too high and shows a variance too small, both at once. So half of the
variance is taken from propagations that the mixture does not know, and the error is widened by what
Edgeworth's expansion says that a skewed mean needs.

Reference:
    Efron and Stein (1981), "The jackknife estimate of variance", Annals of Statistics 9.
    Hall (1992), The bootstrap and Edgeworth expansion, section 2.6: the mean over its own error.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEVEL = 1.96  # standard errors on both sides that are to hold the truth in 95 of 100 cases
# The square of a skewness widens such an interval by so much. The kurtosis would narrow it by a
# fifteenth as much for each of its units, which is left out.
WIDENING = (LEVEL**4 + 2 * LEVEL**2 - 3) / 18
TINY = 1e-12  # of a share, which leaves the jackknife as it is but for rounding


def jackknife(
    logs: NDArray[np.float64], squares: NDArray[np.float64], centres: int
) -> NDArray[np.float64]:
    """What the jackknife adds to -ln g at draws around the centres of g, in nats, below 1.

    Arguments:
        logs: (*,) ln of the mean kernel there, a kernel being 1 at its centre.
        squares: (*,) of the draws' distances from the centres that they were drawn around.
        centres: how many there are, equally likely, at least 2.

    Example:
        >>> apart, equal = np.log([1 / 2, 1.0])  # two centres, at a draw that meets one of them
        >>> round(float(jackknife(apart, np.array(0.0), 2)), 3)
        0.693
        >>> abs(round(float(jackknife(equal, np.array(0.0), 2)), 3))
        0.0
    """
    share = np.exp(-0.5 * squares - math.log(centres) - logs)
    share = np.clip(share, TINY, 1 - TINY)
    rest = (centres - 1) * math.log(centres / (centres - 1))
    return np.asarray(rest + (1 - share) * np.log1p(-share) / share)


def freed(values: NDArray[np.float64], noise: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values less what the draws' distances explain, which in many dimensions is nearly all.

    Arguments:
        values: (n,) at draws, successive pairs of which are of one stratum; n even.
        noise: (n, d) their distances from their centres.
    """
    squares = np.square(noise).sum(axis=1)
    apart, moved = (rows[::2] - rows[1::2] for rows in (values, squares))
    slope = float(apart @ moved) / float(moved @ moved)
    return np.asarray(values - slope * squares)


def between(values: NDArray[np.float64]) -> float:
    """Variance between propagations of one input of the mean of the draws around each, unbiased.

    Arguments:
        values: (b, r, k) at k draws around each of r propagations of each of b inputs, k and r at
            least 2.
    """
    within = values.var(axis=2, ddof=1).mean() / values.shape[2]
    means = values.mean(axis=2).var(axis=1, ddof=1).mean()
    return max(0.0, float(means - within))


def skewness(values: NDArray[np.float64]) -> float:
    """Third central moment over the deviation cubed; 0 of what does not vary."""
    rest = values - values.mean()
    scale = float(np.abs(rest).max(initial=0.0))
    if scale == 0.0:
        return 0.0
    rest = rest / scale
    squares = rest * rest
    return float(np.mean(squares * rest) / np.mean(squares) ** 1.5)


def stated_error(variance: float, third: float, bias: float) -> float:
    """The error in nats whose ±1.96 hold the truth in 95 of 100 cases.

    A bias of b errors that the error includes leaves out 0.05 at b = 0 and b = 1/2, 0.04 at b = 1,
    and less beyond.

    Arguments:
        variance: of an estimate, in nats².
        third: its third central moment, in nats³.
        bias: of it, in nats.

    Example:
        >>> round(stated_error(0.04, 0.0, 0.0), 3), round(stated_error(0.04, -0.004, 0.0), 3)
        (0.2, 0.254)
        >>> round(stated_error(0.04, 0.0, 0.15), 3)
        0.25
    """
    error = math.sqrt(variance)
    if variance > 0.0:
        skew = third / error**3
        error *= 1 + WIDENING * skew * skew
    return math.hypot(error, bias)
