"""What can be read of the class from the layers of a classifier, over its training."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information import Estimate, classifier_information
from ib_mlflow.studies.decoding.configuration import DecodingConfiguration
from ib_mlflow.studies.decoding.contexts import LayerContext
from ib_mlflow.studies.decoding.division import Parts
from ib_mlflow.studies.decoding.fitting import CLASS_LOG_PROBABILITIES
from ib_mlflow.studies.decoding.layer_fits import HeadFit
from ib_mlflow.studies.decoding.stages import Stage
from ib_mlflow.studies.decoding.terms import mean_of
from ib_mlflow.studies.running.fits import run_fit
from ib_mlflow.studies.running.runner import Runner
from ib_mlflow.training.classification import class_log_probabilities
from ib_mlflow.training.fitting import Plan

HEAD, PROBE = "head", "probe"
"""What reads the class from a layer: what follows it with new weights, or a linear map."""
Place = tuple[int, str, str]
"""Updates of the classifier, the layer, and what reads it."""


@dataclass(frozen=True, eq=False)
class ForwardCurves:
    """Lower bounds of I(Y;h) of layers over training, all of the same test images.

    Arguments:
        labels: (n,) classes of the test images.
        tables: (n, c) ln q(y'|h) in nats, by updates, layer and reader.
        own: (n, c) ln q(y'|x) of the classifier itself, by updates.
    """

    labels: NDArray[np.int64]
    tables: Mapping[Place, NDArray[np.float64]]
    own: Mapping[int, NDArray[np.float64]]

    def information(self, updates: int, layer: str, reader: str = HEAD) -> Estimate:
        """The bound of a layer at a stage, in nats."""
        return classifier_information(self._table(updates, layer, reader), self.labels)

    def own_information(self, updates: int) -> Estimate:
        """The bound by the classifier's own log-likelihood at a stage, in nats."""
        if updates not in self.own:
            raise self._unmeasured(updates)
        return classifier_information(self.own[updates], self.labels)

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
        rows = np.arange(len(self.labels))
        late, early = (
            self._table(updates, layer, reader)[rows, self.labels] for updates in (after, before)
        )
        return mean_of(late - early)

    def _table(self, updates: int, layer: str, reader: str) -> NDArray[np.float64]:
        place = (updates, layer, reader)
        if place not in self.tables:
            if updates not in self.own:
                raise self._unmeasured(updates)
            measured = sorted({f"{name} by {kind}" for _, name, kind in self.tables})
            raise InvalidInputError(
                f"a layer and what reads it must be among {', '.join(measured)}",
                received=f"{layer} by {reader}",
                fix="Choose one of them, or name the layer when the curves are measured.",
            )
        return self.tables[place]

    def _unmeasured(self, updates: int) -> InvalidInputError:
        near = min(self.own, key=lambda stage: abs(stage - updates))
        return InvalidInputError(
            f"a stage must be one of {', '.join(map(str, self.own))} updates",
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


def forward_curves(
    runner: Runner,
    parts: Parts,
    stages: Mapping[int, Stage],
    configuration: DecodingConfiguration,
    readers: Readers,
) -> ForwardCurves:
    """Read the class from layers of a classifier at stages of its training.

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
        stages: the classifier, by updates.
        configuration: the study's parameters.
        readers: which layers, and how what reads them learns.

    Raises:
        InvalidInputError: there is no such layer.
    """
    jobs = {
        (updates, layer, reader): HeadFit(
            parts,
            LayerContext(stage.classifier, layer, f"{parts.name}, {updates} updates,"),
            configuration,
            readers.probe_plan if reader == PROBE else readers.plan,
            kind="probe" if reader == PROBE else "standardised",
        )
        for updates, stage in stages.items()
        for layer in readers.layers
        for reader in (HEAD, PROBE)
    }
    fitted = runner.spread_by_name(run_fit, jobs)
    evaluation = parts.evaluation
    return ForwardCurves(
        labels=evaluation.labels,
        tables={place: each.results[CLASS_LOG_PROBABILITIES] for place, each in fitted.items()},
        own={
            updates: class_log_probabilities(stage.classifier, evaluation.inputs)
            for updates, stage in stages.items()
        },
    )
