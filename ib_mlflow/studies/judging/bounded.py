"""Curves between the bounds of estimates that are not reliable, and how they rise and fall."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from ib_mlflow.studies.judging.curves import curves_of_layer
from ib_mlflow.trajectory import Trajectory
from ib_mlflow.trajectory.members import Numbers
from ib_mlflow.trajectory.peaks import Fall, falls


def cautious_values(plane: Trajectory) -> pd.Series:
    """I(X;T) of every row in nats, where the estimate is not reliable its lower bound.

    The expectation of an estimate is at least the truth, that of its lower bound at most.

    Arguments:
        plane: by sample propagation.

    Returns:
        A number for each row of the plane's frame; 0 where a bound is negative, or was not
        recorded.
    """
    frame = plane.frame
    bound = frame["i_x_lower"].clip(lower=0.0) if "i_x_lower" in frame else 0.0 * frame["i_x"]
    return frame["i_x"].where(frame["reliable"], bound)


def bounds(plane: Trajectory, layer: int) -> tuple[Numbers, Numbers]:
    """What I(X;T) of a layer is at least and at most, at every measured epoch.

    Arguments:
        plane: by sample propagation.
        layer: the layer.

    Returns:
        (e, t) and (e, t) nats: the lower bounds of estimates that are not reliable and the
        estimates, two standard errors farther apart on either side where these are known.
    """
    low, high, errors = _curves(plane, layer)
    slack = 2 * np.nan_to_num(errors)
    return low - slack, high + slack


class Change(NamedTuple):
    """What a layer gained of I(X;T) up to its peak, and lost after it, of every member: (e,) nats.

    Either may be below 0, of a curve that only falls or only rises. A member that diverged has
    lost NaN.
    """

    gained: Numbers
    lost: Numbers


class Changes(NamedTuple):
    """How I(X;T) rose and fell, and the limits between which that lies.

    Arguments:
        estimated: by the estimates, without what choosing the peak adds.
        least: the same at the limits that unreliable estimates leave open.
        most: at their other limits, and with what choosing the peak adds but for the stated errors.
    """

    estimated: Change
    least: Change
    most: Change


def changes(plane: Trajectory, layer: int) -> Changes:
    """How I(X;T) of a layer rose and fell, and between which limits that lies.

    Arguments:
        plane: by sample propagation.
        layer: the layer.

    Returns:
        By the estimates, at least, and at most (`ib_mlflow.trajectory.peaks`).
    """
    low, high, errors = _curves(plane, layer)

    def change(peaks: Numbers, ends: Numbers) -> tuple[Fall, Fall]:
        first, last = peaks.copy(), peaks.copy()
        first[:, 0], last[:, -1] = ends[:, 0], ends[:, -1]
        return falls(first[:, ::-1], errors[:, ::-1]), falls(last, errors)

    estimated, least, most = change(high, high), change(low, high), change(high, low)
    return Changes(
        Change(*(fall.least for fall in estimated)),
        Change(*(fall.least for fall in least)),
        Change(*(fall.most for fall in most)),
    )


def _curves(plane: Trajectory, layer: int) -> tuple[Numbers, Numbers, Numbers]:
    """Cautious values, estimates and standard errors, (e, t) each."""
    bounded = Trajectory(plane.frame.assign(i_x=cautious_values(plane)), plane.guides)
    curves = (
        curves_of_layer(of, layer, column)
        for of, column in ((bounded, "i_x"), (plane, "i_x"), (plane, "i_x_se"))
    )
    low, high, errors = curves
    return low, high, errors


def reliable_shares(plane: Trajectory) -> dict[int, float]:
    """The share of a layer's estimates, over epochs and members, that are reliable."""
    shares = plane.frame.groupby("layer")["reliable"].mean()
    return {int(str(layer)): float(share) for layer, share in shares.items()}
