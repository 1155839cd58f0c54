"""The transition from drift to diffusion, read twice: of the gradients, and of the information.

Reference:
    On the Information Bottleneck Theory of Deep Learning, slides "Role of the Batch Size":
    argmin d SNR / dt ≈ argmax I(X;T).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import pandas as pd

from ib_mlflow.studies.judging.claims import Claim
from ib_mlflow.studies.judging.coincidences import Coincidence
from ib_mlflow.studies.judging.curves import compressing
from ib_mlflow.studies.judging.judgements import Judgement, Verdict, steady
from ib_mlflow.studies.judging.margins import ABOUT_EPOCH, RESOLVED
from ib_mlflow.studies.judging.powers import median_text
from ib_mlflow.studies.judging.shares import most_beyond
from ib_mlflow.studies.judging.thresholds import FEWEST_VOTES, LEVEL
from ib_mlflow.studies.running.training import TrainedGroup
from ib_mlflow.trajectory import at_the_turn, steepest_falls, turn
from ib_mlflow.trajectory.members import Numbers, drops, resolved
from .guards import after_the_turn

R = TypeVar("R")
RATIOS = {"snr": "SNR", "log_snr": "log SNR"}
"""What falls, and its name."""


@dataclass(frozen=True, eq=False)
class Transition:
    """When a layer's SNR falls most steeply, beside when its I(X;T) is largest, by network.

    Arguments:
        name: of the networks.
        layer: the layer.
        ratio: what falls, "SNR" or "log SNR".
        falls: a row per member: `member`, the `epoch` of the steepest fall, `stopped`: whether it
            was over at the end of training, without which it lies there or later, and `earlier`:
            whether it may lie before, where the ratio is not known.
        turns: of the same members, as `turn` gives them.
        networks: all there are; those that are left out have I(X;T) too near to ln n.
        lost: (e,) nats of I(X;T) that the same members lost after its largest.
        least: nats from which that is a second phase.
    """

    name: str
    layer: int
    ratio: str
    falls: pd.DataFrame
    turns: pd.DataFrame
    networks: int
    lost: Numbers
    least: float

    @property
    def unresolved(self) -> int:
        """Networks that are left out."""
        return self.networks - len(self.turns)

    def within(self, power: float) -> Coincidence:
        """In how many networks both are about the same epoch, and against permuted peaks.

        Arguments:
            power: what the distance that still is so, in the logarithm, is multiplied by.
        """
        return Coincidence.of(
            at_the_turn(self.falls, self.turns, factor=ABOUT_EPOCH**power).iloc[0]
        )


def transition_of(
    group: TrainedGroup, layer: int, *, falls: pd.DataFrame | None = None, ratio: str = "snr"
) -> Transition:
    """Both turning points of a layer in every network of a group that has them.

    Arguments:
        group: trained with its gradients recorded.
        layer: the layer; its weights are those that lead to it.
        falls: as `steepest_falls` gives them of the group, where they were read already.
        ratio: "snr" or "log_snr".

    Returns:
        The transition, of the networks whose I(X;T) is not too near to ln n.
    """
    if falls is None:
        table = group.record("gradients")
        falls = steepest_falls(table[table["layer"] == layer])
    plane = group.plane()
    turns = turn(plane)
    own = turns[turns["layer"] == layer].reset_index(drop=True)
    left = own["member"].isin(
        np.array(plane.members)[resolved(plane, layer, within=RESOLVED)].tolist()
    )
    of_layer = falls[(falls["layer"] == layer) & (falls["quantity"] == ratio)]
    beside = of_layer[of_layer["member"].isin(own["member"][left])]
    # Gradients begin with epoch 1; a ratio that is first known later may have fallen before.
    earlier = beside["at_start"] & (beside["epoch"] > 1)
    beside = beside.assign(stopped=~beside["at_end"], earlier=earlier.fillna(False))
    return Transition(
        group.name,
        layer,
        RATIOS[ratio],
        beside[["member", "epoch", "stopped", "earlier"]].reset_index(drop=True),
        own[left].reset_index(drop=True),
        len(own),
        drops(plane, layer)[left.to_numpy()],
        compressing(plane),
    )


def last_transitions(groups: Iterable[TrainedGroup]) -> list[Transition]:
    """Both turning points of the last hidden layer of every group."""
    return [transition_of(group, group.last_hidden) for group in groups]


def transition_claims(
    where: str, of: Callable[[R], Iterable[Transition]]
) -> tuple[Claim[R, Transition], Claim[R, Transition]]:
    """That both turning points are one, in words close to the slides'.

    Arguments:
        where: the slide.
        of: the transitions among the study's readings.
    """
    words = "{of.name}, layer {of.layer}: argmin d {of.ratio} / dt ≈ argmax I(X;T)"
    beside = f"Beyond the paper: beside the {where[:1].lower()}{where[1:]}"
    by_seed = f"{words}, more often than with peaks permuted between seeds"
    both, more = (after_the_turn(judge, turns_down) for judge in (coincides, coincides_by_seed))
    return Claim(words, where, both, of), Claim(by_seed, beside, more, of)


def turns_down(transition: Transition) -> Judgement:
    """Judge whether I(X;T) has fallen enough since its largest for that to be the turn."""
    return most_beyond(transition.lost, transition.least)


def coincides(transition: Transition) -> Judgement:
    """Judge whether both turning points lie within a factor of each other in most networks."""
    if not len(transition.turns):
        return _nothing(transition)
    if not transition.within(1.0).told:
        return Judgement("undecided", ("In no network are both known.",))
    falls, turns = transition.falls, transition.turns
    note = (
        f" Median epochs: {_median(falls, falls['stopped'])} of the fall, "
        f"{_median(turns, turns['after'].notna())} of the largest I(X;T).{_left_out(transition)}"
    )

    def within(power: float) -> Judgement:
        of = transition.within(power)
        verdict: Verdict = "agrees" if of.most else "disagrees" if of.few else "undecided"
        words = (f"Within a factor of {ABOUT_EPOCH:g} in a share of ", of.share.quantity(digits=2))
        counted = f" of {of.told} networks{of.left_open}."
        return Judgement(verdict, (*words, counted, note), of.p_of_half)

    return steady(within)


def coincides_by_seed(transition: Transition) -> Judgement:
    """Judge whether the turning points coincide more than with peaks permuted between seeds."""
    if not len(transition.turns):
        return _nothing(transition)
    if not transition.within(1.0).told:
        return Judgement("undecided", ("In no network are both known.",))

    def more(power: float) -> Judgement:
        of = transition.within(power)
        words = (
            f"Within a factor of {ABOUT_EPOCH:g} in a share of {of.share.value:.2f} of "
            f"{of.told} networks{of.left_open}, with permuted peaks {of.chance:.2f}; "
            f"p = {of.p_value:.3f}, counted below {LEVEL:g}.{_left_out(transition)}",
        )
        holds = of.p_value < LEVEL and of.members >= FEWEST_VOTES
        return Judgement("agrees" if holds else "undecided", words, of.p_value)

    return steady(more)


def _median(table: pd.DataFrame, seen: "pd.Series[bool]") -> str:
    return median_text(np.where(seen | table["epoch"].isna(), table["epoch"].astype(float), np.inf))


def _left_out(transition: Transition) -> str:
    if not transition.unresolved:
        return ""
    return (
        f" {transition.unresolved} of {transition.networks} networks come within "
        f"{RESOLVED:.0%} of ln n, and are left out."
    ).replace("%", " %")


def _nothing(transition: Transition) -> Judgement:
    words = (
        f"I(X;T) comes within {100 * RESOLVED:g} % of ln n in all {transition.networks} networks: "
        "nothing is judged.",
    )
    return Judgement("undecided", words)
