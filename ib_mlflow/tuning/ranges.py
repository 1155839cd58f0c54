"""A range of numbers, read from the text that stands on the command line."""

from __future__ import annotations

import math
import re
from decimal import Decimal, InvalidOperation

from optuna.distributions import FloatDistribution, IntDistribution

from ib_mlflow.errors import ConfigurationError

FORMS = "a..b, a..b:log, a..b:step=c or x|y|z"
_WHOLE = re.compile(r"[+-]?\d+")
FIRST = 0.001
"""Where a log scale may begin that was to begin at 0; of an end that lies below, its share."""


def range_of(name: str, text: str) -> FloatDistribution | IntDistribution:
    """Read `a..b`, `a..b:log` or `a..b:step=c`.

    Arguments:
        name: of the parameter.
        text: its values.

    Returns:
        What Optuna draws it from: whole numbers where both ends and the step are written so.

    Raises:
        ConfigurationError: the text is none of these, or the range is empty, reversed, not a whole
            number of steps, or touches 0 on a log scale.

    Example:
        >>> range_of("rate", "0..1e-4:log")
        Traceback (most recent call last):
        ib_mlflow.errors.ConfigurationError: the range of rate must be above 0 on a log scale;
        received 0..1e-4:log. Begin above 0, as in rate=1e-07..1e-4:log.
    """
    ends, _, suffix = text.partition(":")
    first, _, last = (end.strip() for end in ends.partition(".."))
    low, high = _number(name, first, text), _number(name, last, text)
    whole = bool(_WHOLE.fullmatch(first) and _WHOLE.fullmatch(last))
    log, step = _suffix(name, suffix, text)
    whole = whole and (step is None or step == step.to_integral_value())
    if not low < high:
        turned = f"{last}..{first}" + (f":{suffix}" if suffix else "")
        fix = f"Write {name}={turned}." if high < low else "Give two different ends."
        raise ConfigurationError(f"the range of {name} must ascend", received=text, fix=fix)
    if log and low <= 0:
        raise ConfigurationError(
            f"the range of {name} must be above 0 on a log scale",
            received=text,
            fix=_above_zero(name, high, last, whole=whole),
        )
    if step is not None:
        _check_step(name, (low, high, step), text)
    if whole:
        return IntDistribution(int(low), int(high), log=log, step=int(step or 1))
    size = None if step is None else float(step)
    return FloatDistribution(float(low), float(high), log=log, step=size)


def _number(name: str, text: str, of: str) -> Decimal:
    try:
        number = Decimal(text)
        if number.is_finite() and math.isfinite(float(number)):
            return number
    except InvalidOperation:
        pass
    raise ConfigurationError(
        f"the range of {name} must be made of finite numbers",
        received=of,
        fix=f"Write {name}= and one of {FORMS}.",
    )


def _suffix(name: str, suffix: str, of: str) -> tuple[bool, Decimal | None]:
    parts = [part.strip() for part in suffix.split(":")] if suffix else []
    steps = [part for part in parts if part.startswith("step=")]
    unknown = [part for part in parts if part != "log" and part not in steps]
    if unknown or of.rstrip().endswith(":"):
        raise ConfigurationError(
            f"what follows the range of {name} must be :log or :step=c", received=of, fix="Use one."
        )
    if len(parts) > 1:
        raise ConfigurationError(
            f"the range of {name} must have a log scale or a step, one of them once",
            received=of,
            fix="Leave one out.",
        )
    step = _number(name, steps[0].removeprefix("step="), of) if steps else None
    return "log" in parts, step


def _above_zero(name: str, high: Decimal, last: str, *, whole: bool) -> str:
    """A range with the same end that a log scale can have."""
    first = FIRST if high > FIRST else float(high) * FIRST
    if first <= 0:
        return "Leave :log out."
    return f"Begin above 0, as in {name}={1 if whole and high > 1 else first:g}..{last}:log."


def _check_step(name: str, numbers: tuple[Decimal, Decimal, Decimal], text: str) -> None:
    low, high, step = numbers
    if step <= 0:
        raise ConfigurationError(
            f"the step of {name} must be above 0", received=text, fix="Write a number above 0."
        )
    if (high - low) % step != 0:
        end = low + (high - low) // step * step
        fix = f"Write {name}={low}..{end}:step={step}." if end > low else "Take a smaller step."
        raise ConfigurationError(f"the range of {name} must be whole steps", received=text, fix=fix)
