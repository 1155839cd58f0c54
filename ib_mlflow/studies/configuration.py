"""The parameters of a study: types, ranges, help, and what each scale sets them to.

MLflow hands every parameter over as text and checks nothing, so it is all checked here, before
anything runs: an unknown name is refused with the nearest known one, a bad value with its range.
"""

import argparse
import difflib
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal, NoReturn, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    model_validator,
)

from ib_mlflow.errors import ConfigurationError

AUTO = "auto"
"""The text that means: what the scale sets."""

T = TypeVar("T")
CommaList = Annotated[
    tuple[T, ...],
    Field(min_length=1),
    BeforeValidator(lambda value: value.split(",") if isinstance(value, str) else value),
]
"""A list in one word, as `mlflow run` passes it best: `0.01,0.07`."""
Activation = Literal["tanh", "relu", "leaky_relu", "linear", "sigmoid"]
Units = Annotated[int, Field(ge=1, le=100_000)]
BinSize = Annotated[float, Field(gt=0, le=100)]


class _Parser(argparse.ArgumentParser):
    """A parser whose mistakes are one line."""

    def error(self, message: str) -> NoReturn:
        """Raise what argparse prints with its usage."""
        raise ConfigurationError(
            "every parameter must have a value", received=message, fix="Write --name value."
        )


class StudyConfiguration(BaseModel):
    """What every study has in common; a study adds its own fields and its `presets`."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {"toy": {}, "quick": {}, "paper": {}}

    scale: Literal["toy", "quick", "paper"] = Field(
        "quick", description="how much to compute: seconds, minutes, or the paper's own setting"
    )
    seed: int = Field(0, ge=0, lt=2**32, description="seed of the first member")
    unit: Literal["nats", "bits"] = Field(
        "nats", description="unit of the study's own figures and of its report"
    )
    data_root: str = Field(
        AUTO,
        min_length=1,
        description="folder of data files; auto: the usual places",
    )
    device: str = Field(
        AUTO, pattern=r"^(auto|cpu|cuda(:\d+)?)$", description="auto, cpu, cuda or cuda:1"
    )
    fresh: bool = Field(False, description="true: compute again what earlier runs already hold")

    @model_validator(mode="before")
    @classmethod
    def _fill_from_scale(cls, values: Any) -> Any:
        if not isinstance(values, Mapping):
            return values
        scale = values.get("scale", "quick")
        preset = cls.presets.get(scale, cls.presets["quick"])
        given = {
            name: value for name, value in values.items() if not (name in preset and value == AUTO)
        }
        return {**preset, **given}

    @property
    def root(self) -> str | None:
        """The folder to load data from, or None for the usual places."""
        return None if self.data_root == AUTO else self.data_root

    @classmethod
    def parse(cls, arguments: Sequence[str]) -> Self:
        """Read a command line of `--name value` pairs.

        Arguments:
            arguments: what stands after the module's name on the command line.

        Returns:
            The configuration, every value checked and every preset filled in.

        Raises:
            ConfigurationError: a name is unknown, or a value has the wrong type or range.

        Example:
            >>> StudyConfiguration.parse(["--scale", "toy", "--unit", "bits"]).unit
            'bits'
            >>> StudyConfiguration.parse(["--sede", "1"])
            Traceback (most recent call last):
            ib_mlflow.errors.ConfigurationError: every parameter must be known;
            received sede. Did you mean seed?
        """
        parser = cls._parser()
        known, unknown = parser.parse_known_args(_joined(arguments))
        if unknown:
            raise _unknown_parameter(unknown[0], list(cls.model_fields))
        given = {name: value for name, value in vars(known).items() if value is not None}
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            raise _bad_value(error) from None

    @classmethod
    def _parser(cls) -> argparse.ArgumentParser:
        parser = _Parser(description=(cls.__doc__ or "").splitlines()[0], allow_abbrev=False)
        for name, field in cls.model_fields.items():
            text = f"{field.description} (default: {cls.default_text(name)})"
            parser.add_argument(f"--{name}", metavar="VALUE", help=text.replace("%", "%%"))
        return parser

    @classmethod
    def default_text(cls, name: str) -> str:
        """The default of a parameter as `MLproject` writes it; `auto` where the scale sets it."""
        if name in cls.presets["quick"]:
            return AUTO
        return as_text(cls.model_fields[name].default)


def _check_seeds(members: int, info: ValidationInfo) -> int:
    """Refuse members whose seeds, consecutive from `seed`, would pass the last one there is."""
    if info.data.get("seed", 0) + members > 2**32:
        raise ValueError("seed + members must not exceed 2**32, for each member has a seed")
    return members


Members = Annotated[int, AfterValidator(_check_seeds)]
"""A number of networks, each with a seed of its own."""


class LearningConfiguration(StudyConfiguration):
    """What the studies that train ensembles have in common."""

    members: Members = Field(ge=1, le=10_000, description="networks, each with a seed of its own")
    epochs: int = Field(ge=1, le=10_000_000, description="passes over the training set")
    learning_rate: float = Field(0.05, gt=0, le=100, description="step size of plain SGD")
    batch_size: int = Field(256, ge=1, description="rows in a minibatch")

    @property
    def seeds(self) -> tuple[int, ...]:
        """The members' seeds: consecutive from `seed`."""
        return tuple(range(self.seed, self.seed + self.members))

    @property
    def on_learning_rate(self) -> str:
        """The learning rate beside the paper's, as a remark of the report."""
        return f"The paper states no learning rate; {self.learning_rate:g} was used."


class TrainingConfiguration(LearningConfiguration):
    """What the studies that train fully connected networks have in common."""

    initialisation: Literal["truncated_normal", "glorot_uniform", "he_normal", "torch"] = Field(
        "truncated_normal", description="how the first weights are drawn"
    )
    test_fraction: float = Field(0.2, gt=0, lt=1, description="share of the rows kept for testing")
    split_seed: int = Field(42, ge=0, lt=2**32, description="seed of the split; Table 1 has 42")


def as_text(value: object) -> str:
    """A parameter's value as one word: lists with commas, truth values as true and false.

    Example:
        >>> as_text((0.01, 0.07)), as_text(True)
        ('0.01,0.07', 'true')
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple | list):
        return ",".join(as_text(item) for item in value)
    return str(value)


def _joined(arguments: Sequence[str]) -> list[str]:
    """Write `--name value` as `--name=value`: argparse takes some negative numbers for names."""
    words: list[str] = []
    for word in arguments:
        waits = words and words[-1].startswith("--") and "=" not in words[-1]
        if waits and not word.startswith("--"):
            words[-1] += f"={word}"
        else:
            words.append(word)
    return words


def _unknown_parameter(argument: str, known: list[str]) -> ConfigurationError:
    name = argument.removeprefix("--").split("=")[0]
    nearest = difflib.get_close_matches(name, known, n=1, cutoff=0.7)
    fix = f"Did you mean {nearest[0]}?" if nearest else f"Known: {', '.join(known)}."
    return ConfigurationError("every parameter must be known", received=name, fix=fix)


def _bad_value(error: ValidationError) -> ConfigurationError:
    problems = error.errors(include_url=False)
    first = problems[0]
    name = str(first["loc"][0]) if first["loc"] else "parameters"
    message = first["msg"].removeprefix("Value error, ")
    others = sorted({str(p["loc"][0]) for p in problems[1:] if p["loc"]} - {name})
    fix = "See --help for every parameter's range."
    if others:
        fix = f"Also wrong: {', '.join(others)}. {fix}"
    return ConfigurationError(f"{name}: {message}", received=repr(first["input"]), fix=fix)
