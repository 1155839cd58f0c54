"""A layer that is to be inverted at several epochs: by how many decoders, and when they end."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.studies.decoding.amortised_fit import AmortisedFit
from ib_mlflow.studies.decoding.configuration import DecodingConfiguration
from ib_mlflow.studies.decoding.contexts import Context
from ib_mlflow.studies.decoding.division import Parts
from ib_mlflow.studies.decoding.fitting import DecoderFit
from ib_mlflow.training.fitting import Plan
from ib_mlflow.tuning.words import unknown_word

Way = Literal["scratch", "warm", "amortised"]
WAYS: tuple[Way, ...] = ("amortised", "warm", "scratch")
"""How a layer is followed over epochs, the cheapest first."""


@dataclass(frozen=True, eq=False)
class LayerInversion:
    """A layer that is to be inverted at several epochs; picklable if its contexts are.

    Arguments:
        subject: what its network is called.
        parts: the images.
        contexts: the layer by measured epoch.
        configuration: sizes of the decoders, seed and device.
        plan: how each decoder is fitted: `updates` is the cap, `least_fall` in nats an image says
            when it has converged.
        way: "scratch", a decoder an epoch; "warm", each from the weights of the epoch before; or
            "amortised", one decoder for all epochs.
        conditioning: how maps condition, "resize" or "convolution".

    Raises:
        ConfigurationError: the way is not known.
        InvalidInputError: there are fewer than two epochs, or the plan does not say when a decoder
            has converged.
    """

    subject: str
    parts: Parts
    contexts: Mapping[int, Context]
    configuration: DecodingConfiguration
    plan: Plan
    way: Way = "amortised"
    conditioning: str = "convolution"

    def __post_init__(self) -> None:
        if self.way not in WAYS:
            raise unknown_word("way to decode a layer over epochs", str(self.way), WAYS)
        if list(self.contexts) != sorted(set(self.contexts)) or len(self.contexts) < 2:
            raise InvalidInputError(
                "a layer is inverted at two epochs or more, in their order",
                received=", ".join(map(str, self.contexts)) or "none",
                fix="Give its contexts by ascending epochs.",
            )
        if self.plan.least_fall is None:
            raise InvalidInputError(
                "the plan of decoders that are compared must say when they have converged",
                received="least_fall=None",
                fix="Give least_fall in nats an image, such as 0.5, and updates as the cap.",
            )

    @property
    def layer(self) -> str:
        """The layer's name."""
        return next(iter(self.contexts.values())).name

    @property
    def name(self) -> str:
        """The network and the layer."""
        return f"{self.subject} {self.layer}"

    def of_epoch(self, epoch: int, way: Way = "scratch") -> DecoderFit:
        """The decoder of one epoch, from scratch or to be started from another one."""
        shown = {"epoch": epoch, "decoders": way}
        return DecoderFit(
            f"{self.name}, epoch {epoch}, decoder",
            self.parts,
            self.contexts[epoch],
            self.configuration,
            self.plan,
            conditioning=self.conditioning,
            shown=shown,
        )

    def amortised(self) -> AmortisedFit:
        """The one decoder of all epochs."""
        return AmortisedFit(
            f"{self.name}, {len(self.contexts)} epochs, decoder",
            self.parts,
            self.contexts,
            self.configuration,
            self.plan,
            conditioning=self.conditioning,
            shown={"epochs": len(self.contexts), "decoders": "amortised"},
        )
