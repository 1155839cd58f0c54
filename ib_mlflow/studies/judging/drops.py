"""How far a curve of a layer falls, without what choosing its highest point adds."""

import numpy as np

from ib_mlflow.studies.judging.curves import curves_of_layer
from ib_mlflow.studies.judging.intervals import finite, left_out, mean
from ib_mlflow.studies.judging.judgements import Judgement, Verdict, steady
from ib_mlflow.studies.judging.series import (
    curve_drops,
    informations,
    judged_at_both,
    keeps_up,
)
from ib_mlflow.studies.judging.verdicts import most
from ib_mlflow.trajectory import Trajectory
from ib_mlflow.trajectory.members import Numbers
from ib_mlflow.trajectory.peaks import falls
from ib_mlflow.units import nats


def drops(plane: Trajectory, layer: int, column: str = "i_x") -> Numbers:
    """How far every member's curve ends below its highest point (`ib_mlflow.trajectory.peaks`).

    Arguments:
        plane: the curves.
        layer: the layer.
        column: "i_x" or "i_y".

    Returns:
        (e,) nats, below 0 for a curve that rises to its end; NaN for a member that diverged.

    Example:
        >>> from ib_mlflow.trajectory import Guides
        >>> plane = Trajectory.from_arrays([[[2.0]] * 4 + [[1.5]]], [[[0.1]] * 5], n=8,
        ...     epochs=[0, 1, 2, 3, 4], guides=Guides(2.08, 0.69, 0.69), estimator="exact",
        ...     setting="")
        >>> drops(plane, 1)
        array([0.5])
    """
    return curve_drops(curves_of_layer(plane, layer, column))


def stays_up(plane: Trajectory, layer: int, *, least: float) -> Judgement:
    """Judge whether a layer's I(X;T) falls too little from its highest to count.

    Arguments:
        plane: the curves.
        layer: the layer.
        least: from which a fall counts, in nats.

    Returns:
        The judgement, over the members.
    """
    return keeps_up(curves_of_layer(plane, layer), least)


def falls_somewhere(plane: Trajectory, layer: int, *, least: float) -> Judgement:
    """Judge whether a layer's I(X;T) falls from its highest in some networks, whatever in others.

    Noise ends as often that far above what came before as below it. So it agrees where networks
    fall by more than the margin, and of all that end farther than it from their highest most do.

    Arguments:
        plane: the curves.
        layer: the layer.
        least: from which a fall counts, in nats.

    Returns:
        The judgement, over the members; undecided where too few end farther than the margin.
    """
    fall = falls(informations(curves_of_layer(plane, layer)))
    return judged_at_both(lambda lost: steady(lambda k: _beyond(lost, k * least)), fall)


def _beyond(lost: Numbers, least: float) -> Judgement:
    far = lost[np.abs(lost) > least]
    down, beyond = int((lost > least).sum()), far.size
    note = (
        f"{down} of {finite(lost).size} networks fall by more than ",
        nats(least),
        f"{left_out(lost)}; on average by ",
        mean(lost).quantity("nats"),
        ".",
    )
    if not beyond:
        return Judgement("undecided", note, 1.0)
    test = most([*(far > 0), *[np.nan] * int(np.isnan(lost).sum())])
    verdict: Verdict = "agrees" if test.verdict == "agrees" else "undecided"
    counted = f" Of the {beyond} that end farther than that from their highest {down} end below it."
    return Judgement(verdict, (*note, counted), test.p_value)
