"""Noisy networks: what their studies train, a child run for each noise and regularisation."""

from collections.abc import Sequence
from itertools import product

from pydantic import Field

from ib_mlflow.information import SamplePropagation
from ib_mlflow.studies.configuration import TrainingConfiguration
from ib_mlflow.studies.fields import (
    BIN_ORIGIN,
    Activation,
    Beta,
    BinOrigin,
    Distinct,
    Hidden,
    Strength,
)
from ib_mlflow.studies.running.ensembles import EnsembleSpec
from ib_mlflow.studies.running.groups import PLANE, Condition, Group, spaced
from ib_mlflow.studies.running.perceptrons import Layers, mlp_spec
from ib_mlflow.studies.running.tasks import Task
from ib_mlflow.training import Schedule
from .paper import HIDDEN, ORTHONORMALITY

BINS_PER_BETA = 10
"""H(Bin T) is taken with bins of this many standard deviations of the noise."""
BINNED = "binned"
"""The role of the estimator of H(Bin T)."""
GROWS_UNTIL, DROPS_FROM = 28, 80
"""Epochs at which the paper says that I(X;T) of the last layer of Fig. 5a turns, and drops."""
LOSS_RISES_FROM = 3200
"""The epoch of Fig. 5a from which on the test loss rises, until training ends."""
TURNS = (
    GROWS_UNTIL // 2,
    GROWS_UNTIL,
    2 * GROWS_UNTIL,
    DROPS_FROM,
    2 * DROPS_FROM,
    LOSS_RISES_FROM // 2,
    LOSS_RISES_FROM,
)
"""What has to be measured to tell whether it does so about then."""
CLOSE = 1.1
"""Epochs are measured once that are no farther apart than this factor."""


class NoiseConfiguration(TrainingConfiguration):
    """What the studies of noisy networks have in common."""

    betas: Distinct[Beta] = Field(
        description="standard deviations of the noise on every hidden unit; a child run for each"
    )
    orthonormality: Distinct[Strength] = Field(
        (0.0, ORTHONORMALITY),
        description="strengths of the regularisation towards orthonormal weights, 0 for none",
    )
    hidden: Hidden = Field(HIDDEN, description="units of the hidden layers")
    measured: int = Field(ge=2, le=1000, description="epochs that are measured, about")
    repeats: int = Field(
        ge=4,
        le=100_000,
        multiple_of=2,
        description="propagations of every input, on which the estimate rests",
    )
    queries: int = Field(ge=100, le=10_000_000, description="draws of the Monte Carlo integral")
    bin_origin: BinOrigin = Field("zero", description=BIN_ORIGIN)

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Every noise with every strength of the regularisation."""
        return tuple(Condition(*pair) for pair in product(self.betas, self.orthonormality))


def condition_name(condition: Condition) -> str:
    """The name of a noise and a regularisation: of child runs, in claims and on axes.

    Example:
        >>> condition_name(Condition(beta=0.005, orthonormality=5e-5))
        'beta=0.005, orthonormal'
        >>> condition_name(Condition(beta=0.005, orthonormality=0.001))
        'beta=0.005, orthonormality=0.001'
    """
    words = [f"beta={condition.beta:g}"]
    if condition.orthonormality == ORTHONORMALITY:
        words.append("orthonormal")
    elif condition.orthonormality:
        words.append(f"orthonormality={condition.orthonormality:g}")
    return ", ".join(words)


def child_name(activation: str, condition: Condition) -> str:
    """The name of the child run of some members.

    Example:
        >>> child_name("tanh", Condition(beta=0.01))
        'tanh, beta=0.01'
    """
    return f"{activation}, {condition_name(condition)}"


def measured_epochs(configuration: NoiseConfiguration, named: Sequence[int] = ()) -> Schedule:
    """Epochs at even distances on a logarithmic scale, and those that a paper names.

    Arguments:
        configuration: the study's parameters.
        named: further epochs, taken where training goes on for twice as long, in place of those
            that are close to them.

    Returns:
        The schedule.
    """
    epochs = configuration.epochs
    even = spaced(epochs, configuration.measured).epochs
    added = [epoch for epoch in named if 2 * epoch <= epochs]
    kept = [
        epoch
        for epoch in even
        if epoch in (0, 1, epochs)
        or all(max(epoch, own) > CLOSE * min(epoch, own) for own in added)
    ]
    return Schedule.of({*kept, *added})


def noisy_spec(
    task: Task,
    activation: Activation,
    configuration: NoiseConfiguration,
    named: Sequence[int] = (),
) -> EnsembleSpec:
    """One ensemble of all noises and strengths, with a child run for each pair.

    Arguments:
        task: what it learns.
        activation: of every hidden layer.
        configuration: the study's parameters.
        named: epochs that are measured beside those at even distances.

    Returns:
        The ensemble, of the activation's name; each child is measured by sample propagation and
        with bins of 10 β.
    """
    propagation = SamplePropagation(repeats=configuration.repeats, n_queries=configuration.queries)
    layers = Layers.alike(configuration.hidden, activation)
    return mlp_spec(
        activation,
        task,
        configuration,
        layers,
        [
            Group(
                child_name(activation, condition),
                configuration.seeds,
                {
                    PLANE: propagation,
                    BINNED: layers.bins(BINS_PER_BETA * condition.beta, configuration.bin_origin),
                },
                condition=condition,
                parameters={"beta": condition.beta, "orthonormality": condition.orthonormality},
            )
            for condition in configuration.conditions
        ],
        measured_epochs(configuration, named),
    )
