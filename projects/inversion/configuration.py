"""What the studies of inversion set at each scale, and how their classifiers learn."""

from collections.abc import Mapping
from typing import Any, Self

from pydantic import Field, model_validator

from ib_mlflow.studies.decoding.configuration import DecodingConfiguration
from ib_mlflow.training.fitting import Plan
from .paper import CLASSIFIER_RATE

SCALES: dict[str, dict[str, Any]] = {
    "toy": {
        "networks": 2,
        "shrunk": 1,
        "binary": True,
        "decoder_updates": 2,
        "decoder_batch": 16,
        "decoder_rate": 0.003,
        "blocks": 1,
        "filters": 4,
        "colour_filters": 4,
        "dropout": 0.0,
        "evaluated": 50,
    },
    "quick": {
        "networks": 5,
        "shrunk": 2,
        "binary": True,
        "decoder_updates": 1000,
        "decoder_batch": 16,
        "decoder_rate": 0.003,
        "blocks": 1,
        "filters": 16,
        "colour_filters": 16,
        "dropout": 0.0,
        "evaluated": 2000,
    },
    "paper": {
        "networks": 1,
        "shrunk": 1,
        "binary": False,
        "decoder_updates": 250_000,
        "decoder_batch": 64,
        "decoder_rate": 0.001,
        "blocks": 3,
        "filters": 64,
        "colour_filters": 196,
        "dropout": 0.5,
        "evaluated": 10_000,
    },
}
"""What every study of inversion sets at a scale, unless it says otherwise."""


def presets(
    toy: Mapping[str, Any], quick: Mapping[str, Any], paper: Mapping[str, Any]
) -> dict[str, dict[str, Any]]:
    """What a study sets at each scale, beside and in place of what all of them set.

    Example:
        >>> presets({"task": "digits"}, {}, {})["toy"]["task"]
        'digits'
    """
    own = {"toy": toy, "quick": quick, "paper": paper}
    return {scale: {**common, **own[scale]} for scale, common in SCALES.items()}


class NetworksConfiguration(DecodingConfiguration):
    """Parameters of studies that invert several networks, each with a seed of its own."""

    networks: int = Field(
        ge=1,
        le=1000,
        description="seeds of split, classifier and decoders; all but the first are for what is "
        "judged over networks, and from 5 on it is",
    )

    @model_validator(mode="after")
    def _seeds(self) -> Self:
        if self.seed + self.networks > 2**32:
            raise ValueError("seed + networks must not exceed 2**32, for each network has a seed")
        return self

    @property
    def others(self) -> list[Self]:
        """The parameters of the networks after the first."""
        seeds = range(self.seed + 1, self.seed + self.networks)
        return [self.model_copy(update={"seed": seed}) for seed in seeds]


class ClassifyingConfiguration(NetworksConfiguration):
    """Parameters of studies that train their classifiers until these are at their best."""

    classifier_updates: int = Field(ge=1, le=10**7, description="the most updates of a classifier")

    def classifier_plan(self) -> Plan:
        """How a classifier learns: appendix A of the paper."""
        return Plan(
            updates=self.classifier_updates,
            learning_rate=CLASSIFIER_RATE,
            evaluate=min(1000, max(1, self.classifier_updates // 4)),
            patience=10,
        )
