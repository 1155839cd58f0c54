"""Two classifiers, with their layers inverted at some stages of their training.

Reference:
    Nash, Kushman & Williams (2018), "Inverting Supervised Representations with Autoregressive
    Neural Density Models", section 5.3.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ib_mlflow.information import DecoderInformation, Estimate
from ib_mlflow.networks.pixelcnn import PixelCNN
from ib_mlflow.studies.decoding.configuration import DecodingConfiguration
from ib_mlflow.studies.decoding.division import Parts
from ib_mlflow.studies.decoding.evidence import decoding_evidence
from ib_mlflow.studies.decoding.tuned import TunedDecoder
from ib_mlflow.studies.decoding.warm import WARM
from ib_mlflow.studies.reporting.evidence import Evidence
from ib_mlflow.studies.running.fits import FittedNetwork
from .networks import NORMAL, OVERFITTED

NETWORKS = (NORMAL, OVERFITTED)
WARM_SHARE = 0.5
"""Share of the updates that a decoder with a warm start takes at most."""
Decoder = FittedNetwork[PixelCNN]


class Place(NamedTuple):
    """A layer of one of the classifiers at one stage.

    Arguments:
        network: "normal" or "overfitted".
        layer: the layer.
        updates: of the classifier.
    """

    network: str
    layer: str
    updates: int

    @property
    def name(self) -> str:
        """What its decoder is called among the information.

        Example:
            >>> Place("normal", "FC3", 100).name
            'normal FC3 100'
        """
        return f"{self.network} {self.layer} {self.updates}"

    @property
    def warm_name(self) -> str:
        """What its decoder with a warm start is called."""
        return f"{WARM} {self.name}"


@dataclass(frozen=True, eq=False)
class BoundDynamics:
    """What is known of the layers of both networks at every stage.

    Arguments:
        configuration: the study's parameters.
        parts: the images.
        layers: what was inverted.
        stages: numbers of updates of the classifiers, ascending.
        information: of all decoders, by their places' names.
        accuracies: on the test images, by network and number of updates.
        decoders: trained from scratch, by place.
        warm: trained with a warm start, by place.
        tuned: by task the decoder whose settings all have; empty of the usual ones.
    """

    configuration: DecodingConfiguration
    parts: Parts
    layers: Sequence[str]
    stages: Sequence[int]
    information: DecoderInformation
    accuracies: Mapping[tuple[str, int], float]
    decoders: Mapping[Place, Decoder]
    warm: Mapping[Place, Decoder]
    tuned: Mapping[str, TunedDecoder] = field(default_factory=dict)

    def bound(self, place: Place) -> Estimate:
        """The negative cross-entropy of a place's decoder, in nats."""
        return self.information.negative_cross_entropy[place.name]

    @property
    def places(self) -> list[Place]:
        """Every layer of both networks at every stage."""
        return list(places(self.layers, self.stages))

    @property
    def scalars(self) -> dict[str, float]:
        """End-of-run scalars for MLflow's comparison pages."""
        scalars = {
            f"summary/test_accuracy.{network}/{updates}": accuracy
            for (network, updates), accuracy in self.accuracies.items()
        }
        for place in self.places:
            where = f"{place.network}/{place.layer}/{place.updates}"
            bound = self.bound(place)
            scalars[f"summary/negative_cross_entropy_nats.{where}"] = bound.value
            scalars[f"summary/negative_cross_entropy_se_nats.{where}"] = bound.standard_error
        return scalars

    @property
    def evidence(self) -> Evidence:
        """What the conclusion rests on."""
        return decoding_evidence(
            [self.parts],
            self.configuration,
            summary=f"Two classifiers of {self.parts.name} were inverted while they learnt",
            metrics=self.scalars,
            decoders=self.tuned,
        )


def places(layers: Sequence[str], stages: Sequence[int]) -> Iterator[Place]:
    """Every layer of both networks at every stage."""
    for network in NETWORKS:
        for layer in layers:
            for updates in stages:
                yield Place(network, layer, updates)
