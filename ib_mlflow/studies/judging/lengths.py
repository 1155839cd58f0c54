"""Guards of what a paper says of an epoch, of the end of training, or of what stays away.

A training that ended before shows nothing of it: what has not happened may happen later, and what
stays away may come.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from ib_mlflow.studies.judging.curves import curves_of_layer
from ib_mlflow.studies.judging.judgements import Judgement, Verdict, all_hold, left_open
from ib_mlflow.studies.judging.margins import STILL
from ib_mlflow.studies.judging.thresholds import LATER, LEARNS
from ib_mlflow.studies.judging.times import at_rest, settled
from ib_mlflow.trajectory import Trajectory

INFORMATIONS = ("i_x", "i_y")
"""Columns of which a movement that cannot be told from none is known."""
S = TypeVar("S")
"""What a claim is judged of."""
Judged = Judgement | Sequence[Judgement]
"""What a judge gives: several judgements are those of parts."""
HAPPENS: tuple[Verdict, ...] = ("disagrees",)
"""Of a claim that something happens training on may turn this: it may still come."""
STAYS_AWAY: tuple[Verdict, ...] = ("agrees",)
"""Of a claim that something stays away training on may turn this."""
EITHER: tuple[Verdict, ...] = ("agrees", "disagrees")
"""Of a claim about how training ends training on may turn both."""


@dataclass(frozen=True)
class PaperEpoch:
    """An epoch from which on something is there to be seen in a paper.

    Arguments:
        number: the epoch.
        what: happens there, in words.
        factor: by which it may come later here, for epochs hang on the learning rate.
        unit: in which it is counted.
    """

    number: int
    what: str
    factor: float = LATER
    unit: str = "epoch"


class Course(NamedTuple):
    """A number that tells whether training has come to its end.

    Arguments:
        plane: the curves.
        layer: the layer.
        column: "i_x", "i_y", or of the losses and accuracies, which are those of every layer.
        end: the epoch at which a paper's training ends: from there on the end is the paper's.
    """

    plane: Trajectory
    layer: int
    column: str = "i_x"
    end: float = np.inf


def unless_before(
    judgement: Judgement, epoch: PaperEpoch, *, last: float, turns: Collection[Verdict] = EITHER
) -> Judgement:
    """Keep a verdict where training went beyond an epoch of a paper, and else leave it open.

    Arguments:
        judgement: of the claim.
        epoch: the paper's.
        last: the last epoch of training.
        turns: the verdicts that training on might turn.

    Returns:
        The judgement; undecided where training ended before the latest that the epoch may come.

    Example:
        >>> rise = PaperEpoch(1000, "rise of the loss")
        >>> judged = Judgement("disagrees", ("3.",), 0.01)
        >>> unless_before(judged, rise, last=2000).verdict
        'disagrees'
        >>> unless_before(judged, rise, last=100).words[-1]
        " Training ended at epoch 100, the paper's rise of the loss comes at 1,000: undecided."
    """
    if last >= epoch.factor * epoch.number or judgement.verdict not in turns:
        return judgement
    about = "" if last < epoch.number else f" and may come here up to {epoch.factor:g} times later"
    ended, comes = f"{epoch.unit} {last:,.0f}", f"{epoch.what} comes at {epoch.number:,}{about}"
    return left_open(judgement, f" Training ended at {ended}, the paper's {comes}: undecided.")


def unless_moving(
    judgement: Judgement, course: Course, *, turns: Collection[Verdict] = EITHER
) -> Judgement:
    """Keep a verdict on the end of training where a number has come to rest, else leave it open.

    Arguments:
        judgement: of the claim.
        course: what has to rest (`ib_mlflow.studies.judging.times.settled`).
        turns: the verdicts that training on might turn.

    Returns:
        The judgement; undecided where most networks are still on their way, or have not learnt.

    Example:
        >>> from ib_mlflow.trajectory import Guides
        >>> plane = Trajectory.from_arrays([[[2.0], [1.5], [1.0]]], [[[0.1]] * 3], n=8,
        ...     epochs=[0, 1, 2], guides=Guides(2.08, 0.69, 0.69), estimator="exact", setting="")
        >>> unless_moving(Judgement("agrees", ("3.",), 0.01), Course(plane, 1)).verdict
        'undecided'
    """
    if judgement.verdict not in turns:
        return judgement
    learnt, networks = np.count_nonzero(_learnt(course)), len(course.plane.members)
    if 2 * learnt <= networks:
        words = (
            f" Only {learnt} of {networks} networks have learnt, their training loss falling by "
            f"{LEARNS:.0%}: undecided, for nothing is seen of the end of training."
        )
        return left_open(judgement, words)
    epochs = np.asarray(course.plane.epochs, dtype=np.float64)
    if epochs[-1] >= course.end:
        return judgement
    curves = curves_of_layer(course.plane, course.layer, course.column)
    least = STILL if course.column in INFORMATIONS else 0.0
    return at_rest(judgement, settled(curves, epochs, least=least), last=epochs[-1])


def _learnt(course: Course) -> NDArray[np.bool_]:
    """(e,) whether the training loss has fallen; true where its beginning was not measured."""
    losses = curves_of_layer(course.plane, course.layer, "train_loss")
    if course.plane.epochs[0] > 0 or np.isnan(losses[:, 0]).all():
        return np.ones(len(losses), dtype=np.bool_)
    return np.asarray(np.fmin.reduce(losses, axis=1) <= (1 - LEARNS) * losses[:, 0])


def unless_unseen(judgement: Judgement, control: Judgement, what: str) -> Judgement:
    """Keep that something stays away where its control has it, and else leave it open.

    Arguments:
        judgement: that it stays away.
        control: that it is there, of other networks or layers.
        what: the control says, a clause.

    Returns:
        The judgement; undecided where it agrees and its control does not.

    Example:
        >>> away, there = (Judgement(of, ("3.",)) for of in ("agrees", "disagrees"))
        >>> unless_unseen(away, there, "free weights compress").words[-1]
        ' That free weights compress disagrees: undecided, for nothing is there to stay away.'
    """
    if judgement.verdict != "agrees" or control.verdict == "agrees":
        return judgement
    said = "is undecided" if control.verdict == "undecided" else "disagrees"
    return left_open(
        judgement, f" That {what} {said}: undecided, for nothing is there to stay away."
    )


def unless_otherwise(
    judgement: Judgement, others: Sequence[str], *, turns: Collection[Verdict] = HAPPENS
) -> Judgement:
    """Keep a verdict on a size where networks learnt as much as a paper's, and else leave it open.

    Arguments:
        judgement: of a size, or a comparison, that hangs on how much was learnt.
        others: in what training differs (`ib_mlflow.studies.judging.settings.differences`).
        turns: the verdicts that as much data and training might turn.

    Returns:
        The judgement; undecided where training differs.

    Example:
        >>> judged = Judgement("disagrees", ("3.",), 0.01)
        >>> unless_otherwise(judged, ["images=2000"]).words[-1]
        " It hangs on how much is learnt, which is not the paper's (images=2000): undecided."
    """
    if not others or judgement.verdict not in turns:
        return judgement
    differ = f"which is not the paper's ({', '.join(others)})"
    return left_open(judgement, f" It hangs on how much is learnt, {differ}: undecided.")


def after(
    judge: Callable[[S], Judged],
    epoch: PaperEpoch,
    last: Callable[[S], float],
    turns: Collection[Verdict] = EITHER,
) -> Callable[[S], Judgement]:
    """Guard a judge by `unless_before`; `last` gives the last epoch of what it judges."""

    @wraps(judge)
    def guarded(of: S) -> Judgement:
        return unless_before(_whole(judge(of)), epoch, last=last(of), turns=turns)

    return guarded


def at_its_end(
    judge: Callable[[S], Judged],
    courses: Callable[[S], Course | Iterable[Course]],
    turns: Collection[Verdict] = EITHER,
) -> Callable[[S], Judgement]:
    """Guard a judge by `unless_moving`; `courses` gives all that has to rest of what it judges."""

    @wraps(judge)
    def guarded(of: S) -> Judgement:
        judgement, resting = _whole(judge(of)), courses(of)
        for course in [resting] if isinstance(resting, Course) else resting:
            judgement = unless_moving(judgement, course, turns=turns)
        return judgement

    return guarded


def beside(
    judge: Callable[[S], Judged], control: Callable[[S], Judged], what: str
) -> Callable[[S], Judgement]:
    """Guard a judge by `unless_unseen`; `control` judges the same subject."""

    @wraps(judge)
    def guarded(of: S) -> Judgement:
        return unless_unseen(_whole(judge(of)), _whole(control(of)), what)

    return guarded


def with_as_much(
    judge: Callable[[S], Judged],
    others: Callable[[S], Sequence[str]],
    turns: Collection[Verdict] = HAPPENS,
) -> Callable[[S], Judgement]:
    """Guard a judge by `unless_otherwise`; `others` says in what its training differs."""

    @wraps(judge)
    def guarded(of: S) -> Judgement:
        return unless_otherwise(_whole(judge(of)), others(of), turns=turns)

    return guarded


def _whole(judged: Judged) -> Judgement:
    return judged if isinstance(judged, Judgement) else all_hold(judged)
