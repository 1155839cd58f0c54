"""Stochastic and full-batch descent from the same start, and how they are compared.

Reference:
    On the Information Bottleneck Theory of Deep Learning, slides "Diffusion Improves
    Generalisation", "Criticisms" (Saxe et al., 2018) and "Rebuttal".
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from ib_mlflow.studies.configuration import TrainingConfiguration
from ib_mlflow.studies.reporting.ensembles import C_co, Ensembles, log_groups
from ib_mlflow.studies.reporting.evidence import Evidence
from ib_mlflow.studies.running.ensembles import EnsembleSpec
from ib_mlflow.studies.running.runner import Runner
from ib_mlflow.studies.running.training import Trained
from ib_mlflow.training import Schedule
from ib_mlflow.trajectory import Trajectory
from ib_mlflow.trajectory.members import Numbers, drops, validation_accuracy
from ib_mlflow.trajectory.milestones import until

C = TypeVar("C", bound=TrainingConfiguration)
STOCHASTIC, FULL = "stochastic", "full batch"
"""The ensembles."""
LENGTHS = (
    "At equal epochs full batches make fewer updates, so that what differs there may come from the "
    "length of the descent; at equal updates the start and the number of steps are the same, and "
    "only the noise of the gradients differs."
)


@dataclass(frozen=True, eq=False)
class Descent:
    """Networks that learned in one way for so long, as claims speak of them.

    Arguments:
        name: how and for how long, in words.
        short: the same in a few letters, for axes.
        plane: their curves up to then.
        last_hidden: the last hidden layer.
        steps: updates an epoch.
    """

    name: str
    short: str
    plane: Trajectory
    last_hidden: int
    steps: int

    @property
    def epochs(self) -> int:
        """How long they learned."""
        return self.plane.epochs[-1]

    @property
    def updates(self) -> int:
        """How often their weights changed."""
        return self.epochs * self.steps

    @property
    def lost(self) -> Numbers:
        """What the last hidden layer lost of I(X;T) after its peak: (e,) nats."""
        return drops(self.plane, self.last_hidden)

    @property
    def accuracy(self) -> Numbers:
        """On the validation set at the end: (e,)."""
        return validation_accuracy(self.plane, self.epochs)


@dataclass(frozen=True, eq=False)
class Comparison:
    """Full-batch descent beside the stochastic one of the same seeds, equally long.

    Arguments:
        equal: what is equal, as "updates".
        stochastic: with noise in its gradients.
        full: without.
    """

    equal: str
    stochastic: Descent
    full: Descent


@dataclass(frozen=True, eq=False)
class Descents(Generic[C_co]):
    """What the study of full batches has read.

    Arguments:
        ensembles: the trained ensembles.
        comparisons: at equal updates and at equal epochs.
    """

    ensembles: Ensembles[C_co]
    comparisons: Sequence[Comparison]

    @property
    def configuration(self) -> C_co:
        """The study's parameters."""
        return self.ensembles.configuration

    @property
    def evidence(self) -> Evidence:
        """What the conclusion rests on."""
        return self.ensembles.evidence

    @property
    def stochastic(self) -> Descent:
        """The stochastic descent, the same in both comparisons."""
        return self.comparisons[0].stochastic

    @property
    def descents(self) -> list[Descent]:
        """The stochastic descent, and the full-batch one at each length."""
        return [self.stochastic, *(comparison.full for comparison in self.comparisons)]


def in_full_batches(spec: EnsembleSpec) -> EnsembleSpec:
    """The same networks, trained by full batches for as many updates.

    Arguments:
        spec: trained by minibatches.

    Returns:
        The ensemble; it is measured also when it has seen the data as often as the other.
    """
    rows, epochs = spec.task.train_set.n, spec.schedule.last
    schedule = Schedule.geometric(epochs * steps_of(spec))
    whole = replace(spec.descent, batch_size=rows)
    return replace(spec, descent=whole, schedule=Schedule.of([*schedule.epochs, epochs]))


def steps_of(spec: EnsembleSpec) -> int:
    """The updates of an epoch."""
    return -(-spec.task.train_set.n // spec.descent.batch_size)


def read_descents(_: Runner, configuration: C, trained: Sequence[Trained]) -> Descents[C]:
    """Set full batches beside minibatches, at equal updates and at equal epochs."""
    log_groups(trained)
    ensembles = Ensembles(configuration, trained)
    groups = {group.name: group for group in ensembles.groups}
    stochastic, full = (groups[name] for name in (STOCHASTIC, FULL))
    spec, last, plane = stochastic.trained.spec, stochastic.last_hidden, full.plane()
    size = spec.descent.batch_size
    minibatches = Descent(
        f"minibatches of {size}",
        f"SGD, batches of {size}",
        stochastic.plane(),
        last,
        steps_of(spec),
    )
    equal = {"updates": plane, "epochs": until(plane, spec.schedule.last)}
    return Descents(
        ensembles,
        [
            Comparison(
                what,
                minibatches,
                Descent(f"full batches, equal {what}", f"GD, equal {what}", curves, last, 1),
            )
            for what, curves in equal.items()
        ],
    )
