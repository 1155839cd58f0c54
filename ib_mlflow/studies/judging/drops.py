"""How far a curve of a layer falls, without what choosing its highest point adds."""

import numpy as np

from ib_mlflow.studies.judging.intervals import finite, known, left_out, mean
from ib_mlflow.studies.judging.verdicts import Judgement, most
from ib_mlflow.trajectory import Trajectory
from ib_mlflow.trajectory.drops import corrected_drop
from ib_mlflow.trajectory.members import Numbers
from ib_mlflow.units import nats


def drops(plane: Trajectory, layer: int, column: str = "i_x") -> Numbers:
    """How far every member's curve ends below its highest point (`ib_mlflow.trajectory.drops`).

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
    rows = plane.frame[plane.frame["layer"] == layer]
    curves = rows.pivot(index="epoch", columns="member", values=column).to_numpy(dtype=np.float64)
    return np.array([corrected_drop(curve, np.full(curve.size, np.nan))[0] for curve in curves.T])


def stays_up(plane: Trajectory, layer: int, *, least: float) -> Judgement:
    """Judge whether a layer's I(X;T) falls too little from its highest to count.

    Arguments:
        plane: the curves.
        layer: the layer.
        least: from which a fall counts, in nats.

    Returns:
        The judgement, over the members.
    """
    fallen = drops(plane, layer)
    note = ("Fallen by ", mean(fallen).quantity("nats"), "; counted up to ", nats(least), ".")
    return most(known(fallen <= least, fallen), note=note)


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
    fallen = drops(plane, layer)
    far = np.where(np.abs(fallen) > least, fallen, np.nan)
    beyond, down = int(np.isfinite(far).sum()), int((finite(fallen) > least).sum())
    words = f"{down} of {finite(fallen).size} networks fall by more than "
    note = (
        words,
        nats(least),
        f"{left_out(fallen)}; on average by ",
        mean(fallen).quantity("nats"),
        ".",
    )
    if not beyond:
        return Judgement("undecided", note)
    verdict = most(far[np.isfinite(far)] > 0).verdict
    counted = f" Of the {beyond} that end farther than that from their highest {down} end below it."
    return Judgement("agrees" if verdict == "agrees" else "undecided", (*note, counted))
