"""Curves between the bounds of estimates that are not reliable, and claims judged at both."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import pandas as pd

from ib_mlflow.studies.judging.judgements import Judgement
from ib_mlflow.trajectory import Trajectory
from ib_mlflow.trajectory.members import Numbers, drops, gains


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

    Both without what choosing the peak adds, so that they may be below 0. A member that diverged
    has lost NaN.
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
    estimates, low = plane.frame["i_x"], cautious_values(plane)

    def change(peaks: pd.Series, ends: pd.Series) -> Change:
        first, last = (
            Trajectory(
                plane.frame.assign(i_x=peaks.where(plane.frame["epoch"] != epoch, ends)),
                plane.guides,
            )
            for epoch in (plane.epochs[0], plane.epochs[-1])
        )
        return Change(gains(first, layer), drops(last, layer))

    return change(estimates, estimates), change(low, estimates), change(estimates, low)


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
