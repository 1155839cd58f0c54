"""How claims about relevant and irrelevant inputs are judged, over students.

Reference:
    Saxe et al. (2018), "On the information bottleneck theory of deep learning", ICLR, abstract.
"""

from collections.abc import Callable, Collection
from dataclasses import replace
from functools import wraps

import numpy as np

from ib_mlflow.studies.judging.curves import NEAR
from ib_mlflow.studies.judging.intervals import mean
from ib_mlflow.studies.judging.judgements import Judgement, Verdict
from ib_mlflow.studies.judging.lengths import EITHER, HAPPENS, STAYS_AWAY
from ib_mlflow.studies.judging.margins import FITTED_ERROR, STILL
from ib_mlflow.studies.judging.shares import most_beyond, most_where, most_within
from ib_mlflow.studies.judging.times import settled
from ib_mlflow.trajectory.drops import corrected_drop
from ib_mlflow.trajectory.members import Numbers
from ib_mlflow.units import nats
from .students import IRRELEVANT, RELEVANT, WHOLE
from .subspaces import LayerCurves


def irrelevant_falls(layer: LayerCurves) -> Judgement:
    """Judge whether a layer loses what it knew of the irrelevant inputs."""
    lost = layer.drop(IRRELEVANT)
    share = lost / np.max(layer.information[IRRELEVANT], axis=1)
    note = (
        "Lost after the peak: ", mean(lost).quantity("nats"), ", counted from ", nats(NEAR),
        "; a share of ", mean(share).quantity(), " of the peak.",
    )  # fmt: skip
    return most_beyond(lost, NEAR, note=note)


def relevant_stays(layer: LayerCurves) -> Judgement:
    """Judge whether a layer gains what it knows of the relevant inputs, and keeps it."""
    gained, lost = layer.gain(RELEVANT), layer.drop(RELEVANT)
    note = (
        "Gained: ", mean(gained).quantity("nats"), ", counted from ", nats(NEAR),
        "; lost after the peak: ", mean(lost).quantity("nats"), ", counted up to ", nats(NEAR), ".",
    )  # fmt: skip
    return most_where(
        lambda factor: (gained > factor * NEAR) & (lost <= factor * NEAR), lost, note=note
    )


def whole_stays(layer: LayerCurves) -> Judgement:
    """Judge whether a layer shows no compression of the whole input."""
    gained, lost = layer.gain(WHOLE), layer.drop(WHOLE)
    note = (
        "Lost after the peak: ", mean(lost).quantity("nats"), ", counted up to ", nats(NEAR),
        "; from the beginning to the end it gained ", mean(gained).quantity("nats"), ".",
    )  # fmt: skip
    return most_within(lost, NEAR, note=note)


def falls_while_fitting(layer: LayerCurves) -> Judgement:
    """Judge whether most of what is lost of the irrelevant inputs is lost before the fit is done.

    A student that loses too little to be said to compress counts against it.
    """
    lost = layer.drop(IRRELEVANT)
    before, after = falls_around(layer, fitted(layer.test_error))
    note = (
        "Lost while the test error makes 95 % of its way down: ", mean(before).quantity("nats"),
        "; after that: ", mean(after).quantity("nats"), ".",
    )  # fmt: skip
    return most_where(lambda factor: (lost > factor * NEAR) & (before > after), lost, note=note)


def fitted(errors: Numbers) -> Numbers:
    """The first measured update at which each student has fitted, by its place among them.

    Arguments:
        errors: (e, t) test errors; NaN where a student diverged.

    Returns:
        (e,) whole numbers; 0 for a student that diverged.

    Example:
        >>> fitted(np.array([[1.0, 0.5, 0.01, 0.0], [1.0, 1.0, 1.0, np.nan]])).tolist()
        [2, 0]
    """
    threshold = errors[:, :1] - FITTED_ERROR * (errors[:, :1] - errors.min(axis=1, keepdims=True))
    return np.asarray((errors <= threshold).argmax(axis=1))


def falls_around(layer: LayerCurves, place: Numbers) -> tuple[Numbers, Numbers]:
    """What is lost of the irrelevant inputs up to some place, and from there on: (e,) nats each.

    Arguments:
        layer: the curves.
        place: (e,) of each student.
    """
    curves = layer.information[IRRELEVANT]
    at = np.take_along_axis(curves, place[:, None].astype(np.int64), axis=1)[:, 0]
    exact = np.full(curves.shape[1], np.nan)
    before = np.array(
        [
            corrected_drop(curve[: end + 1], exact)[0] if end else 0.0
            for curve, end in zip(curves, place.astype(np.int64), strict=True)
        ]
    )
    return before, at - curves[:, -1]


def _rests(
    judge: Callable[[LayerCurves], Judgement], known: str, turns: Collection[Verdict]
) -> Callable[[LayerCurves], Judgement]:
    """Guard a judge by that an information, or the test error, has come to rest in most students.

    Students are measured after updates and not after epochs, so that they have no `Course`.
    """

    @wraps(judge)
    def guarded(layer: LayerCurves) -> Judgement:
        judgement = judge(layer)
        of_error = known == ERROR
        curves = layer.test_error if of_error else layer.information[known]
        updates = np.asarray(layer.updates, np.float64)
        resting = settled(curves, updates, least=0.0 if of_error else STILL)
        if judgement.verdict not in turns or 2 * np.nansum(resting) > resting.size:
            return judgement
        words = (
            f" At update {layer.updates[-1]:,} only {int(np.nansum(resting))} of {resting.size} "
            "students have come to rest: undecided, for training ended before."
        )
        return replace(
            judgement, verdict="undecided", words=(*judgement.words, words), p_value=None
        )

    return guarded


ERROR = "test error"
IRRELEVANT_FALLS = _rests(irrelevant_falls, IRRELEVANT, HAPPENS)
RELEVANT_STAYS = _rests(relevant_stays, RELEVANT, EITHER)
WHOLE_STAYS = _rests(whole_stays, WHOLE, STAYS_AWAY)
# What is lost once the fit is done is lost after it: as long as the error falls the fit is not.
WHILE_FITTING = _rests(_rests(falls_while_fitting, IRRELEVANT, STAYS_AWAY), ERROR, EITHER)
