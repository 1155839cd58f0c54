"""How far the curves of noisy networks can be relied on, and claims judged between their bounds."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from ib_mlflow.studies.judging.claims import Numbers, scale_of
from ib_mlflow.studies.judging.verdicts import Finding
from ib_mlflow.studies.reporting.report import table_of
from ib_mlflow.trajectory import Trajectory

GUARANTEES = {
    "i_x": "I(X;T)",
    "i_x_half": "from half of the propagations",
    "i_x_lower": "lower bound",
    "certificate": "certificate",
    "risk": "risk (Thm. 4, 5)",
    "bias_floor": "bias floor (Thm. 6)",
    "monte_carlo": "Monte Carlo (Thm. 7)",
}
"""What the report says of each layer's estimate at the end: column and heading."""


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
    rows = plane.frame.assign(low=cautious_values(plane))
    rows = rows[rows["layer"] == layer]
    low, high = (
        rows.pivot(index="epoch", columns="member", values=name) for name in ("low", "i_x")
    )

    def change(peak: pd.DataFrame, ends: pd.DataFrame) -> Change:
        gained, lost = (peak.max() - ends.iloc[place] for place in (0, -1))
        # The peak is no lower than what the curve begins and ends with.
        return Change(*(of.clip(lower=0.0).to_numpy(dtype=np.float64) for of in (gained, lost)))

    return change(high, high), change(low, high), change(high, low)


def between(found: Finding, limits: Sequence[Finding]) -> Finding:
    """Keep a verdict that holds at both limits of what was measured, and else leave it open.

    Arguments:
        found: the claim, judged by the estimates.
        limits: the same claim, judged at the limits that the bounds set.

    Returns:
        The finding, undecided where the verdicts differ.

    Example:
        >>> yes, no = (Finding("", "", "3 nats.", verdict) for verdict in ("agrees", "disagrees"))
        >>> between(yes, [yes, no]).verdict
        'undecided'
    """
    if found.verdict == "undecided" or {one.verdict for one in limits} == {found.verdict}:
        return found
    text = f"{found.found} By the estimates it {found.verdict}, but their bounds leave it open."
    return replace(found, verdict="undecided", found=text)


def reliable_shares(plane: Trajectory) -> dict[int, float]:
    """The share of a layer's estimates, over epochs and members, that are reliable."""
    shares = plane.frame.groupby("layer")["reliable"].mean()
    return {int(str(layer)): float(share) for layer, share in shares.items()}


def errors_table(plane: Trajectory, unit: str) -> str:
    """Write what is known of the errors of the estimates, as a Markdown table.

    Arguments:
        plane: by sample propagation.
        unit: the unit to write in.

    Returns:
        The table: a row a layer, means over the members at the end, and the share of reliable
        estimates over all epochs.
    """
    last = plane.frame[plane.frame["epoch"] == plane.epochs[-1]]
    means = last.groupby("layer")[[name for name in GUARANTEES if name in last]].mean()
    shares = reliable_shares(plane)
    rows = [
        (layer, *(f"{value * scale_of(unit):.4g}" for value in row), f"{100 * shares[layer]:.0f} %")
        for layer, row in zip(means.index, means.to_numpy().tolist(), strict=True)
    ]
    headings = [GUARANTEES[str(name)] for name in means.columns]
    return table_of([f"layer [{unit}]", *headings, "reliable, all epochs"], rows)
