"""Noisy networks: what their studies train, and what they say of every child run."""

from itertools import product
from typing import Annotated

from pydantic import Field, model_validator

from ib_mlflow.information import Binned, SamplePropagation
from ib_mlflow.studies.configuration import Activation, CommaList, TrainingConfiguration, Units
from ib_mlflow.studies.judging.bounded import errors_table, reliable_shares
from ib_mlflow.studies.judging.claims import plane_table
from ib_mlflow.studies.running.ensembles import Condition, Network, View
from ib_mlflow.studies.running.tasks import Task
from ib_mlflow.studies.running.training import Trained
from ib_mlflow.trajectory import Trajectory

GOLDFELD = "Estimating Information Flow in DNNs"
SP = (
    "I(X;T) is that of the noisy networks, by sample propagation; in the trajectory every value "
    "has its standard error, and `reliable` says where the propagations were too few: the estimate "
    "is then too high, and a claim that rests on it is judged between it and its lower bound, and "
    "undecided where these give different verdicts. H(Bin T) is taken of the same networks without "
    "their noise."
)
BINS_PER_BETA = 10
"""H(Bin T) is taken with bins of this many standard deviations of the noise."""

Beta = Annotated[float, Field(gt=0, le=10)]
Strength = Annotated[float, Field(ge=0, le=1)]


class NoiseConfiguration(TrainingConfiguration):
    """What the studies of noisy networks have in common."""

    betas: CommaList[Beta] = Field(
        description="standard deviations of the noise on every hidden unit; a child run for each"
    )
    orthonormality: CommaList[Strength] = Field(
        (0.0, 5e-5), description="strengths of the pull towards orthonormal weights, 0 for none"
    )
    hidden: CommaList[Units] = Field((10, 7, 5, 4, 3), description="units of the hidden layers")
    measured: int = Field(ge=2, le=1000, description="epochs that are measured, about")
    repeats: int = Field(
        ge=4,
        le=100_000,
        multiple_of=2,
        description="propagations of every input, on which the estimate rests",
    )
    queries: int = Field(ge=100, le=10_000_000, description="draws of the Monte Carlo integral")

    @model_validator(mode="after")
    def _once_each(self) -> "NoiseConfiguration":
        for name in ("betas", "orthonormality"):
            if len(set(getattr(self, name))) < len(getattr(self, name)):
                raise ValueError(f"{name}: name each value once")
        return self

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Every noise with every strength of the pull."""
        return tuple(Condition(*pair) for pair in product(self.betas, self.orthonormality))


def child_name(activation: str, condition: Condition) -> str:
    """The name of the child run of some members.

    Example:
        >>> child_name("tanh", Condition(beta=0.005, orthonormality=5e-5))
        'tanh, beta=0.005, orthonormal'
    """
    name = f"{activation}, beta={condition.beta:g}" if condition.beta else activation
    return f"{name}, orthonormal" if condition.orthonormality else name


def noisy_network(task: Task, activation: Activation, chosen: NoiseConfiguration) -> Network:
    """One ensemble of all noises and strengths, with a child run for each pair.

    Arguments:
        task: what it learns.
        activation: of every hidden layer.
        chosen: the study's parameters.

    Returns:
        The network; each child is measured by sample propagation and with bins of 10 β.
    """
    estimator = SamplePropagation(repeats=chosen.repeats, n_queries=chosen.queries)
    views = [
        View(
            child_name(activation, condition),
            (estimator, Binned(bin_size=BINS_PER_BETA * condition.beta)),
            {"beta": condition.beta, "orthonormality": condition.orthonormality},
            tuple(range(group * chosen.members, (group + 1) * chosen.members)),
        )
        for group, condition in enumerate(chosen.conditions)
    ]
    return Network(
        name=activation,
        task=task,
        hidden=chosen.hidden,
        activations=(activation,) * len(chosen.hidden),
        initialisation=chosen.initialisation,
        views=views,
        conditions=chosen.conditions,
        measured=chosen.measured,
    )


def binned_planes(one: Trained) -> dict[str, Trajectory]:
    """What the bins of 10 β tell of each child's hidden layers, by the child's name."""
    hidden = range(1, len(one.network.hidden) + 1)
    return {
        view.name: view.plane(one.trajectory, estimator=1).select(layers=hidden)
        for view in one.network.views
    }


def noisy_tables(one: Trained, unit: str) -> dict[str, str]:
    """Where each child's layers end on the plane, and what is known of the errors there.

    Arguments:
        one: the ensemble.
        unit: the unit to write in.

    Returns:
        Markdown by the child's name.
    """
    return {
        name: f"{plane_table(plane, unit, output=False)}\n\n{errors_table(plane, unit)}"
        for name, plane in one.planes().items()
    }


def log_reliability(one: Trained) -> None:
    """Put the share of reliable estimates of each layer on each child's run."""
    for name, plane in one.planes().items():
        shares = reliable_shares(plane)
        one.recording.child(name).log_metrics(
            {f"summary/reliable_share.layer_{layer}": share for layer, share in shares.items()}
        )
