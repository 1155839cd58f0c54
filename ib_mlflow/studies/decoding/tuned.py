"""The result of a search over decoders: a file that studies of decoders begin from."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from ib_mlflow.data import DATASETS
from ib_mlflow.errors import ConfigurationError, IBError
from ib_mlflow.studies.decoding.configuration import USUAL, ImageConfiguration
from ib_mlflow.studies.decoding.contexts import Context
from ib_mlflow.studies.decoding.division import Parts
from ib_mlflow.studies.decoding.settings import DecoderSettings
from ib_mlflow.studies.decoding.tuned_fit import TunedFit
from ib_mlflow.tracking import FinishedStudies, StudyRun

LATEST, RUNS = "tuned", "runs:/"
"""What a study's parameter `decoder` may be, beside `usual` and a file."""
FILE = "decoder.json"
STUDY = "tune_decoder"
"""The study that leaves the file on its run."""


class TunedDecoder(BaseModel):
    """The settings that a search has chosen, and the images that it chose them for."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    task: str
    shape: tuple[int, int, int] = Field(description="(channels, h, w) of an image")
    levels: int = Field(ge=2, le=256, description="values of a sub-pixel")
    seed: int = Field(ge=0, description="of the division of the images")
    updates: int = Field(ge=1, description="of each decoder of the search")
    context: str = Field(description="of the decoders of the search")
    settings: DecoderSettings
    loss_nats: float = Field(description="−ln q of an image of the tuning split, on average")
    loss_se_nats: float = Field(description="its standard error over images")
    run_id: str = Field(description="of the trial that won")

    @field_validator("settings", mode="before")
    @classmethod
    def _known(cls, settings: Any) -> Any:
        return DecoderSettings.of(settings) if isinstance(settings, Mapping) else settings

    @classmethod
    def parse(cls, text: str, *, where: str) -> "TunedDecoder":
        """Read a file that `tune_decoder` has left.

        Arguments:
            text: its content.
            where: it was found, for the error.

        Raises:
            ConfigurationError: it is none.
        """
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"])) or "the whole"
            raise ConfigurationError(
                f"decoder must be a {FILE} that {STUDY} has left",
                received=f"{where}: {place}: {first['msg']}",
                fix=f"Give decoder={LATEST}, the run of a {STUDY}, or the file that is on it.",
            ) from None

    def check(self, parts: Parts, configuration: ImageConfiguration) -> None:
        """Refuse it for other images than those it was tuned for.

        Arguments:
            parts: of the study that is to use it.
            configuration: of that study.

        Raises:
            ConfigurationError: task, size or levels differ, its head does not suit the images, or
                images that it was tuned on are among those that bounds are estimated on.
        """
        here = f"{parts.name} of {_size(parts.shape)} and {parts.levels} levels"
        there = f"{self.task} of {_size(self.shape)} and {self.levels} levels"
        if here != there:
            raise ConfigurationError(
                "a decoder must have been tuned for the images that it decodes",
                received=f"{there}, for {here}",
                fix=f"Run {STUDY} with the same task, shrunk and binary.",
            )
        if not DATASETS[parts.name].parts and self.seed != configuration.seed:
            # The split in training and test part is by the seed.
            raise ConfigurationError(
                f"images of {parts.name} that a decoder was tuned on must not be estimated on, "
                "and its test part is drawn by the seed",
                received=f"seed={self.seed} of {STUDY} and seed={configuration.seed} here",
                fix="Use one seed for both.",
            )
        self.settings.head_of(parts)

    def fit(
        self, name: str, parts: Parts, context: Context, configuration: ImageConfiguration
    ) -> TunedFit:
        """A decoder with its settings, to be fitted; arguments as `TunedFit` has them."""
        return TunedFit(name, parts, context, self.settings, configuration)

    def remark(self, configuration: ImageConfiguration) -> str:
        """What a reader must know of decoders with its settings."""
        words = ", ".join(f"{name} = {value}" for name, value in self.settings)
        return (
            f"All decoders of {self.task} have the settings of trial run {self.run_id}, tuned "
            f"given the {self.context} with {self.updates} updates, on images that no bound rests "
            f"on (here {configuration.decoder_updates} updates): {words}. They are the same for "
            "every layer, for to tune them for each would favour those that were searched better."
        )


def tuned_decoder(
    study: StudyRun, given: str, parts: Parts, configuration: ImageConfiguration
) -> TunedDecoder | None:
    """Find the tuned decoder that a study was asked to use for a task.

    Arguments:
        study: the study's run.
        given: usual; tuned, for the latest result in its experiment; runs:/ID; or a file.
        parts: the task.
        configuration: the study's parameters.

    Returns:
        The decoder; None for the usual one.

    Raises:
        ConfigurationError: there is none, it cannot be read, or it does not fit.
        TrackingError: the run that is named has not left one.
    """
    if given == USUAL:
        return None
    tuned = TunedDecoder.parse(_text(study, given, parts.name), where=given)
    tuned.check(parts, configuration)
    return tuned


def _text(study: StudyRun, given: str, task: str) -> str:
    finished = FinishedStudies(study.handle)
    if given.startswith(RUNS):
        return finished.text(given.removeprefix(RUNS).partition("/")[0], FILE)
    if given == LATEST:
        run_id = finished.latest(STUDY, {"task": task})
        if run_id is None:
            raise _none(f"none of {task} in this experiment")
        return finished.text(run_id, FILE)
    try:
        return Path(given).expanduser().read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "no text"
        raise _none(f"{Path(given).expanduser().absolute()}: {reason}") from None


def _none(received: str) -> IBError:
    return ConfigurationError(
        f"decoder must be {USUAL}, {LATEST}, {RUNS}ID or a {FILE}, of a {STUDY} that has finished",
        received=received,
        fix=f"Run {STUDY} first, in the same experiment, or name its run or file.",
    )


def _size(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape))
