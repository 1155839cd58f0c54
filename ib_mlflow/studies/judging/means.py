"""Whether a mean over networks differs from zero, where some of them diverged."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from ib_mlflow.studies.judging.pivots import p_value_of
from ib_mlflow.studies.judging.thresholds import FEWEST, TOLERANCE


def p_value_of_mean(values: ArrayLike) -> tuple[int, float | None]:
    """Test whether a mean over networks is zero.

    Reference:
        Student (1908); Wilcoxon (1945), Biometrics Bulletin 1, for members without a finite value,
        which enter as the largest ranks; Efron & Tibshirani (1993), An introduction to the
        bootstrap, section 12.5, for skewed numbers.

    Arguments:
        values: (e,) numbers, one a member; infinite where only the direction is known, NaN where
            nothing is.

    Returns:
        The side, 1, -1 or 0; and the two-sided p-value of the t test over the finite numbers, of
        ten skewed ones or more that of bootstrap-t where it is larger. Where
        some are not finite the signed-rank test must refuse too, with the unknown ones on the
        other side, and the larger p-value is given. None where nothing can be tested: fewer than
        five members, all numbers the same, or no more than rounding.

    Example:
        >>> side, p_value = p_value_of_mean([0.9, 1.0, 1.1, 1.2, 0.8])
        >>> side, round(p_value, 5)
        (1, 0.00015)
        >>> p_value_of_mean([2e-16, 4e-16, 2e-16, 3e-16, 1e-16])
        (0, None)
    """
    everything = np.asarray(values, dtype=np.float64)
    numbers = everything[np.isfinite(everything)]
    endless = everything[np.isinf(everything)]
    if numbers.size + endless.size < FEWEST:
        return 0, None
    if numbers.size == everything.size:
        return _by_t(numbers)
    side = int(np.sign(np.sum(np.sign(endless)))) if endless.size else 0
    p_value = 0.0
    if not endless.size:
        side, tested = _by_t(numbers)
        if tested is None:
            return 0, None
        p_value = tested
    candidates = (side,) if side and not endless.size else (1, -1)
    ranked = {way: _worst_case(everything, way) for way in candidates}
    best = min(ranked, key=lambda way: ranked[way])
    return best, max(p_value, ranked[best])


def are_copies(numbers: NDArray[np.float64]) -> bool:
    """Whether numbers are copies of one but for rounding, which are no sample.

    Arguments:
        numbers: (e,), finite.

    Example:
        >>> are_copies(np.full(5, 0.946)), are_copies(np.array([0.946, 0.947]))
        (True, False)
    """
    return float(np.ptp(numbers)) <= TOLERANCE * _scale(numbers)


def _scale(numbers: NDArray[np.float64]) -> float:
    return max(1.0, float(np.abs(numbers).max()))


def _by_t(numbers: NDArray[np.float64]) -> tuple[int, float | None]:
    centre = float(numbers.mean())
    # Rounding is no effect.
    if are_copies(numbers) or abs(centre) <= TOLERANCE * _scale(numbers):
        return 0, None
    return int(np.sign(centre)), p_value_of(numbers)


def _worst_case(everything: NDArray[np.float64], side: int) -> float:
    """The signed-rank test's p-value for a side, with all that is unknown on the other one."""
    numbers = everything[np.isfinite(everything)]
    largest = float(np.abs(numbers).max(initial=0.0)) + 1
    signs = np.where(np.isnan(everything), -side, np.sign(everything))
    beyond = ~np.isfinite(everything)
    ranked = everything.copy()
    ranked[beyond] = signs[beyond] * (largest + np.arange(1, beyond.sum() + 1))
    # The unknown ones are the largest of all.
    unknown = np.isnan(everything)
    ranked[unknown] *= 2 + largest
    test = stats.wilcoxon(side * ranked, alternative="greater")
    return min(1.0, 2 * float(test.pvalue))
