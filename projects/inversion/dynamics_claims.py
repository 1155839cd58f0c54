"""How the claims about training are judged, and its numbers in tables and curves.

Reference:
    Nash, Kushman & Williams (2018), "Inverting Supervised Representations with Autoregressive
    Neural Density Models", section 5.3; Fig. 5b.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from ib_mlflow import figures
from ib_mlflow.information import Estimate
from ib_mlflow.studies.decoding.terms import height_above, mean_of
from ib_mlflow.studies.judging.judgements import Judgement, steady
from ib_mlflow.studies.judging.margins import CONSIDERABLY
from ib_mlflow.studies.judging.networks import positive_over_networks
from ib_mlflow.studies.judging.verdicts import interval_of
from ib_mlflow.studies.reporting.table import Table
from ib_mlflow.units import nats
from .dynamics import NETWORKS, BoundDynamics, Place
from .networks import NORMAL, OVERFITTED


@dataclass(frozen=True)
class LayerDynamics:
    """What is known of one layer at every stage.

    Arguments:
        name: the layer.
        dynamics: of all layers.
    """

    name: str
    dynamics: BoundDynamics

    @property
    def first(self) -> int:
        """The first stage, in updates."""
        return self.dynamics.stages[0]

    @property
    def last(self) -> int:
        """The last stage, in updates."""
        return self.dynamics.stages[-1]

    @property
    def highest(self) -> int:
        """The stage at which the bound of the normal network is highest, in updates."""
        bound = self.dynamics.bound
        return max(self.dynamics.stages, key=lambda updates: bound(self.at(updates)).value)

    def at(self, updates: int, network: str = NORMAL) -> Place:
        """The layer at one stage."""
        return Place(network, self.name, updates)

    def rises_above(self, stage: int, stages: Sequence[int]) -> list[Estimate]:
        """How far the highest of some stages lies above another one, of each network, in nats.

        Either half of the images is measured at the stage that is highest on the other half, so
        that the choice does not flatter the difference.

        Arguments:
            stage: the one that is compared with, in updates.
            stages: of which the highest is taken.
        """
        rises = []
        for information in self.dynamics.informations:
            terms = information.terms
            curve = np.stack([terms[self.at(updates).name] for updates in stages])
            rises.append(mean_of(height_above(curve, terms[self.at(stage).name])))
        return rises


def layer_dynamics(dynamics: BoundDynamics) -> list[LayerDynamics]:
    """Each layer that was inverted."""
    return [LayerDynamics(name, dynamics) for name in dynamics.layers]


def rises_at_first(layer: LayerDynamics) -> Judgement:
    """Judge whether the bound is higher at some later stage than at the first."""
    above = layer.rises_above(layer.first, layer.dynamics.stages[1:])
    return positive_over_networks(above, note=(_peak(layer),))


def falls_again(layer: LayerDynamics) -> Judgement:
    """Judge whether the bound is higher at some earlier stage than at the last."""
    above = layer.rises_above(layer.last, layer.dynamics.stages[:-1])
    return positive_over_networks(above, note=(_peak(layer),))


def overfitted_keeps_more(layer: LayerDynamics) -> Judgement:
    """Judge whether the overfitted network says considerably more of the image in the end.

    Beside what the normal one has lost by then, after its highest.
    """
    overfitted, normal = layer.at(layer.last, OVERFITTED).name, layer.at(layer.last).name
    stages = layer.dynamics.stages[:-1]

    def judge(factor: float) -> Judgement:
        beyond = []
        for information in layer.dynamics.informations:
            terms = information.terms
            curve = np.stack([terms[layer.at(updates).name] for updates in stages])
            more, lost = terms[overfitted] - terms[normal], height_above(curve, terms[normal])
            beyond.append(mean_of(more - factor * CONSIDERABLY * lost))
        note = (
            f"By how much it is more than {CONSIDERABLY:g} of what the normal network has lost "
            "after its highest; of the first network it is ",
            nats(layer.dynamics.information.difference(overfitted, normal).value), " more.",
        )  # fmt: skip
        return positive_over_networks(beyond, note=note)

    return steady(judge)


def _peak(layer: LayerDynamics) -> str:
    return f"The first network's bound is highest after {layer.highest} updates."


def bounds_table(dynamics: BoundDynamics) -> Table:
    """The bounds of every network, layer and stage."""
    rows = []
    for place in dynamics.places:
        start = place._replace(updates=dynamics.stages[0])
        change = dynamics.information.difference(place.name, start.name)
        rows.append(
            (
                *place,
                f"{dynamics.accuracies[place.network, place.updates]:.4f}",
                interval_of(dynamics.bound(place)).quantity("nats"),
                interval_of(change).quantity("nats"),
            )
        )
    columns = ["network", "layer", "updates", "test accuracy", "−H(x|h) from below"]
    return Table([*columns, "after the start, in pairs"], rows)


def warm_table(dynamics: BoundDynamics) -> Table:
    """What a warm start costs in nats, and what it saves in updates."""
    rows = []
    for place, warm in dynamics.warm.items():
        price = dynamics.information.difference(place.warm_name, place.name)
        scratch = dynamics.decoders[place]
        reached = warm.first_update_with(scratch.best_loss)
        rows.append(
            (
                place.layer,
                place.updates,
                interval_of(price).quantity("nats"),
                nats(scratch.best_loss),
                scratch.first_update_with(scratch.best_loss),
                f"not within {warm.updates}" if reached is None else reached,
            )
        )
    return Table(
        [
            "layer",
            "updates of the classifier",
            "warm − from scratch, in pairs",
            "best held-out loss from scratch",
            "updates to it, from scratch",
            "updates to it, warm",
        ],
        rows,
    )


def draw_bounds(dynamics: BoundDynamics) -> Figure:
    """Fig. 5b."""

    def point(place: Place) -> tuple[float, float]:
        bound = dynamics.bound(place)
        return bound.value, bound.standard_error

    bounds = {
        network: {
            layer: {updates: point(Place(network, layer, updates)) for updates in dynamics.stages}
            for layer in dynamics.layers
        }
        for network in NETWORKS
    }
    return figures.training_bounds(
        bounds, label="−H(x|h) from below", unit=dynamics.configuration.unit
    )
