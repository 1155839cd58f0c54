"""What studies of noisy networks read: groups by noise and regularisation, and pairs of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from ib_mlflow.studies.checkpoints.distances import Clusters, log_stages, measure_clusters
from ib_mlflow.studies.checkpoints.extremes import largest_activations
from ib_mlflow.studies.checkpoints.saturation import saturated_units
from ib_mlflow.studies.judging.bounded import Changes, changes, reliable_shares
from ib_mlflow.studies.reporting.ensembles import Ensembles, log_groups
from ib_mlflow.studies.reporting.evidence import Evidence
from ib_mlflow.studies.running.groups import Condition
from ib_mlflow.studies.running.runner import Runner
from ib_mlflow.studies.running.training import Trained, TrainedGroup
from ib_mlflow.trajectory import Trajectory
from .clusters import cluster_figures
from .networks import BINNED, NoiseConfiguration
from .paper import ORTHONORMALITY


@dataclass(frozen=True, eq=False)
class NoisyGroup:
    """Networks of one noise and one strength of the regularisation, as claims speak of them.

    Arguments:
        group: the networks after training.
        clusters: how their layers place the samples.
        saturation: what `saturated_units` counts at the end, of tanh networks.
        largest: what `largest_activations` finds at the stages of the clusters, of ReLU networks.
    """

    group: TrainedGroup
    clusters: Clusters
    saturation: pd.DataFrame | None = None
    largest: pd.DataFrame | None = None

    @property
    def activation(self) -> str:
        """Of its hidden layers."""
        return self.group.trained.spec.activations[0]

    @property
    def condition(self) -> Condition:
        """Its noise and its regularisation."""
        return self.group.group.condition

    @property
    def regularised(self) -> bool:
        """Whether its weights are kept near orthonormal ones."""
        return self.condition.orthonormality > 0

    @property
    def weights(self) -> str:
        """The kind of its weights, in a sentence."""
        strength = self.condition.orthonormality
        if strength in (0, ORTHONORMALITY):
            return "orthonormal weights" if strength else "free weights"
        return f"weights with orthonormality={strength:g}"

    @property
    def name(self) -> str:
        """As its child run is called."""
        return self.group.name

    @cached_property
    def plane(self) -> Trajectory:
        """By sample propagation, of the hidden layers."""
        return self.group.plane()

    @cached_property
    def binned(self) -> Trajectory:
        """The same layers in bins of 10 β."""
        return self.group.plane(BINNED).select(layers=self.plane.layers)

    @property
    def deepest(self) -> int:
        """The last hidden layer."""
        return self.plane.layers[-1]

    @property
    def before(self) -> int:
        """The hidden layer before it."""
        return self.plane.layers[-2]

    @cached_property
    def changes(self) -> Changes:
        """How I(X;T) of that layer rose and fell: by the estimates, at least, and at most."""
        return changes(self.plane, self.deepest)


@dataclass(frozen=True, eq=False)
class Regularisation:
    """Networks of one noise with free weights, and those of the same seeds with regularised ones.

    Arguments:
        free: without the regularisation.
        regularised: with it.
    """

    free: NoisyGroup
    regularised: NoisyGroup


@dataclass(frozen=True, eq=False)
class NoiseReadings:
    """What a study of noisy networks has read.

    Arguments:
        ensembles: all trained ensembles.
        groups: their noisy groups.
    """

    ensembles: Ensembles[NoiseConfiguration]
    groups: Sequence[NoisyGroup]

    @property
    def configuration(self) -> NoiseConfiguration:
        """The study's parameters."""
        return self.ensembles.configuration

    @property
    def evidence(self) -> Evidence:
        """What the conclusion rests on."""
        return self.ensembles.evidence

    @property
    def deterministic(self) -> list[TrainedGroup]:
        """The groups without noise."""
        return [group for group in self.ensembles.groups if not group.group.condition.beta]

    @property
    def activations(self) -> list[str]:
        """Of the noisy groups, each once."""
        return list(dict.fromkeys(group.activation for group in self.groups))

    def all_of(self, activation: str) -> list[NoisyGroup]:
        """The groups of an activation."""
        return [group for group in self.groups if group.activation == activation]

    def free(self, activation: str | None = None, beta: float | None = None) -> list[NoisyGroup]:
        """The groups of free weights.

        Arguments:
            activation: of the groups; None for any.
            beta: standard deviation of their noise; None for any.
        """
        return self._select(False, activation, beta)

    def regularised(
        self, activation: str | None = None, beta: float | None = None
    ) -> list[NoisyGroup]:
        """The groups of regularised weights; arguments as for `free`."""
        return self._select(True, activation, beta)

    def orthonormal(self, activation: str, beta: float) -> list[NoisyGroup]:
        """The groups that are regularised as strongly as the paper's; arguments as for `free`."""
        groups = self.regularised(activation, beta)
        return [group for group in groups if group.condition.orthonormality == ORTHONORMALITY]

    def _select(
        self, regularised: bool, activation: str | None, beta: float | None
    ) -> list[NoisyGroup]:
        return [
            group
            for group in self.groups
            if group.regularised == regularised
            and activation in (None, group.activation)
            and beta in (None, group.condition.beta)
        ]

    def regularisations(
        self, activation: str | None = None, beta: float | None = None
    ) -> list[Regularisation]:
        """Every regularised group beside the free one of its noise; arguments as for `free`."""
        return [
            Regularisation(free, regularised)
            for free in self.free(activation, beta)
            for regularised in self.regularised(free.activation, free.condition.beta)
        ]

    @property
    def least_noisy(self) -> list[NoisyGroup]:
        """Of every activation the free group of the smallest noise, if one is free."""
        free = filter(None, map(self.free, self.activations))
        return [min(groups, key=lambda group: group.condition.beta) for groups in free]

    @property
    def noises(self) -> list[tuple[NoisyGroup, NoisyGroup]]:
        """The free tanh groups of the smallest and of the largest noise, where these differ."""
        free = sorted(self.free("tanh"), key=lambda group: group.condition.beta)
        return [(free[0], free[-1])] if len(free) > 1 else []


