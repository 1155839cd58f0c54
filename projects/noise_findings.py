"""The claims about noisy networks, judged over their members."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ib_mlflow.trajectory import Trajectory, learning, order_violations
from projects.ensembles import Condition
from projects.findings import Numbers, compressions, in_unit, keeps, rises_and_falls
from projects.intervals import known, mean
from projects.judging import Finding, most, reproduces, rises
from projects.networks import Trained

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
    layer = child.deepest
    if expected:
        claim = f"{child.name}: I(X;T) of layer {layer} rises and then falls"
        return rises_and_falls(child.plane, layer, claim=claim, where=where, least=least, unit=unit)
    claim = f"{child.name}: layer {layer} shows almost no compression"
    return keeps(child.plane, layer, claim=claim, where=where, least=least, unit=unit)


def less_compression(more: Child, less: Child, *, claim: str, where: str, unit: str) -> Finding:
    """Judge whether one child's last hidden layer loses more than another's, seed by seed."""
    note = f"{more.name}: {in_unit(mean(more.lost()), unit)}; "
    note += f"{less.name}: {in_unit(mean(less.lost()), unit)}."
    return rises(claim, where, more.lost() - less.lost(), "nats", note=note)


def processing(child: Child, where: str) -> Finding:
    """Judge whether no layer knows more of the input than the one before it, within errors."""
    frame = child.plane.frame
    errors = frame.set_index(["member", "epoch", "layer"])["i_x_se"]
    gaps = order_violations(child.plane)
    here, above = (
        errors.reindex(
            pd.MultiIndex.from_arrays([gaps["member"], gaps["epoch"], gaps["layer"] + k])
        )
        for k in (0, 1)
    )
    bound = ERRORS * np.hypot(here.to_numpy(), above.to_numpy())
    broken = gaps.assign(broken=gaps["gap"].to_numpy() > bound).groupby("member")["broken"].any()
    return most(
        f"{child.name}: at no epoch does a layer know more of X than the layer before it",
        where,
        known(~broken.to_numpy(dtype=bool), child.lost()),
        note=f"Differences count from {ERRORS} standard errors.",
    )


def correlation(child: Child, where: str) -> Finding:
    """Judge whether H(Bin T) follows I(X;T) over the epochs."""
    found = _correlations(child)
    return most(
        f"{child.name}: H(Bin T) with bins of 10 β follows I(X;T): they are highly correlated "
        "over epochs and layers",
        where,
        known(found >= HIGH, found),
        note=f"Correlation {mean(found).text(digits=2)}; counted from {HIGH}.",
    )


def _correlations(child: Child) -> NDArray[np.float64]:
    """Of every member: (e,); 0 for a curve that never moves, NaN for a member that diverged."""
    keys = ["member", "epoch", "layer"]
    both = child.plane.frame[[*keys, "i_x"]].merge(
        child.binned.frame[[*keys, "i_x"]], on=keys, suffixes=("", "_binned")
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
