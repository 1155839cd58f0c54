"""What is said of layers before the last one, of ReLU units, and of how many samples suffice.

Reference:
    Goldfeld et al. (2018), arXiv:1810.05728, remark 1, section 5, supplement 9.1; Fig. 6a, 10a, 10b
    and 10c.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from ib_mlflow.studies.judging.bounded import changes
from ib_mlflow.studies.judging.claims import Claim
from ib_mlflow.studies.judging.curves import NEAR, compressing
from ib_mlflow.studies.judging.intervals import information, mean
from ib_mlflow.studies.judging.judgements import Judgement, all_hold, between
from ib_mlflow.studies.judging.lengths import HAPPENS, Course, after, at_its_end, beside
from ib_mlflow.studies.judging.margins import BEYOND_VIEW
from ib_mlflow.studies.judging.settings import BEYOND
from ib_mlflow.studies.judging.shares import most_beyond, most_within
from ib_mlflow.studies.judging.verdicts import rises
from ib_mlflow.trajectory.members import Numbers
from ib_mlflow.units import nats
from .claims import STAYS_UP, compresses_at, stays, stays_at
from .guards import DROPS, LOSS_RISES, deepest, last_epoch, last_of_pair
from .late_claims import free_loss_rises, loss_stays
from .paper import FIG_5, FIG_10, SUFFICIENT
from .readings import NoiseReadings, NoisyGroup, Regularisation
from .saturation_claims import counted, saturates
from .sweep_claims import of_fig_5
from .tightness import parted

CLUSTERED = 3
"""The layer from which on Fig. 6a shows clusters."""
PARTS = (
    "{of.name}: while it learns, distances within classes part from distances between them in "
    "layer {of.layer}: the histograms share less area"
)


@dataclass(frozen=True, eq=False)
class NoisyLayer:
    """A hidden layer of a noisy group, as claims speak of it."""

    group: NoisyGroup
    layer: int

    @property
    def name(self) -> str:
        """The group's name."""
        return self.group.name


def clustered_layers(groups: Sequence[NoisyGroup]) -> list[NoisyLayer]:
    """The layers from the third on of some groups."""
    return [
        NoisyLayer(group, layer)
        for group in groups
        for layer in group.plane.layers
        if layer >= CLUSTERED
    ]


def last_layers_with_other_noise(readings: NoiseReadings) -> list[NoisyLayer]:
    """The last hidden layer of free tanh networks with noise that Fig. 6 does not have."""
    free = readings.free("tanh")
    return [NoisyLayer(of, of.deepest) for of in free if of.condition.beta != FIG_5]


def last_two_of_fig_10c(readings: NoiseReadings) -> list[NoisyLayer]:
    """The two last hidden layers of the networks of Fig. 10c, its 4 and 5."""
    groups = readings.orthonormal("relu", FIG_10)
    return [NoisyLayer(group, layer) for group in groups for layer in group.plane.layers[-2:]]


def classes_part(of: NoisyLayer) -> Judgement:
    """Judge whether distances within classes part from those between them in a layer."""
    clusters = of.group.clusters
    first, last = (
        clusters.at("overlap", epoch=epoch, layer=of.layer)
        for epoch in (clusters.stages[0], clusters.stages[-1])
    )
    return parted(first, last)


def rises_and_flattens(of: NoisyLayer) -> Judgement:
    """Judge whether a layer gains I(X;T), and then loses something, but too little to compress."""
    least = compressing(of.group.plane)
    by_estimates, *limits = (
        all_hold(
            [
                most_beyond(change.gained, NEAR, note=("A gain counts from ", nats(NEAR), ".")),
                rises(change.lost, note="Lost after the peak."),
                most_within(change.lost, least, note=("Slight is up to ", nats(least), ".")),
            ]
        )
        for change in changes(of.group.plane, of.layer)
    )
    return between(by_estimates, limits)


def decouples(group: NoisyGroup) -> tuple[Judgement, Judgement, Judgement]:
    """Judge whether units saturate and classes part, and I(X;T) hardly falls for all that."""
    return saturates(group), classes_part(NoisyLayer(group, group.deepest)), stays(group)


def grows_on(group: NoisyGroup) -> tuple[Judgement, Judgement]:
    """Judge whether the largest activations grow to the end, far beyond what tanh could hold."""
    stages = group.clusters.stages
    largest = [_largest(group, epoch) for epoch in stages]
    course = ", ".join(
        f"{mean(own, (0, np.inf)).text(digits=1)} at epoch {epoch}"
        for epoch, own in zip(stages, largest, strict=True)
    )
    *_, (before, end) = pairwise(largest)
    with np.errstate(divide="ignore", invalid="ignore"):
        grown = np.log10(end / before)
    note = f"From epoch {stages[-2]} to {stages[-1]}. Largest activation: {course}."
    far = f"At the end; counted from {BEYOND_VIEW:g} on."
    return rises(grown, "decades", note=note), most_beyond(end, BEYOND_VIEW, note=far)