def _all(group: TrainedGroup, activation: str) -> bool:
    """Whether all hidden layers have an activation, of networks that did not all diverge."""
    return set(group.trained.spec.activations) == {activation} and bool(group.sound)


def _noisy_group(group: TrainedGroup) -> NoisyGroup:
    """Measure how a noisy group places the samples, and how far its units go."""
    stages = log_stages(group.trained.trajectory, first=1)
    return NoisyGroup(
        group,
        measure_clusters(group, layers=group.trained.spec.hidden_layers, stages=stages),
        saturated_units(group, stages[-1]) if _all(group, "tanh") else None,
        largest_activations(group, stages) if _all(group, "relu") else None,
    )


def read_noisy(
    _: Runner, configuration: NoiseConfiguration, trained: Sequence[Trained]
) -> NoiseReadings:
    """Measure how every noisy group places the samples, and put that on its run."""
    log_groups(trained)
    ensembles = Ensembles(configuration, trained)
    groups = [_noisy_group(group) for group in ensembles.groups if group.group.condition.beta]
    for noisy in groups:
        _log(noisy)
    return NoiseReadings(ensembles, groups)


def _log(noisy: NoisyGroup) -> None:
    """Put a group's clusters and the shares of its estimates that are reliable on its run."""
    run = noisy.group.trained.recording.child(noisy.group.name)
    for name, figure in cluster_figures(noisy.group, noisy.clusters).items():
        run.log_figure(figure, name)
    # Of the layer with the fewest: the table of errors in the report has them all.
    run.log_metrics({"summary/reliable_share": min(reliable_shares(noisy.plane).values())})
