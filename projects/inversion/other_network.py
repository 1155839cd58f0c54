"""A classifier of a task from another seed, and what a network that reads the class tells."""

from dataclasses import dataclass
from typing import Any

from ib_mlflow.information import DecoderInformation, Estimate, classifier_information
from ib_mlflow.studies.decoding.division import Parts
from ib_mlflow.studies.decoding.fitting import CLASS_LOG_PROBABILITIES
from ib_mlflow.studies.running.fits import FittedNetwork


@dataclass(frozen=True, eq=False)
class OtherNetwork:
    """What is known of a classifier of a task from another seed.

    Arguments:
        seed: of split, classifier and decoders.
        classifier: I(Y;logits) from below in nats, with the accuracy among its diagnostics.
        information: of the layers' decoders and of the label's.
    """

    seed: int
    classifier: Estimate
    information: DecoderInformation


def label_information(reader: FittedNetwork[Any], parts: Parts) -> Estimate:
    """What a network that reads the class tells of it: I(Y;h) from below, in nats."""
    return classifier_information(reader.results[CLASS_LOG_PROBABILITIES], parts.evaluation.labels)
