"""How a search goes: which sampler and pruner, how many trials, how many at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ib_mlflow.errors import ConfigurationError
from ib_mlflow.tuning.pruners import PRUNERS
from ib_mlflow.tuning.words import unknown_word

if TYPE_CHECKING:
    from ib_mlflow.tuning.parameters import Value

SAMPLERS = {
    "tpe": "tree-structured Parzen estimator, over all parameters together",
    "gp": "Gaussian process",
    "nsga2": "genetic, for several objectives",
    "cmaes": "covariance matrix adaptation, for parameters that are continuous or whole numbers",
    "qmc": "scrambled Sobol' sequence, by trial number",
    "random": "independent draws, by trial number",
    "grid": "every point once, by trial number",
    "bruteforce": "every point once, in an order that is drawn on the way",
}
LIMITS = {"trials": 1, "batch": 1, "workers": 1, "seed": 0}


@dataclass(frozen=True)
class SearchPlan:
    """What all workers of a search agree on.

    Arguments:
        trials: how many shall come to an end, those of earlier commands included.
        sampler: by name.
        pruner: by name.
        batch: points that are asked for and computed at a time.
        workers: processes that search at once, on one storage.
        seed: of the sampler.
        enough: whether it ends before, once less is left to gain than the best value's standard
            error.
        first: the values of trial 0 by name, as `Space.holding` reads them; empty where it is
            drawn as the others are.

    Raises:
        ConfigurationError: a name is unknown, or a number out of range.

    Example:
        >>> SearchPlan(trials=20, batch=5).sampler
        'tpe'
    """

    trials: int
    sampler: str = "tpe"
    pruner: str = "none"
    batch: int = 1
    workers: int = 1
    seed: int = 0
    enough: bool = False
    first: tuple[tuple[str, Value], ...] = ()

    def __post_init__(self) -> None:
        """Check names and numbers."""
        if self.sampler not in SAMPLERS:
            raise unknown_word("sampler", self.sampler, SAMPLERS)
        if self.pruner not in PRUNERS:
            raise unknown_word("pruner", self.pruner, PRUNERS)
        for name, least in LIMITS.items():
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise ConfigurationError(
                    f"{name} must be a whole number of at least {least}",
                    received=repr(value),
                    fix=f"Write {name}={least} or more.",
                )

    @property
    def parallel(self) -> bool:
        """Whether points are asked for before the values of others are known."""
        return self.batch * self.workers > 1
