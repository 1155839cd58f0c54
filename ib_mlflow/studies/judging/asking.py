"""At what else a threshold is asked, to see whether a verdict hangs on it, or why it is not."""

from ib_mlflow.studies.judging.margins import (
    ABOUT_EPOCH,
    FITTED_ERROR,
    FITTED_LABELS,
    MUCH,
    NEAR_LEVEL,
    NEARLY,
    NO_FALL,
    RESOLVED,
    SAME_EPOCH,
    SETTLED,
    SIMILAR,
    STAGE,
    STANDARD_ERRORS,
    STILL,
    UNIT_FALL,
    UNIT_SPREAD,
)
from ib_mlflow.studies.judging.threshold import Threshold
from ib_mlflow.studies.judging.thresholds import FACTORS, LATER, LEARNS, STRAIGHT

AS_THEY_ARE = {
    STANDARD_ERRORS: "at half of it chance alone would be beyond",
    UNIT_FALL: "the paper's own number",
    UNIT_SPREAD: "the paper's own number",
    RESOLVED: "tells which networks are judged",
    LATER: "it only leaves verdicts open, and turns none round",
    LEARNS: "it only leaves verdicts open, and turns none round",
    SETTLED: "it only leaves verdicts open, and turns none round",
    STILL: "it only leaves verdicts open, and turns none round",
    FITTED_ERROR: "tells at which update a curve is cut in two",
    NEAR_LEVEL: "of one exact curve",
    STAGE: "of one exact curve",
    NO_FALL: "of one exact curve",
    MUCH: "of the images, without a network",
}
"""What is not halved and doubled to see whether a verdict hangs on it, and why not."""
SHORT_OF_ONE = frozenset({FITTED_LABELS, NEARLY, SIMILAR, STRAIGHT})
"""Shares of which it is what they are short of 1 by that is halved and doubled."""
OF_EPOCHS = frozenset({ABOUT_EPOCH, SAME_EPOCH})
"""Factors between epochs, of which it is the logarithm that is halved and doubled."""


def asked_at(threshold: Threshold, factor: float) -> float:
    """The number that takes a threshold's place where `steady` gives a factor.

    Arguments:
        threshold: any that is not in `AS_THEY_ARE`.
        factor: 1, a half or 2.

    Returns:
        In the unit of the threshold.

    Example:
        >>> asked_at(ABOUT_EPOCH, 2.0), round(asked_at(SIMILAR, 0.5), 3)
        (4.0, 0.9)
    """
    if threshold in SHORT_OF_ONE:
        return 1 - factor * (1 - threshold)
    return float(threshold**factor if threshold in OF_EPOCHS else factor * threshold)


def asked_in_words(threshold: Threshold) -> str:
    """Where else it is asked, as a report prints it.

    Example:
        >>> asked_in_words(SIMILAR), asked_in_words(MUCH)
        ('0.9, 0.6', 'not asked: of the images, without a network')
    """
    reason = AS_THEY_ARE.get(threshold)
    if reason:
        return f"not asked: {reason}"
    return ", ".join(f"{asked_at(threshold, factor):.4g}" for factor in FACTORS[1:])
