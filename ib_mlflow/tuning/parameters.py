"""One searched parameter: a range of floats or of whole numbers, or choices."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from ib_mlflow.errors import ConfigurationError
from ib_mlflow.tuning.ranges import FORMS, range_of

Value: TypeAlias = float | int | str
"""A parameter's value as Optuna holds it; a choice is the text that stands on the command line."""
_NAME = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True)
class Parameter:
    """A searched parameter.

    Arguments:
        name: as the study's command line has it.
        distribution: what Optuna draws it from.
    """

    name: str
    distribution: BaseDistribution

    @classmethod
    def parse(cls, text: str) -> Parameter:
        """Read `name=0.01..1:log`, `name=2..8`, `name=0..1:step=0.1` or `name=tanh|relu`.

        Arguments:
            text: one part of a search space.

        Returns:
            The parameter. It is of whole numbers where both ends and the step are written so.

        Raises:
            ConfigurationError: the text is none of these.

        Example:
            >>> Parameter.parse("members=2..8").text
            '2..8'
        """
        name, equals, values = (part.strip() for part in text.partition("="))
        if not equals or not _NAME.fullmatch(name) or not values:
            raise ConfigurationError(
                "every part of a search space must be a name and its values",
                received=repr(text),
                fix=f"Write name= and one of {FORMS}, with ; between parts.",
            )
        if ".." in values and "|" not in values:
            return cls(name, range_of(name, values))
        return cls(name, _choices(name, values))

    @property
    def text(self) -> str:
        """Its values in the grammar, always written in the same way."""
        distribution = self.distribution
        if isinstance(distribution, CategoricalDistribution):
            return "|".join(str(choice) for choice in distribution.choices)
        assert isinstance(distribution, FloatDistribution | IntDistribution)
        text = f"{distribution.low!r}..{distribution.high!r}"
        if distribution.log:
            return f"{text}:log"
        stepped = distribution.step not in (None, 1) or (
            isinstance(distribution, FloatDistribution) and distribution.step is not None
        )
        return f"{text}:step={distribution.step!r}" if stepped else text

    @property
    def continuous(self) -> bool:
        """Whether between any two of its values there are others."""
        return isinstance(self.distribution, FloatDistribution) and self.distribution.step is None

    @property
    def edges(self) -> list[Value]:
        """Its choices, or both ends of its range.

        Example:
            >>> Parameter.parse("members=2..8").edges, Parameter.parse("activation=tanh|relu").edges
            ([2, 8], ['tanh', 'relu'])
        """
        distribution = self.distribution
        if isinstance(distribution, FloatDistribution | IntDistribution):
            return [distribution.low, distribution.high]
        return self.values()

    def values(self) -> list[Value]:
        """All its values, in order; it must not be continuous."""
        distribution = self.distribution
        if isinstance(distribution, CategoricalDistribution):
            return [str(choice) for choice in distribution.choices]
        assert isinstance(distribution, FloatDistribution | IntDistribution)
        if isinstance(distribution, IntDistribution):
            return list(range(distribution.low, distribution.high + 1, distribution.step))
        low, step = Decimal(repr(distribution.low)), Decimal(repr(distribution.step))
        count = int((Decimal(repr(distribution.high)) - low) / step) + 1
        return [float(low + place * step) for place in range(count)]

    def holds(self, value: object) -> Value | None:
        """One of its values, as Optuna holds it; None of what it has not.

        Arguments:
            value: a number, or a text of one or of a choice.

        Example:
            >>> Parameter.parse("dropout=0|0.1").holds(0.0)
            '0'
            >>> Parameter.parse("members=2..8").holds("9") is None
            True
        """
        distribution = self.distribution
        if isinstance(distribution, CategoricalDistribution):
            return next((str(each) for each in distribution.choices if _same(each, value)), None)
        try:
            number = float(str(value))
        except ValueError:
            return None
        whole = isinstance(distribution, IntDistribution)
        if not math.isfinite(number) or (whole and number != int(number)):
            return None
        own: Value = int(number) if whole else number
        if not self.continuous:
            return own if own in self.values() else None
        assert isinstance(distribution, FloatDistribution)
        return own if distribution.low <= number <= distribution.high else None

    def at(self, position: float) -> Value:
        """The value at a position between 0 and 1, each as likely as Optuna's random draws.

        Arguments:
            position: 0 ≤ position < 1.

        Example:
            >>> Parameter.parse("rate=0.01..1:log").at(0.5)
            0.1000...
        """
        distribution = self.distribution
        if isinstance(distribution, FloatDistribution) and distribution.log:
            low, high = math.log(distribution.low), math.log(distribution.high)
            value = math.exp(low + position * (high - low))
            return min(max(value, distribution.low), distribution.high)
        if isinstance(distribution, IntDistribution) and distribution.log:
            low, high = math.log(distribution.low - 0.5), math.log(distribution.high + 0.5)
            whole = round(math.exp(low + position * (high - low)))
            return min(max(whole, distribution.low), distribution.high)
        if self.continuous:
            assert isinstance(distribution, FloatDistribution)
            value = distribution.low + position * (distribution.high - distribution.low)
            return min(value, distribution.high)
        values = self.values()
        return values[min(int(position * len(values)), len(values) - 1)]


def _same(one: object, other: object) -> bool:
    """Whether two values are equal, as numbers where both are."""
    try:
        return float(str(one)) == float(str(other))
    except ValueError:
        return str(one) == str(other)


def written(value: Value) -> str:
    """A value as the command line of a study takes it; a float comes back exactly.

    Example:
        >>> written(0.1 + 0.2), written(3), written("10,7,5")
        ('0.30000000000000004', '3', '10,7,5')
    """
    return value if isinstance(value, str) else repr(value)


def _choices(name: str, text: str) -> CategoricalDistribution:
    choices = [choice.strip() for choice in text.split("|")]
    twice = sorted({choice for choice in choices if choices.count(choice) > 1})
    if len(choices) < 2 or "" in choices or twice:
        fix = "Leave one out." if twice else "Write x|y|z; a fixed value is an ordinary parameter."
        raise ConfigurationError(
            f"{name} must have a range or two or more different choices", received=text, fix=fix
        )
    return CategoricalDistribution(choices)
