"""Noisy networks: what their studies train, and what they look at beside the information."""

from collections.abc import Sequence
from itertools import product
from typing import Annotated, Any

import pandas as pd
from matplotlib.figure import Figure
from pydantic import Field, model_validator

from ib_mlflow import figures
from ib_mlflow.information import Binned, SamplePropagation, distance_histogram
from ib_mlflow.trajectory import Trajectory
from projects.clusters import SHOWN, drawn
from projects.configuration import Activation, CommaList, TrainingConfiguration, Units
from projects.ensembles import Condition, Network, View
from projects.findings import nearest_epoch
from projects.networks import Trained
from projects.tasks import Task

GOLDFELD = "Estimating Information Flow in DNNs"
SP = (
    "I(X;T) is that of the noisy networks, by sample propagation; in the trajectory every value "
    "has its standard error, and `reliable` says where the propagations were too few: the estimate "
    "is then too high. H(Bin T) is taken of the same networks without their noise."
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


def moments(trajectory: Trajectory, count: int = 4) -> tuple[int, ...]:
    """Measured epochs at even distances on a logarithmic scale, the first one after training began.

    Arguments:
        trajectory: the curves.
        count: how many.

    Returns:
        The epochs, ascending, each once.
    """
    last = trajectory.epochs[-1]
    wanted = [last ** (k / (count - 1)) for k in range(count)]
    return tuple(sorted({nearest_epoch(trajectory, epoch) for epoch in wanted}))


def clusters(one: Trained, chosen: NoiseConfiguration) -> tuple[dict[str, Figure], pd.DataFrame]:
    """Look at how one member of every child places the samples, and how far apart.

    It is the first one that did not diverge; a child without one is left out.

    Reference:
        Goldfeld et al. (2018), arXiv:1810.05728, figures 5 and 6.

    Arguments:
        one: the ensemble.
        chosen: the study's parameters.

    Returns:
        Figures by the child's name and the file's, as "tanh, beta=0.005/scatter.png"; and a row
        per (child, epoch, layer) with `overlap`, the area that the histograms of distances within
        and between classes share.
    """
    epochs = moments(one.trajectory)
    last, labels = len(one.network.hidden), one.network.task.measured.labels
    firsts = {
        view.name: left[0]
        for view in one.network.views
        if (left := [member for member in view.members or one.sound if member in one.sound])
    }
    points: dict[str, dict[int, Any]] = {name: {} for name in firsts}
    pairs: dict[str, list[pd.DataFrame]] = {name: [] for name in firsts}
    overlaps = []
    for epoch in epochs:
        for layer, activations in one.at(epoch, chosen).activations(one.network.inputs):
            if layer > last:
                continue
            for name, member in firsts.items():
                if layer == last:
                    points[name][epoch] = activations[member]
                found = distance_histogram(activations[member], labels, bin_count=SHOWN)
                pairs[name].append(drawn(found, epoch, layer))
                overlaps.append((name, epoch, layer, float(found.overlap)))
    shown = {f"{name}/distances.png": _distances(tables) for name, tables in pairs.items()}
    if one.network.hidden[-1] in (2, 3):
        for name, of_epoch in points.items():
            shown[f"{name}/scatter.png"] = figures.layer_scatter(
                of_epoch, labels, layer=f"layer {last}"
            )
    return shown, pd.DataFrame(overlaps, columns=["child", "epoch", "layer", "overlap"])


def _distances(tables: Sequence[pd.DataFrame]) -> Figure:
    return figures.distance_histograms(pd.concat(tables, ignore_index=True))


def log_clusters(one: Trained, shown: dict[str, Figure]) -> None:
    """Put each child's figures on its own run."""
    for place, figure in shown.items():
        child, name = place.rsplit("/", 1)
        one.recording.child(child).log_figure(figure, name)
