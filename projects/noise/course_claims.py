"""What is said of I(X;T) from an epoch on, and of large noise.

Reference:
    Goldfeld et al. (2018), arXiv:1810.05728, section 5, supplement 9.1; Fig. 5a and 10a.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ib_mlflow.studies.judging.bounded import cautious_values, changes
from ib_mlflow.studies.judging.claims import Claim
from ib_mlflow.studies.judging.curves import curves_of_layer
from ib_mlflow.studies.judging.judgements import Judgement, between
from ib_mlflow.studies.judging.lengths import HAPPENS, Course, after, at_its_end
from ib_mlflow.studies.judging.shares import most_beyond
from ib_mlflow.studies.judging.thresholds import NEAR
from ib_mlflow.studies.judging.verdicts import rises
from ib_mlflow.trajectory.members import nearest_epoch
from ib_mlflow.units import nats
from .guards import DROPS, LOSS_RISES, deepest, last_epoch
from .layer_claims import NoisyLayer
from .networks import DROPS_FROM
from .paper import FIG_5, FIG_10
from .readings import NoiseReadings, NoisyGroup

DROPPED = 2 * DROPS_FROM
"""The epoch by which the first drop of I(X;T) is over: twice that at which it begins."""


def falls_from(of: NoisyLayer, epoch: int) -> Judgement:
    """Judge whether a layer ends with less I(X;T) than it has at an epoch, network by network.

    Arguments:
        of: the layer.
        epoch: from which it falls; the nearest measured one is taken.

    Returns:
        The judgement, which must hold wherever between their bounds both estimates lie.
    """
    plane = of.group.plane
    at = nearest_epoch(plane, epoch)
    cautious = replace(plane, frame=plane.frame.assign(i_x=cautious_values(plane)))
    low, high = (curves_of_layer(own, of.layer) for own in (cautious, plane))
    place = plane.epochs.index(at)
    note = f"From epoch {at} to {plane.epochs[-1]}."
    by_estimates, *limits = (
        rises(before[:, place] - end[:, -1], note=note)
        for before, end in ((high, high), (low, high), (high, low))
    )
    return between(by_estimates, limits)


def gains(group: NoisyGroup) -> Judgement:
    """Judge whether the last hidden layer gains I(X;T) in most networks."""
    note = ("A gain counts from ", nats(NEAR), ".")
    by_estimates, *limits = (
        most_beyond(change.gained, NEAR, note=note)
        for change in changes(group.plane, group.deepest)
    )
    return between(by_estimates, limits)


def last_layers(readings: NoiseReadings) -> list[NoisyLayer]:
    """The last hidden layer of the networks of Fig. 5a."""
    return [NoisyLayer(group, group.deepest) for group in readings.free("tanh", FIG_5)]


def last_two_of_fig_5a(readings: NoiseReadings) -> list[NoisyLayer]:
    """The two last hidden layers of the networks of Fig. 5a, its 4 and 5."""
    groups = readings.free("tanh", FIG_5)
    return [NoisyLayer(group, layer) for group in groups for layer in group.plane.layers[-2:]]


COURSE: Sequence[Claim[NoiseReadings, Any]] = (
    Claim(
        f"{{of.name}}: at the end I(X;T) of layer {{of.layer}} is reduced even more, below what it "
        f"is at epoch {DROPPED}",
        "Sec. 5; Fig. 5a",
        after(
            at_its_end(
                lambda of: falls_from(of, DROPPED),
                lambda of: Course(of.group.plane, of.layer),
                HAPPENS,
            ),
            DROPS,
            lambda of: last_epoch(of.group),
        ),
        last_layers,
    ),
    Claim(
        f"{{of.name}}: while the test loss rises, from epoch {LOSS_RISES.number} on, I(X;T) of "
        "layer {of.layer} falls",
        "Sec. 5; Fig. 5a",
        after(
            lambda of: falls_from(of, LOSS_RISES.number),
            LOSS_RISES,
            lambda of: last_epoch(of.group),
        ),
        last_two_of_fig_5a,
    ),
    Claim(
        "{of.name}: with large noise I(X;T) of layer {of.deepest} rises",
        "Suppl. 9.1; Fig. 10a",
        at_its_end(gains, deepest, HAPPENS),
        lambda r: r.free("tanh", FIG_10),
    ),
)
"""In the order of the paper."""
