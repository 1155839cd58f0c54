"""What a search is for: one or more results of a study, each to be made large or small."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from optuna.study import StudyDirection

from ib_mlflow.errors import ConfigurationError
from ib_mlflow.tuning.words import unknown_word

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DIRECTIONS = {"max": StudyDirection.MAXIMIZE, "min": StudyDirection.MINIMIZE}


@dataclass(frozen=True)
class Objective:
    """One result and where it shall go.

    Arguments:
        name: of the result, as MLflow shows it.
        direction: "max" or "min".
    """

    name: str
    direction: str

    def __str__(self) -> str:
        """Return it as it is written."""
        return f"{self.name}:{self.direction}"


@dataclass(frozen=True)
class Objectives:
    """The results that a search is for.

    Arguments:
        objectives: one or more, in the order of a trial's values.
    """

    objectives: tuple[Objective, ...]

    @classmethod
    def parse(cls, text: str) -> Objectives:
        """Read `summary/val_accuracy:max,summary/val_loss_nats:min`.

        Arguments:
            text: results with :max or :min, with commas between them.

        Returns:
            The objectives.

        Raises:
            ConfigurationError: there is none, one has no direction, or one stands twice.

        Example:
            >>> Objectives.parse("summary/val_accuracy:max").names
            ['summary/val_accuracy']
            >>> Objectives.parse("summary/val_accuracy")
            Traceback (most recent call last):
            ib_mlflow.errors.ConfigurationError: every objective must be a result and a direction;
            received 'summary/val_accuracy'. Write name:max or name:min, several with commas.
        """
        objectives = []
        for part in text.split(","):
            name, _, direction = part.strip().rpartition(":")
            if not name or ";" in name or direction not in DIRECTIONS:
                raise ConfigurationError(
                    "every objective must be a result and a direction",
                    received=repr(part.strip()),
                    fix="Write name:max or name:min, several with commas.",
                )
            objectives.append(Objective(name.strip(), direction))
        names = [objective.name for objective in objectives]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ConfigurationError(
                "every objective must stand once",
                received=f"{twice[0]} twice",
                fix="Leave one out.",
            )
        return cls(tuple(objectives))

    @property
    def names(self) -> list[str]:
        """The results' names, in order."""
        return [objective.name for objective in self.objectives]

    @property
    def directions(self) -> list[StudyDirection]:
        """Where each shall go, as Optuna has it."""
        return [DIRECTIONS[objective.direction] for objective in self.objectives]

    @property
    def several(self) -> bool:
        """Whether there is more than one, so that there is a front and no best."""
        return len(self.objectives) > 1

    def __str__(self) -> str:
        """Return them as they are written."""
        return ",".join(str(objective) for objective in self.objectives)

    def known(self, names: Iterable[str]) -> None:
        """Refuse an objective that no child run logs.

        Arguments:
            names: the results that there are.

        Raises:
            ConfigurationError: one is missing; with the nearest, and the known ones.
        """
        names = list(names)
        for name in self.names:
            if name not in names:
                raise unknown_word("objective", name, names)

    def values(self, results: Mapping[str, float]) -> tuple[float, ...]:
        """Take the objectives' values from a trial's results.

        Arguments:
            results: by name.

        Returns:
            One value an objective, in order; NaN of a trial that diverged stays NaN.

        Raises:
            ConfigurationError: one is missing.
        """
        self.known(results)
        return tuple(float(results[name]) for name in self.names)

    def better(self, value: float, other: float) -> bool:
        """Whether one value of the only objective is better than another; NaN never is."""
        if math.isnan(value) or math.isnan(other):
            return not math.isnan(value) and math.isnan(other)
        return value > other if self.objectives[0].direction == "max" else value < other
