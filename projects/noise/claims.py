"""The claims about noisy networks, judged over their members."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ib_mlflow.studies.judging.bounded import Change, between, cautious_values, changes
from ib_mlflow.studies.judging.claims import (
    NEAR,
    Numbers,
    amount,
    compressions,
    in_unit,
    scale_of,
)
from ib_mlflow.studies.judging.intervals import known, mean
from ib_mlflow.studies.judging.verdicts import Finding, most, reproduces, rises
from ib_mlflow.studies.running.ensembles import Condition
from ib_mlflow.studies.running.training import Trained
from ib_mlflow.trajectory import Trajectory, learning

SHARE = 0.05
"""A layer compresses if it loses more than this share of H(X) after its peak."""
HIGH = 0.8
"""Correlations from here on count as high."""
ERRORS = 4
"""Differences within so many standard errors count as none."""


@dataclass(frozen=True)
class Child:
    """One child run's curves.

    Arguments:
        activation: of its hidden layers.
        condition: its noise and its pull.
        plane: by sample propagation, of the hidden layers.
        binned: the same layers in bins of 10 β.
    """

    activation: str
    condition: Condition
    plane: Trajectory
    binned: Trajectory

    @property
    def name(self) -> str:
        """In words, for claims."""
        pull = ", orthonormal weights" if self.condition.orthonormality else ""
        return f"{self.activation}, β = {self.condition.beta:g}{pull}"

    @property
    def short(self) -> str:
        """The condition in a few letters, for axes."""
        return f"β {self.condition.beta:g}" + (" ortho" if self.condition.orthonormality else "")

    @property
    def deepest(self) -> int:
        """The last hidden layer."""
        return self.plane.layers[-1]

    def lost(self) -> Numbers:
        """What the last hidden layer lost of I(X;T) after its peak, of every member: (e,) nats."""
        return compressions(self.plane, self.deepest)

    def lost_between(self) -> tuple[Numbers, Numbers]:
        """The least and the most that it may have lost, by the bounds of unreliable estimates."""
        _, least, most_ = changes(self.plane, self.deepest)
        return least.lost, most_.lost

    def loss_text(self, unit: str) -> str:
        """Its mean loss in words, with these limits where they are apart."""
        least, most_ = (mean(limit).value for limit in self.lost_between())
        text = in_unit(mean(self.lost()), unit)
        if np.isclose(least, most_):
            return text
        scale = scale_of(unit)
        return f"{text}, by the bounds from {least * scale:.3f} to {most_ * scale:.3f}"


def children(one: Trained, binned: Mapping[str, Trajectory]) -> dict[Condition, Child]:
    """The curves of every child of an ensemble, by its condition."""
    activation, planes = one.network.activations[0], one.planes()
    return {
        condition: Child(activation, condition, planes[view.name], binned[view.name])
        for condition, view in zip(one.network.conditions, one.network.views, strict=True)
    }


def compression_finding(child: Child, *, where: str, unit: str, expected: bool = True) -> Finding:
    """Judge whether the last hidden layer compresses, or that it does not."""
    least = SHARE * child.plane.guides.h_x
    if expected:
        claim = f"{child.name}: I(X;T) of layer {child.deepest} rises and then falls"
    else:
        claim = f"{child.name}: layer {child.deepest} shows almost no compression"
    counted = "from" if expected else "up to"
    note = f"Lost after the peak: {child.loss_text(unit)}; counted {counted} {amount(least, unit)}."
    if expected:
        note += f" A gain before it counts from {amount(NEAR, unit)}."

    def judged(change: Change) -> Finding:
        compresses = (change.gained > NEAR) & (change.lost > least)
        holds = compresses if expected else change.lost <= least
        return most(claim, where, known(holds, change.lost), note=note)

    found, *limits = (judged(change) for change in changes(child.plane, child.deepest))
    return between(found, limits)


def less_compression(more: Child, less: Child, *, claim: str, where: str, unit: str) -> Finding:
    """Judge whether one child's last hidden layer loses more than another's, seed by seed."""
    note = f"{more.name}: {more.loss_text(unit)}; {less.name}: {less.loss_text(unit)}."
    (more_least, more_most), (less_least, less_most) = more.lost_between(), less.lost_between()
    found, *limits = (
        rises(claim, where, difference, "nats", note=note)
        for difference in (
            more.lost() - less.lost(),
            more_least - less_most,
            more_most - less_least,
        )
    )
    return between(found, limits)


def processing(child: Child, where: str) -> Finding:
    """Judge whether no layer knows more of the input than the one before it, within errors."""
    frame = child.plane.frame.assign(low=cautious_values(child.plane))
    high, low, error = (
        frame.pivot(index=["member", "epoch"], columns="layer", values=name)
        for name in ("i_x", "low", "i_x_se")
    )
    slack = ERRORS * np.hypot(error.to_numpy()[:, 1:], error.to_numpy()[:, :-1])

    def judged(deeper: pd.DataFrame, layer: pd.DataFrame) -> Finding:
        gained = deeper.to_numpy()[:, 1:] - layer.to_numpy()[:, :-1]
        broken = pd.Series((gained > slack).any(axis=1), index=deeper.index)
        holds = ~broken.groupby("member").any().to_numpy(dtype=bool)
        return most(
            f"{child.name}: at no epoch does a layer know more of X than the layer before it",
            where,
            known(holds, child.lost()),
            note=f"Differences count from {ERRORS} standard errors.",
        )

    return between(judged(high, high), [judged(low, high), judged(high, low)])


def correlation(child: Child, where: str) -> Finding:
    """Judge whether H(Bin T) follows I(X;T) over the epochs."""

    def judged(values: pd.Series) -> Finding:
        found = _correlations(child, values)
        return most(
            f"{child.name}: H(Bin T) with bins of 10 β follows I(X;T): they are highly correlated "
            "over epochs and layers",
            where,
            known(found >= HIGH, found),
            note=f"Correlation {mean(found).text(digits=2)}; counted from {HIGH}.",
        )

    frame = child.plane.frame
    return between(judged(frame["i_x"]), [judged(cautious_values(child.plane))])


def _correlations(child: Child, values: pd.Series) -> NDArray[np.float64]:
    """Of the values and H(Bin T), of every member: (e,); NaN for a member that diverged."""
    keys = ["member", "epoch", "layer"]
    both = (
        child.plane.frame[keys]
        .assign(i_x=values)
        .merge(child.binned.frame[[*keys, "i_x"]], on=keys, suffixes=("", "_binned"))
    )
    return np.array([_correlation(rows) for _, rows in both.groupby("member")])


def _correlation(curves: pd.DataFrame) -> float:
    one, other = curves["i_x"].to_numpy(), curves["i_x_binned"].to_numpy()
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        return 0.0
    return float(np.corrcoef(one, other)[0, 1])


def accuracy(child: Child, paper: float, where: str) -> Finding:
    """Judge the validation accuracy at the end beside the paper's."""
    last = learning(child.plane)
    last = last[last["epoch"] == child.plane.epochs[-1]]
    return reproduces(
        f"{child.name}: test accuracy at the end", where, last["val_accuracy"], paper, digits=2
    )


def late_loss(child: Child) -> Numbers:
    """By how much every member's validation loss ends above its lowest: (e,) nats."""
    curves = learning(child.plane).pivot(index="epoch", columns="member", values="val_loss")
    return (curves.iloc[-1] - curves.min()).to_numpy(dtype=np.float64)