def _largest(group: NoisyGroup, epoch: int) -> Numbers:
    table = group.largest
    assert table is not None
    rows = table[(table["epoch"] == epoch) & (table["layer"] == group.deepest)]
    numbers = rows.set_index("member")["largest"].reindex(sorted(group.group.members))
    return numbers.to_numpy(dtype=np.float64)


def growing(readings: NoiseReadings) -> list[NoisyGroup]:
    """The networks of Fig. 10b whose activations were measured at two epochs or more."""
    free = readings.free("relu", FIG_10)
    return [each for each in free if each.largest is not None and len(each.clusters.stages) > 1]


def half_is_enough(group: NoisyGroup) -> Judgement:
    """Judge whether half of the propagations give the same I(X;T), at every layer and epoch."""
    frame = group.plane.frame
    moved = (frame["i_x"] - frame["i_x_half"]).abs()
    farthest = (
        moved.groupby(frame["member"]).max().where(moved.isna().groupby(frame["member"]).sum() == 0)
    )
    values = farthest.to_numpy(dtype=np.float64)
    note = ("Farthest: ", information(values).quantity("nats"), "; counted up to ", nats(NEAR), ".")
    return most_within(values, NEAR, note=note)


def with_enough(readings: NoiseReadings) -> list[NoisyGroup]:
    """The groups of free weights, where as many samples were propagated as the paper's."""
    enough = readings.configuration.repeats >= SUFFICIENT
    return readings.free() if enough else []


@dataclass(frozen=True, eq=False)
class RegularisedLayer:
    """A hidden layer of regularised weights beside the same one of free weights."""

    pair: Regularisation
    layer: int

    @property
    def name(self) -> str:
        """The regularised group's name."""
        return self.pair.regularised.name


def last_two_of_fig_5b(readings: NoiseReadings) -> list[RegularisedLayer]:
    """The two last hidden layers of the networks of Fig. 5b, its 4 and 5."""
    pairs = of_fig_5(readings)
    return [
        RegularisedLayer(pair, at) for pair in pairs for at in pair.regularised.plane.layers[-2:]
    ]


def _own(of: NoisyLayer) -> Course:
    return Course(of.group.plane, of.layer)


PARTING = at_its_end(classes_part, _own, HAPPENS)
LAYERS: Sequence[Claim[NoiseReadings, Any]] = (
    Claim(
        PARTS,
        "Sec. 5; Fig. 6a",
        after(PARTING, DROPS, lambda of: last_epoch(of.group), HAPPENS),
        lambda r: clustered_layers(r.free("tanh", FIG_5)),
    ),
    Claim(
        PARTS,
        f"{BEYOND}: Fig. 6a with other noise",
        PARTING,
        last_layers_with_other_noise,
    ),
    Claim(
        "{of.name}: units saturate and classes part in layer {of.deepest} although it hardly "
        "compresses: with large noise clusters and compression decouple",
        "Suppl. 9.1; Fig. 10a",
        at_its_end(decouples, deepest),
        lambda r: counted(r.free("tanh", FIG_10)),
    ),
    Claim(
        "{of.name}: units of layer {of.deepest} grow without bound: the largest activation "
        f"grows to the end, beyond {BEYOND_VIEW:g}",
        "Suppl. 9.1; Fig. 10b",
        grows_on,
        growing,
    ),
    Claim(
        "{of.name}: I(X;T) of layer {of.layer} rises and flattens, with a slight compression",
        "Suppl. 9.1; Fig. 10c",
        at_its_end(rises_and_flattens, _own),
        last_two_of_fig_10c,
    ),
    Claim(
        STAYS_UP,
        "Sec. 5; Fig. 5b",
        beside(
            lambda of: stays_at(of.pair.regularised, of.layer),
            lambda of: compresses_at(of.pair.free, of.layer),
            "free weights compress it",
        ),
        last_two_of_fig_5b,
    ),
    Claim(
        "{of.regularised.name}: the test loss does not increase",
        "Sec. 5; Fig. 5b",
        after(
            beside(loss_stays, free_loss_rises, "it does with free weights"),
            LOSS_RISES,
            last_of_pair,
        ),
        of_fig_5,
    ),
    Claim(
        "{of.name}: n = 4·10⁶ samples suffice: half of them give the same I(X;T), in all "
        "layers at all epochs",
        "Remark 1",
        half_is_enough,
        with_enough,
    ),
)
"""In the order of the paper, but for the remark."""
