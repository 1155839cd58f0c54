"""What of a decoder is tuned: its size, what it drops, its head, and how it learns."""

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ib_mlflow.errors import ConfigurationError
from ib_mlflow.networks.pixelcnn import PixelCNN
from ib_mlflow.studies.decoding.configuration import ImageConfiguration, levels_of, usual_head
from ib_mlflow.studies.decoding.contexts import Context
from ib_mlflow.studies.decoding.division import Parts
from ib_mlflow.studies.fields import DecoderRate, Dropped
from ib_mlflow.training.fitting import Plan
from ib_mlflow.tuning.words import unknown_word

EVALUATIONS = 8
"""Times that a decoder of a short run is evaluated, about."""


class DecoderSettings(BaseModel):
    """The numbers of a decoder that a search may vary; what is left out is usual."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    learning_rate: DecoderRate = Field(1e-3, description="of the first update")
    schedule: Literal["cosine", "geometric"] = Field(
        "cosine", description="the rate falls to zero, or by a factor at each update"
    )
    forgetting: float = Field(
        1e-4, ge=0, lt=1, description="1 − that factor; of no effect under a cosine"
    )
    average: float = Field(
        0.99, ge=0, lt=1, description="share of the weights' average that an update keeps"
    )
    dropout: Dropped = Field(0.0, description="share dropped in the blocks")
    context_dropout: Dropped = Field(0.0, description="share dropped of the context")
    filters: int = Field(16, ge=1, le=1024, description="channels of a block")
    blocks: int = Field(1, ge=1, le=20, description="gated blocks at each level and way")
    head: Literal["usual", "bernoulli", "softmax", "logistic"] = Field(
        "usual", description="of a pixel; usual: bits bernoulli, colours logistic, greys softmax"
    )
    mixtures: int = Field(10, ge=1, le=100, description="components of the logistic head")

    @classmethod
    def of(cls, parameters: Mapping[str, object]) -> Self:
        """Read settings, each by its name.

        Arguments:
            parameters: numbers and words, or texts of them.

        Returns:
            The settings.

        Raises:
            ConfigurationError: a name is unknown, or a value is of another kind or out of range.

        Example:
            >>> DecoderSettings.of({"filters": "32"}).filters
            32
            >>> DecoderSettings.of({"filter": "32"})
            Traceback (most recent call last):
            ib_mlflow.errors.ConfigurationError: every setting of a decoder must be known; received
            filter. Did you mean filters? ...
        """
        for name in parameters:
            if name not in cls.model_fields:
                raise unknown_word("setting of a decoder", str(name), cls.model_fields)
        try:
            return cls.model_validate(dict(parameters))
        except ValidationError as error:
            first = error.errors()[0]
            raise ConfigurationError(
                f"{first['loc'][0]} of a decoder must be in its range",
                received=f"{first['input']}: {first['msg']}",
                fix=f"It is {cls.model_fields[str(first['loc'][0])].description}.",
            ) from None

    def network(self, parts: Parts, context: Context, *, seed: int) -> PixelCNN:
        """The decoder before training.

        Arguments:
            parts: the task.
            context: what it is conditioned on.
            seed: of its weights.

        Raises:
            ConfigurationError: its head does not suit the images.
        """
        return PixelCNN(
            parts.shape,
            head=self.head_of(parts),
            mixtures=self.mixtures,
            blocks=self.blocks,
            filters=self.filters,
            levels=levels_of(parts),
            context=context.shape,
            dropout=self.dropout,
            context_dropout=self.context_dropout,
            seed=seed,
        )

    def head_of(self, parts: Parts) -> str:
        """The head, which must know all values of a pixel.

        Raises:
            ConfigurationError: it does not.
        """
        bits = parts.levels == 2
        if self.head != "usual" and bits != (self.head == "bernoulli"):
            raise ConfigurationError(
                "the head of a decoder must suit the images",
                received=f"head={self.head} for {parts.levels} levels",
                fix=f"Take head={usual_head(parts)}.",
            )
        return usual_head(parts) if self.head == "usual" else self.head

    def plan(self, configuration: ImageConfiguration) -> Plan:
        """How the decoder learns, as long as the study's parameters say."""
        updates, short = configuration.decoder_updates, configuration.short
        return Plan(
            updates=updates,
            batch_size=configuration.decoder_batch,
            learning_rate=self.learning_rate,
            decay="cosine" if self.schedule == "cosine" else 1 - self.forgetting,
            average=self.average,
            evaluate=max(1, updates // (EVALUATIONS if short else 100)),
            patience=None if short else 10,
        )
