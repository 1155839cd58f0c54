"""Sample propagation as an estimator of every hidden layer of noisy networks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ib_mlflow.information.propagation.noisy import (
    DRAWS,
    REPEATS,
    check_setting,
    noisy_information,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import ArrayLike

    from ib_mlflow.information.estimate import LayerInformation
    from ib_mlflow.information.protocols import Propagate


@dataclass(frozen=True)
class SamplePropagation:
    """`noisy_information` with its settings, for `measure`.

    Arguments:
        repeats: propagations of every input, an even number from 4 on.
        n_queries: draws from the mixture of all, at least 100.
        seed: a whole number; the same at every epoch, so that epochs differ by what was learnt.

    Raises:
        InvalidInputError: for a setting out of its range.

    Example:
        >>> SamplePropagation(repeats=32).setting
        'repeats=32,n_queries=10000'
    """

    repeats: int = REPEATS
    n_queries: int = DRAWS
    seed: int = 0

    def __post_init__(self) -> None:
        check_setting(self.repeats, self.n_queries, self.seed)

    @property
    def name(self) -> str:
        """The estimator's name in a trajectory."""
        return "sp"

    @property
    def setting(self) -> str:
        """What decides the error; not the seed."""
        return f"repeats={self.repeats},n_queries={self.n_queries}"

    def layers(
        self, propagate: Propagate, inputs: Any, labels: ArrayLike, *, beta: ArrayLike
    ) -> Iterator[tuple[int, LayerInformation]]:
        """Measure every hidden layer of the networks behind `propagate`."""
        return noisy_information(
            propagate,
            inputs,
            labels,
            beta=beta,
            seed=self.seed,
            repeats=self.repeats,
            n_queries=self.n_queries,
        )
