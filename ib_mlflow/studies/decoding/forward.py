"""What can be read of the class from the layers of networks, over their training."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information import Estimate, classifier_information
from ib_mlflow.networks.images.layered import Classifier, Layered
from ib_mlflow.studies.decoding.configuration import ImageConfiguration
from ib_mlflow.studies.decoding.contexts import LayerContext
from ib_mlflow.studies.decoding.division import Parts
from ib_mlflow.studies.decoding.fitting import CLASS_LOG_PROBABILITIES
from ib_mlflow.studies.decoding.layer_fits import HeadFit
from ib_mlflow.studies.decoding.terms import mean_of
from ib_mlflow.studies.running.fits import run_fit
from ib_mlflow.studies.running.runner import Runner
from ib_mlflow.training.classification import class_log_probabilities
from ib_mlflow.training.fitting import Plan

HEAD, PROBE = "head", "probe"
"""What reads the class from a layer: what follows it with new weights, or a linear map."""
Place = tuple[int, str, str]
"""Updates of the network, the layer, and what reads it."""
Name = TypeVar("Name", bound=Hashable)


@dataclass(frozen=True, eq=False)
class ForwardCurves:
    """Lower bounds of I(Y;h) of layers over training, all of the same test images.

    Arguments:
        labels: (n,) classes of the test images.
        tables: (n, c) ln q(y'|h) in nats, by updates, layer and reader.
        own: (n, c) ln q(y'|x) of the classifier itself, by updates; none of a network that names
            no class.
    """

    labels: NDArray[np.int64]
    tables: Mapping[Place, NDArray[np.float64]]
    own: Mapping[int, NDArray[np.float64]]

    def information(self, updates: int, layer: str, reader: str = HEAD) -> Estimate:
        """The bound of a layer at a stage, in nats."""
        return classifier_information(self._table(updates, layer, reader), self.labels)

    def own_information(self, updates: int) -> Estimate:
        """The bound by the classifier's own log-likelihood at a stage, in nats."""
        return classifier_information(self._own(updates), self.labels)

    def terms(self, updates: int, layer: str, reader: str = HEAD) -> NDArray[np.float64]:
        """Return ln q(y|h) of the test images' own classes, (n,) nats."""
        return self._of_own_class(self._table(updates, layer, reader))

    def own_terms(self, updates: int) -> NDArray[np.float64]:
        """Return ln q(y|x) of the classifier itself, (n,) nats."""
        return self._of_own_class(self._own(updates))

    def change(self, layer: str, before: int, after: int, reader: str = HEAD) -> Estimate:
        """How much a layer's bound grew between two stages, in pairs, image by image.

        A difference of two bounds is no bound: their gaps may have changed.

        Arguments:
            layer: which.
            before: updates of the classifier.
            after: updates of the classifier.
            reader: "head" or "probe".

        Returns:
            The mean of ln q(y|h after) - ln q(y|h before), in nats, and its error over images.
        """
        return mean_of(self.terms(after, layer, reader) - self.terms(before, layer, reader))

    @property
    def stages(self) -> list[int]:
        """The measured stages, in updates."""
        return sorted({updates for updates, _, _ in self.tables} | self.own.keys())

    def _of_own_class(self, table: NDArray[np.float64]) -> NDArray[np.float64]:
        return table[np.arange(len(self.labels)), self.labels]

    def _own(self, updates: int) -> NDArray[np.float64]:
        if not self.own:
            raise InvalidInputError(
                "the likelihood of a class is that of a network that names classes",
                received="one that does not",
                fix="Ask what is read from its layers.",
            )
        if updates not in self.own:
            raise self._unmeasured(updates)
        return self.own[updates]

    def _table(self, updates: int, layer: str, reader: str) -> NDArray[np.float64]:
        place = (updates, layer, reader)
        if place not in self.tables:
            if updates not in self.stages:
                raise self._unmeasured(updates)
            measured = sorted({f"{name} by {kind}" for _, name, kind in self.tables})
            raise InvalidInputError(
                f"a layer and what reads it must be among {', '.join(measured)}",
                received=f"{layer} by {reader}",
                fix="Choose one of them, or name the layer when the curves are measured.",
            )
        return self.tables[place]

    def _unmeasured(self, updates: int) -> InvalidInputError:
        near = min(self.stages, key=lambda stage: abs(stage - updates))
        return InvalidInputError(
            f"a stage must be one of {', '.join(map(str, self.stages))} updates",
            received=updates,
            fix=f"Did you mean {near}?",
        )


@dataclass(frozen=True, eq=False)
class Readers:
    """Which layers are read, and how what reads them learns.

    Arguments:
        layers: names of layers.
        plan: of heads, which the paper trains as the classifier was.
        probe_plan: of linear probes.
    """

    layers: Sequence[str]
    plan: Plan
    probe_plan: Plan


@dataclass(frozen=True, eq=False)
class StagedNetwork:
    """A network as it was at stages of its training.

    Arguments:
        subject: what it is called.
        stages: the network, by updates.
        configuration: the study's parameters, with the seed of what reads this network.
    """

    subject: str
    stages: Mapping[int, Layered]
    configuration: ImageConfiguration

    def layer(self, updates: int, name: str) -> LayerContext:
        """A layer at a stage.

        Raises:
            InvalidInputError: there is no such layer.
        """
        network = self.stages[updates]
        network.number(name)
        return LayerContext(network, name, f"{self.subject}, {updates} updates,")


def forward_curves(
    runner: Runner, parts: Parts, networks: Mapping[Name, StagedNetwork], readers: Readers
) -> dict[Name, ForwardCurves]:
    """Read the class from layers of networks at stages of their training.

    All before a layer is frozen in evaluation mode; a head and a linear probe learn the decoding
    part, a child run each, and are estimated on the evaluation part. Both see the layer
    standardised: before training, normalisation layers have not yet met an image and leave h so
    small that heads would learn nothing in time, and their bound be near 0 for no other reason.

    Reference:
        "What Information Does a ResNet Compress", ICLR 2019 submission, section 4.1; Alain &
        Bengio (2016), arXiv:1610.01644.

    Arguments:
        runner: where it is computed.
        parts: the images.
        networks: by name.
        readers: which layers, and how what reads them learns.

    Returns:
        By the same names, all of the same images.

    Raises:
        InvalidInputError: there is no such layer.
    """
    jobs = {
        (name, place): job
        for name, network in networks.items()
        for place, job in reading_jobs(parts, network, readers).items()
    }
    fitted = runner.spread_by_name(run_fit, jobs)
    evaluation = parts.evaluation
    return {
        name: ForwardCurves(
            labels=evaluation.labels,
            tables={
                place: each.results[CLASS_LOG_PROBABILITIES]
                for (of, place), each in fitted.items()
                if of == name
            },
            own={
                updates: class_log_probabilities(stage, evaluation.inputs)
                for updates, stage in network.stages.items()
                if isinstance(stage, Classifier)
            },
        )
        for name, network in networks.items()
    }


def reading_jobs(parts: Parts, network: StagedNetwork, readers: Readers) -> dict[Place, HeadFit]:
    """What is fitted to read the class from a network's layers; arguments as above."""
    return {
        (updates, layer, reader): HeadFit(
            parts,
            network.layer(updates, layer),
            network.configuration,
            readers.probe_plan if reader == PROBE else readers.plan,
            kind="probe" if reader == PROBE else "standardised",
        )
        for updates in network.stages
        for layer in readers.layers
        for reader in (HEAD, PROBE)
    }
