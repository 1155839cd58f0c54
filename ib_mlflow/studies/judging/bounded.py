"""Curves between the bounds of estimates that are not reliable, and claims judged at both."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import pandas as pd

from ib_mlflow.studies.judging.verdicts import Judgement
from ib_mlflow.trajectory import Trajectory, compression
from ib_mlflow.trajectory.members import Numbers, at_epoch, at_layer


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


class Change(NamedTuple):
    """What a layer gained of I(X;T) up to its peak, and lost after it, of every member: (e,) nats.

    A member that diverged has lost NaN.
    """

    gained: Numbers
    lost: Numbers


def changes(plane: Trajectory, layer: int) -> tuple[Change, Change, Change]:
    """How I(X;T) of a layer rose and fell, and the limits that unreliable estimates leave open.

    Arguments:
        plane: by sample propagation.
        layer: the layer.

    Returns:
        By the estimates, at least, and at most; all are the same where all is reliable.
    """
    low = Trajectory(plane.frame.assign(i_x=cautious_values(plane)), plane.guides)

    def change(peaks: Trajectory, ends: Trajectory) -> Change:
        peak = at_layer(compression(peaks), "peak", layer)
        final = at_layer(compression(ends), "final", layer)
        first = at_epoch(ends, "i_x", epoch=ends.epochs[0], layer=layer)
        # The peak is no lower than what the curve begins and ends with.
        return Change(*((peak - end).clip(min=0.0) for end in (first, final)))

    return change(plane, plane), change(low, plane), change(plane, low)


def between(judgement: Judgement, limits: Sequence[Judgement]) -> Judgement:
    """Keep a verdict that holds at both limits of what was measured, and else leave it open.

    Arguments:
        judgement: of the claim, by the estimates.
        limits: of the same claim, at the limits that the bounds set.

    Returns:
        The judgement, undecided where the verdicts differ.

    Example:
        >>> yes, no = (Judgement(verdict, ("3 nats.",)) for verdict in ("agrees", "disagrees"))
        >>> between(yes, [yes, no]).verdict
        'undecided'
    """
    verdict = judgement.verdict
    if verdict == "undecided" or {limit.verdict for limit in limits} == {verdict}:
        return judgement
    words = (*judgement.words, f" By the estimates it {verdict}, but their bounds leave it open.")
    return replace(judgement, verdict="undecided", words=words)


def reliable_shares(plane: Trajectory) -> dict[int, float]:
    """The share of a layer's estimates, over epochs and members, that are reliable."""
    shares = plane.frame.groupby("layer")["reliable"].mean()
    return {int(str(layer)): float(share) for layer, share in shares.items()}
