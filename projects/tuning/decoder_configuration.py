"""The parameters of the search over decoders."""

from typing import ClassVar, Literal

from pydantic import Field

from ib_mlflow.networks.members import checked_device
from ib_mlflow.studies.decoding.configuration import AffineTask, ImageConfiguration, ImageTask
from ib_mlflow.studies.decoding.division import Parts
from ib_mlflow.studies.decoding.settings import DecoderSettings
from ib_mlflow.studies.parsing import AUTO, Presets
from ib_mlflow.studies.searching.decoders import INSTANCES, LOSS, DecoderTarget
from .configuration import SearchConfiguration
from .jobs import pairs

DROPPED = "0|0.1|0.2|0.3|0.5"
SEARCHED = (
    "learning_rate=2e-4..3e-3:log;schedule=cosine|geometric;forgetting=1e-6..1e-3:log;"
    f"average=0.99|0.995|0.999|0.9995;dropout={DROPPED};blocks=1..5"
)
"""What is searched of every decoder, beside its filters, its head and what it drops of contexts."""


class Configuration(SearchConfiguration, ImageConfiguration):
    """Which decoder says most of held-out images."""

    presets: ClassVar[Presets] = {
        "toy": {
            "trials": 6, "task": "digits", "shrunk": 1, "binary": True, "evaluated": 50,
            "decoder_updates": 24, "decoder_batch": 16, "tuned_on": 100,
            "space": "learning_rate=2e-4..3e-3:log;dropout=0|0.1;context_dropout=0|0.1;"
            "filters=4..8",
            "usual": "learning_rate=0.003;filters=4",
        },
        "quick": {
            "trials": 10, "task": "digits", "shrunk": 1, "binary": True, "evaluated": 360,
            "decoder_updates": 120, "decoder_batch": 16, "tuned_on": 500,
            "space": "learning_rate=2e-4..3e-3:log;average=0.9|0.95|0.99;dropout=0|0.1|0.2;"
            "context_dropout=0|0.1|0.2;filters=8..24;blocks=1..2",
            "usual": "learning_rate=0.003;filters=16",
        },
        "paper": {
            "trials": 100, "task": "cifar10", "shrunk": 1, "binary": False, "evaluated": 10_000,
            "decoder_updates": 250_000, "decoder_batch": 64, "tuned_on": 5000,
            "usual": "learning_rate=0.001;schedule=geometric;forgetting=0.0001;average=0.9995;"
            "blocks=3;filters=196;dropout=0.5",
        },
    }  # fmt: skip
    batch_trials: int = Field(1, ge=1, le=1, description="1, for a decoder is trained by itself")
    pruner: str = Field(
        "median",
        description="as of tune; by the held-out loss on the way. With none the report compares "
        "what each would have stopped, on the same budget",
    )
    task: ImageTask | AffineTask = Field(description="whose images are decoded")
    context: Literal["label", "nothing"] = Field(
        "label", description="what decoders are given in the search; no layer, for none is favoured"
    )
    tuned_on: int = Field(
        ge=10, le=10**6, description="images that decoders are compared on, which no bound rests on"
    )
    space: str = Field(
        AUTO,
        description="of settings of a decoder, as of tune: "
        f"{', '.join(DecoderSettings.model_fields)}; auto: by images and device",
    )
    given: str = Field("", description="settings of all trials, as head=softmax;blocks=3")
    usual: str = Field(
        description="settings of the decoder that the best is held against, and of the first trial "
        "where the space holds them"
    )

    @property
    def target(self) -> DecoderTarget:
        """What is computed at a point."""
        images = ImageConfiguration.model_validate(
            {name: getattr(self, name) for name in ImageConfiguration.model_fields}
        )
        # Without a pruner all of them are compared afterwards.
        instances = INSTANCES if self.pruner in ("wilcoxon", "none") else 0
        return DecoderTarget(
            self.task, self.context, pairs(self.given), images, self.tuned_on, instances
        )

    @property
    def objective(self) -> str:
        """The held-out loss of an image."""
        return f"{LOSS}:min"

    def space_of(self, parts: Parts) -> str:
        """What is searched, with what suits the images and the device where that is left open.

        Arguments:
            parts: the images.
        """
        if self.space != AUTO:
            return self.space
        on_a_gpu = checked_device(self.device).type == "cuda"
        searched = [SEARCHED, "filters=64..196" if on_a_gpu else "filters=16..96"]
        if self.context != "nothing":
            searched.append(f"context_dropout={DROPPED}")
        if parts.levels > 2:
            searched.append("mixtures=5|10|20" if parts.colour else "head=softmax|logistic")
        given = pairs(self.given)
        left_out = set(given)
        if given.get("schedule") == "cosine":
            left_out.add("forgetting")
        if given.get("head", "logistic") != "logistic":
            left_out.add("mixtures")
        parted = [part for text in searched for part in text.split(";")]
        return ";".join(part for part in parted if part.partition("=")[0] not in left_out)
