"""How far a curve of a layer falls, without what choosing its highest point adds."""

import numpy as np

from ib_mlflow.studies.judging.curves import NEAR
from ib_mlflow.studies.judging.intervals import known, mean
from ib_mlflow.studies.judging.verdicts import Judgement, most
from ib_mlflow.trajectory import Trajectory
from ib_mlflow.trajectory.members import Numbers
from ib_mlflow.units import nats


def drops(plane: Trajectory, layer: int, column: str = "i_x") -> Numbers:
    """How far every member's curve ends below its highest point.

    The highest of several noisy numbers is above the truth. Here it is chosen on every second
    measured epoch and read on the ones beside it, and the other way round; both are averaged.

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
    return np.array([_drop(curve) for curve in curves.T])


def _drop(curve: Numbers) -> float:
    before = curve[:-1][np.isfinite(curve[:-1])]
    if not before.size or not np.isfinite(curve[-1]):
        return np.nan
    if before.size == 1:
        return float(before[0] - curve[-1])
    heights = []
    for parity in (0, 1):
        highest = parity + 2 * int(np.argmax(before[parity::2]))
        heights.append(before[max(highest - 1, 0) : highest + 2 : 2].mean())
    return float(np.mean(heights) - curve[-1])


def falls_off(
    plane: Trajectory, layer: int, column: str = "i_x", *, least: float = NEAR
) -> Judgement:
    """Judge whether a layer's information ends well below its highest point.

    Arguments:
        plane: the curves.
        layer: the layer.
        column: "i_x" or "i_y".
        least: from which a fall counts, in nats.

    Returns:
        The judgement, over the members.
    """
    fallen = drops(plane, layer, column)
    note = ("Fallen by ", mean(fallen).quantity("nats"), "; counted from ", nats(least), ".")
    return most(known(fallen > least, fallen), note=note)


def stays_up(
    plane: Trajectory, layer: int, column: str = "i_x", *, least: float = NEAR
) -> Judgement:
    """Judge whether a layer's information falls too little to count; arguments as `falls_off`."""
    fallen = drops(plane, layer, column)
    note = ("Fallen by ", mean(fallen).quantity("nats"), "; counted up to ", nats(least), ".")
    return most(known(fallen <= least, fallen), note=note)
