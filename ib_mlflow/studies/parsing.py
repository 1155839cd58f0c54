"""A command line of a study read into its configuration, and the help that describes it."""

import argparse
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar

from pydantic import BaseModel, ValidationError

from ib_mlflow.errors import ConfigurationError, IBError
from ib_mlflow.likeness import nearest
from ib_mlflow.studies.fields import as_text, is_list, is_number, range_of

SHOWN = 100
"""Of a bad value so many characters are repeated to the user."""
AUTO = "auto"
"""The text that means: what the scale sets."""
Values = Mapping[str, Any]
"""Parameters and what they are set to."""
Presets = Mapping[str, Values]
"""By scale the parameters that it sets."""
Model = TypeVar("Model", bound=BaseModel)


class _Parser(argparse.ArgumentParser):
    """A parser whose mistakes are one line."""

    def error(self, message: str) -> NoReturn:
        """Raise what argparse prints with its usage."""
        raise ConfigurationError(
            "every parameter must have a value", received=message, fix="Write --name value."
        )


def parse(model: type[Model], arguments: Sequence[str], presets: Presets) -> Model:
    """Read a command line of `--name value` pairs into a model.

    Arguments:
        model: of the parameters.
        arguments: what stands after the study's name on the command line.
        presets: what each scale sets.

    Returns:
        The model's instance.

    Raises:
        ConfigurationError: a name is unknown, or a value has the wrong type or range.
    """
    parser = _Parser(add_help=False, allow_abbrev=False)
    for name in model.model_fields:
        parser.add_argument(f"--{name}")
    words = _joined(arguments, model.model_fields)
    _refuse_twice(words)
    known, unknown = parser.parse_known_args(words)
    if unknown:
        raise _unknown_parameter(unknown[0], list(model.model_fields))
    given = {name: value for name, value in vars(known).items() if value is not None}
    _refuse_other_digits(model, given)
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise _bad_value(error, model, presets) from None


@dataclass(frozen=True)
class Parameter:
    """One parameter as it is described to people.

    Arguments:
        name: as it is given.
        description: what it is.
        allowed: its choices, or the limits of its number; empty for any text.
        default: what it is if it is not given, at each scale where scales differ.
    """

    name: str
    description: str
    allowed: str
    default: str


def parameters_of(model: type[BaseModel], presets: Presets) -> list[Parameter]:
    """Describe each parameter of a model.

    Arguments:
        model: of the parameters.
        presets: what each scale sets.

    Returns:
        In the model's order.
    """
    return [
        Parameter(
            name, field.description or "", allowed(model, name), default_of(model, name, presets)
        )
        for name, field in model.model_fields.items()
    ]


def allowed(model: type[BaseModel], name: str) -> str:
    """What a parameter may be: its choices, or the limits of its number; empty for any text."""
    field = model.model_fields[name]
    limits = range_of(field)
    return f"{limits}, several with commas" if limits and is_list(field) else limits


def default_of(model: type[BaseModel], name: str, presets: Presets) -> str:
    """The default of a parameter; `auto` with its value at each scale, where the scale sets it."""
    values = {scale: of[name] for scale, of in presets.items() if name in of}
    if not values:
        return as_text(model.model_fields[name].default)
    shown = ", ".join(f"{scale} {as_text(value)}" for scale, value in values.items())
    return f"{AUTO} ({shown})"


def _joined(arguments: Sequence[str], known: Collection[str]) -> list[str]:
    """Write `--name value` as `--name=value`: argparse takes some values for names."""
    words: list[str] = []
    for word in arguments:
        waits = words and words[-1].startswith("--") and "=" not in words[-1]
        if waits and not (word.startswith("--") and _name_of(word) in known):
            words[-1] += f"={word}"
        else:
            words.append(word)
    return words


def _name_of(word: str) -> str:
    return word.removeprefix("--").split("=")[0]


def _refuse_twice(words: Sequence[str]) -> None:
    names = [_name_of(word) for word in words if word.startswith("--")]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ConfigurationError(
            "every parameter must be given once", received=f"{twice[0]} twice", fix="Leave one out."
        )


def _refuse_other_digits(model: type[BaseModel], given: Mapping[str, str]) -> None:
    """Refuse numbers that Python reads and people do not mean: 1_0 is ten to it."""
    for name, value in given.items():
        number = is_number(model.model_fields[name]) and value != AUTO
        if number and ("_" in value or not value.isascii()):
            raise ConfigurationError(
                f"{name}: a number is written with the digits 0 to 9",
                received=_shown(value),
                fix="Write for example 1000 or 1e-3.",
            )


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}… ({len(text)} characters)"


def _unknown_parameter(argument: str, known: list[str]) -> ConfigurationError:
    name = _name_of(argument)
    if name in known:
        return ConfigurationError(
            "a parameter is given with its name behind two dashes",
            received=_shown(argument),
            fix=f"Write --{name} and its value.",
        )
    name = name if len(name) <= SHOWN else f"{name[:SHOWN]}…"
    # The last word of a name is how people call it: root is data_root.
    whole = [each for each in known if name in each.split("_")]
    meant = whole[0] if len(whole) == 1 else nearest(name, known, cutoff=0.7)
    fix = f"Did you mean {meant}?" if meant else f"Known: {', '.join(known)}."
    return ConfigurationError("every parameter must be known", received=name, fix=fix)


def _bad_value(
    error: ValidationError, model: type[BaseModel], presets: Presets
) -> ConfigurationError:
    problems = error.errors(include_url=False)
    first = problems[0]
    cause = first.get("ctx", {}).get("error")
    if isinstance(cause, IBError):
        return ConfigurationError(
            ": ".join([*map(str, first["loc"]), cause.invariant]),
            received=cause.received,
            fix=cause.fix,
        )
    name = str(first["loc"][0]) if first["loc"] else "parameters"
    message = first["msg"].removeprefix("Value error, ")
    others = sorted({str(p["loc"][0]) for p in problems[1:] if p["loc"]} - {name})
    fix = _nearest_choice(first)
    if name in model.model_fields:
        limits, default = allowed(model, name), default_of(model, name, presets)
        known = f"Allowed: {limits}; default: {default}." if limits else f"Default: {default}."
        fix = f"{fix} {known}".strip()
    if others:
        fix = f"{fix} Also wrong: {', '.join(others)}.".strip()
    return ConfigurationError(f"{name}: {message}", received=_shown(first["input"]), fix=fix)


def _nearest_choice(problem: Mapping[str, Any]) -> str:
    """The choice that a misspelt word is nearest to."""
    if problem["type"] != "literal_error":
        return ""
    choices = problem["ctx"]["expected"].replace(" or ", ", ").replace("'", "").split(", ")
    meant = nearest(problem["input"], choices)
    return f"Did you mean {meant}?" if meant else ""
