"""What is searched: parameters of a study with their ranges or choices, in one text.

The grammar, with `;` between parameters and blanks where one likes:

    learning_rate=0.01..1:log       floats, evenly on a log scale
    dropout=0..0.5:step=0.1         floats in steps; the range is a whole number of them
    momentum=0.0..0.9               floats
    members=2..8                    whole numbers, since both ends (and a step) are written so
    epochs=10..1000:log             whole numbers, evenly on a log scale
    activation=tanh|relu            choices, taken as they are written
    hidden=12,8,4|10,7,5,4,3        choices may hold commas
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from ib_mlflow.errors import ConfigurationError
from ib_mlflow.tuning.parameters import Parameter, Value, written
from ib_mlflow.tuning.ranges import FORMS
from ib_mlflow.tuning.words import unknown_word

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from optuna import Trial
    from optuna.distributions import BaseDistribution


@dataclass(frozen=True)
class Space:
    """A search space.

    Arguments:
        parameters: in the order of the text.

    Example:
        >>> space = Space.parse("beta=0.001..0.1:log; activation=tanh|relu")
        >>> space.description
        {'beta': '0.001..0.1:log', 'activation': 'tanh|relu'}
    """

    parameters: tuple[Parameter, ...]

    @classmethod
    def parse(cls, text: str) -> Space:
        """Read a search space.

        Arguments:
            text: in the grammar of this file.

        Returns:
            The space.

        Raises:
            ConfigurationError: a part cannot be read, a range is empty or reversed or touches 0
                on a log scale, or a name stands twice.

        Example:
            >>> Space.parse("beta=1..0.1")
            Traceback (most recent call last):
            ib_mlflow.errors.ConfigurationError: the range of beta must ascend; received 1..0.1.
            Write beta=0.1..1.
        """
        parts = [part.strip() for part in text.split(";") if part.strip()]
        if not parts:
            raise ConfigurationError(
                "a search space must have a parameter",
                received=repr(text),
                fix=f"Write name= and one of {FORMS}, with ; between parameters.",
            )
        parameters = tuple(Parameter.parse(part) for part in parts)
        names = [parameter.name for parameter in parameters]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ConfigurationError(
                "a search space must have each parameter once",
                received=f"{twice[0]} twice",
                fix="Leave one out.",
            )
        return cls(parameters)

    @property
    def names(self) -> list[str]:
        """The parameters' names, in order."""
        return [parameter.name for parameter in self.parameters]

    @property
    def description(self) -> dict[str, str]:
        """By name the values, always written in the same way: what spaces are compared by."""
        return {parameter.name: parameter.text for parameter in self.parameters}

    @property
    def distributions(self) -> dict[str, BaseDistribution]:
        """What Optuna draws each parameter from, by name."""
        return {parameter.name: parameter.distribution for parameter in self.parameters}

    @property
    def size(self) -> int | None:
        """How many points there are; None where a parameter is continuous."""
        if any(parameter.continuous for parameter in self.parameters):
            return None
        return math.prod(len(parameter.values()) for parameter in self.parameters)

    def known(self, names: Iterable[str]) -> None:
        """Refuse parameters that a study does not have.

        Arguments:
            names: the study's parameters.

        Raises:
            ConfigurationError: one of the space is not among them; with the nearest.

        Example:
            >>> Space.parse("bata=0.001..0.1").known(["beta", "epochs"])
            Traceback (most recent call last):
            ib_mlflow.errors.ConfigurationError: every searched parameter must be known; received
            bata. Did you mean beta? Known: beta, epochs.
        """
        names = list(names)
        for name in self.names:
            if name not in names:
                raise unknown_word("searched parameter", name, names)

    def suggest(self, trial: Trial) -> dict[str, str]:
        """Draw a point for a trial.

        Arguments:
            trial: of an Optuna study.

        Returns:
            The values by name, as a study's command line takes them.

        Example:
            >>> from optuna.trial import FixedTrial
            >>> Space.parse("members=2..8").suggest(FixedTrial({"members": 3}))
            {'members': '3'}
        """
        for name, distribution in self.distributions.items():
            if isinstance(distribution, CategoricalDistribution):
                trial.suggest_categorical(name, distribution.choices)
            elif isinstance(distribution, IntDistribution):
                low, high, log = distribution.low, distribution.high, distribution.log
                trial.suggest_int(name, low, high, step=distribution.step, log=log)
            elif isinstance(distribution, FloatDistribution):
                lowest, highest = distribution.low, distribution.high
                log = distribution.log
                trial.suggest_float(name, lowest, highest, step=distribution.step, log=log)
        return self.read(trial.params)

    def read(self, params: Mapping[str, object]) -> dict[str, str]:
        """Write the values of a trial, drawn here or read back, as a command line takes them.

        Arguments:
            params: of an Optuna trial.

        Returns:
            The values by name, in the order of the space. Equal points have equal texts.

        Example:
            >>> Space.parse("beta=0.001..0.1;members=2..8").read({"members": 3, "beta": 0.05})
            {'beta': '0.05', 'members': '3'}
        """
        return {name: written(cast("Value", params[name])) for name in self.names}

    def holding(self, values: Mapping[str, object]) -> tuple[tuple[str, Value], ...]:
        """A point of the space, as a plan's `first` takes it.

        Arguments:
            values: by name, of the space's parameters and of others, which are passed over.

        Returns:
            Names and values in the order of the space; none where the space lacks one of the
            values, or a parameter has none.

        Example:
            >>> Space.parse("beta=0.001..0.1;members=2..8").holding({"beta": 0.05, "members": "3"})
            (('beta', 0.05), ('members', 3))
        """
        pairs = tuple((p.name, p.holds(values.get(p.name))) for p in self.parameters)
        found = tuple((name, value) for name, value in pairs if value is not None)
        return found if len(found) == len(pairs) else ()

    def at(self, positions: Sequence[float]) -> dict[str, Value]:
        """The point at a position in the unit cube.

        Arguments:
            positions: (d,) each at least 0 and below 1, one a parameter.

        Returns:
            The values by name.
        """
        pairs = zip(self.parameters, positions, strict=True)
        return {parameter.name: parameter.at(position) for parameter, position in pairs}

    def point(self, number: int) -> dict[str, Value]:
        """One point of a space without continuous parameters; the last parameter runs fastest.

        Arguments:
            number: at least 0 and below `size`.

        Returns:
            The values by name.

        Example:
            >>> Space.parse("members=2..4;activation=tanh|relu").point(3)
            {'members': 3, 'activation': 'relu'}
        """
        point: dict[str, Value] = {}
        for parameter in reversed(self.parameters):
            values = parameter.values()
            number, place = divmod(number, len(values))
            point[parameter.name] = values[place]
        return {name: point[name] for name in self.names}

    def difference(self, other: Mapping[str, str]) -> list[str]:
        """What differs from another space.

        Arguments:
            other: its `description`.

        Returns:
            A phrase for each parameter that differs; none for equal spaces.

        Example:
            >>> Space.parse("beta=0.001..0.1").difference({"beta": "0.001..0.2", "alpha": "0|1"})
            ['beta is 0.001..0.1 here and 0.001..0.2 there', 'alpha is only there']
        """
        mine = self.description
        phrases = [
            f"{name} is {text} here and {other[name]} there" if name in other else f"{name} is new"
            for name, text in mine.items()
            if other.get(name) != text
        ]
        return phrases + [f"{name} is only there" for name in other if name not in mine]
