"""What the study of the MNIST CNN has read, version by version."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from ib_mlflow.studies.reporting.ensembles import Ensembles, log_groups
from ib_mlflow.studies.reporting.evidence import Evidence
from ib_mlflow.studies.running.runner import Runner
from ib_mlflow.studies.running.training import Trained, TrainedGroup
from ib_mlflow.trajectory import Trajectory
from .configuration import Configuration
from .measures import (
    Dynamics,
    Similarities,
    dynamics,
    input_entropy,
    similarities,
)
from .networks import DETERMINISTIC, DROPOUT


@dataclass(frozen=True)
class Versions:
    """All versions of the network, and what was measured of them.

    Arguments:
        ensembles: the trained ensembles.
        similarities: of every other version to the deterministic one.
        dynamics: of the version with dropout.
        input_entropy: H(Bin X) in nats of the held-out images.
    """

    ensembles: Ensembles[Configuration]
    similarities: Similarities
    dynamics: Dynamics
    input_entropy: float

    @property
    def configuration(self) -> Configuration:
        """The study's parameters."""
        return self.ensembles.configuration

    @property
    def evidence(self) -> Evidence:
        """What the conclusion rests on."""
        return self.ensembles.evidence

    @cached_property
    def planes(self) -> Mapping[str, Trajectory]:
        """The plane of each version, by its name."""
        return self.ensembles.planes

    @cached_property
    def betas(self) -> Mapping[str, float]:
        """The noise of each version, by its name; 0 where there is none."""
        return {group.name: group.group.condition.beta for group in self.ensembles.groups}


def read_versions(_: Runner, configuration: Configuration, trained: Sequence[Trained]) -> Versions:
    """Compare the versions, and put each one's results on its run."""
    log_groups(trained)
    ensembles = Ensembles(configuration, trained)
    groups = {group.name: group for group in ensembles.groups}
    likeness = similarities(
        groups[DETERMINISTIC], [group for name, group in groups.items() if name != DETERMINISTIC]
    )
    log_similarities(likeness, groups.values())
    dropout = groups[DROPOUT]
    return Versions(
        ensembles,
        likeness,
        dynamics(dropout, configuration.bin_sizes, configuration.even_epochs),
        input_entropy(dropout.trained.spec.task.measured.features()),
    )


def log_similarities(likeness: Similarities, versions: Iterable[TrainedGroup]) -> None:
    """Put each version's mean similarities on its run, for the comparison pages."""
    table = likeness.table
    for version in versions:
        rows = table[table["version"] == version.name]
        version.trained.recording.child(version.name).log_metrics(
            {
                f"summary/cosine_to_deterministic.layer_{layer}": float(of["cosine"].mean())
                for layer, of in rows.groupby("layer")
            }
        )
