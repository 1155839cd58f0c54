"""Ensembles of fully connected networks, as most studies train them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from ib_mlflow.errors import ConfigurationError, InvalidInputError
from ib_mlflow.information import Binned, BoundedBins
from ib_mlflow.networks import mlp
from ib_mlflow.networks.perceptrons.sizes import check_weights
from ib_mlflow.studies.configuration import TrainingConfiguration
from ib_mlflow.studies.fields import BinOrigin, as_text
from ib_mlflow.studies.running.ensembles import DescentSpec, EnsembleSpec
from ib_mlflow.studies.running.groups import PLANE, Estimator, Group, binned_groups
from ib_mlflow.studies.running.tasks import Task
from ib_mlflow.training import Schedule

SINGLE = 4
"""Bytes of a weight in float32."""


@dataclass(frozen=True)
class Layers:
    """The hidden layers of a fully connected network.

    Arguments:
        units: of each layer.
        activations: of each layer.
    """

    units: tuple[int, ...]
    activations: tuple[str, ...]

    @classmethod
    def alike(cls, units: Sequence[int], activation: str) -> "Layers":
        """Layers that all have one activation.

        Example:
            >>> Layers.alike((4, 3), "tanh").activations
            ('tanh', 'tanh')
        """
        return cls(tuple(units), (activation,) * len(units))

    def bins(self, bin_size: float, origin: BinOrigin) -> Binned | BoundedBins:
        """The binning estimator of these layers and a softmax output.

        Arguments:
            bin_size: width of a bin, in activation units.
            origin: "zero" for an edge at 0, "bounds" for borders at the activations' bounds.

        Raises:
            ConfigurationError: borders at bounds that an activation does not have.

        Example:
            >>> Layers.alike((4, 3), "tanh").bins(0.07, "bounds").setting
            'bin_size=0.07,bin_origin=bounds'
        """
        if origin == "zero":
            return Binned(bin_size=bin_size)
        try:
            return BoundedBins(bin_size, (*self.activations, "softmax"))
        except InvalidInputError as error:
            raise ConfigurationError(
                error.invariant, received=error.received, fix="Choose bin_origin=zero."
            ) from None

    def roles(self, bin_size: float, origin: BinOrigin) -> dict[str, Estimator]:
        """The same as the one estimator of a group; arguments as for `bins`."""
        return {PLANE: self.bins(bin_size, origin)}


def mlp_spec(
    name: str,
    task: Task,
    configuration: TrainingConfiguration,
    layers: Layers,
    groups: Sequence[Group],
    schedule: Schedule | None = None,
) -> EnsembleSpec:
    """An ensemble of fully connected networks, trained as a configuration says.

    Arguments:
        name: what tells it from the study's other ensembles.
        task: what it learns.
        configuration: the study's parameters.
        layers: the hidden layers.
        groups: its child runs.
        schedule: the epochs that are measured; the usual geometric ones by default.

    Returns:
        The ensemble, not built yet.

    Raises:
        ConfigurationError: a batch is larger than the training set.
        InvalidInputError: the weights do not fit in this machine's memory.
    """
    if configuration.batch_size > task.train_set.n:
        raise ConfigurationError(
            "a batch must not be larger than the training set",
            received=f"{configuration.batch_size} rows of {task.train_set.n}",
            fix="Choose smaller batches.",
        )
    widths = (task.train_set.m, *layers.units, task.train_set.c)
    spec = EnsembleSpec(
        name=name,
        task=task,
        build=partial(
            mlp,
            widths,
            activation=layers.activations,
            initialisation=configuration.initialisation,
        ),
        schedule=schedule or Schedule.geometric(configuration.epochs),
        descent=DescentSpec(
            configuration.learning_rate,
            configuration.batch_size,
            momentum=configuration.momentum,
            weight_decay=configuration.weight_decay,
        ),
        groups=tuple(groups),
        activations=layers.activations,
        device=configuration.device,
        parameters={
            "hidden": as_text(layers.units),
            "initialisation": configuration.initialisation,
            "test_fraction": configuration.test_fraction,
            "split_seed": configuration.split_seed,
            "scale": configuration.scale,
        },
    )
    if configuration.cluster == "none":
        # The workers of a cluster have memories of their own, which only they can tell.
        check_weights(widths, len(spec.members), SINGLE)
    return spec


def binned_spec(
    name: str,
    task: Task,
    configuration: TrainingConfiguration,
    layers: Layers,
    bin_sizes: Sequence[float],
    origin: BinOrigin = "zero",
) -> EnsembleSpec:
    """Such an ensemble, measured with bins: a child run for each size.

    Arguments:
        name: what tells it from the study's other ensembles; the child runs begin with it.
        task: what it learns.
        configuration: the study's parameters.
        layers: the hidden layers.
        bin_sizes: widths of a bin, in activation units.
        origin: where bins have a border.

    Returns:
        The ensemble, not built yet.

    Raises:
        ConfigurationError: borders at bounds that an activation does not have.
    """
    groups = binned_groups(
        name,
        sorted(bin_sizes),
        configuration.seeds,
        bins=partial(layers.roles, origin=origin),
    )
    return mlp_spec(name, task, configuration, layers, groups)
