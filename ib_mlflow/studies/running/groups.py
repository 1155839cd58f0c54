"""Groups: members that differ only in their seeds, and how they are measured."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information import Binned, LayeredEstimator, LayerEstimator, NetworkEstimator
from ib_mlflow.training import Schedule

Estimator = LayerEstimator | LayeredEstimator | NetworkEstimator
PLANE = "plane"
"""The role of the estimator that a group is drawn by."""


@dataclass(frozen=True, order=True)
class Condition:
    """What members that share a seed differ in; ordered by its numbers.

    Arguments:
        beta: standard deviation of the noise added to every hidden unit in training, in
            activation units; 0 for a deterministic network.
        orthonormality: strength of the regularisation towards orthonormal weights, per step.
        random_labels: share of what they learn whose labels are drawn at random, by the member's
            seed.
    """

    beta: float = 0.0
    orthonormality: float = 0.0
    random_labels: float = 0.0


@dataclass(frozen=True)
class Group:
    """Members that differ only in their seeds, and how they are measured: one child run.

    Arguments:
        name: of the child run; no two groups of a study share it.
        seeds: one a member.
        estimators: by their role; that of the role "plane" is drawn.
        condition: what its members have in common and other groups' may not.
        parameters: what tells the child runs apart in MLflow's comparison pages.
        layers: the layers that are recorded; None for all.
    """

    name: str
    seeds: tuple[int, ...]
    estimators: Mapping[str, Estimator]
    condition: Condition = Condition()
    parameters: Mapping[str, object] = field(default_factory=dict)
    layers: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        if PLANE not in self.estimators or not self.seeds:
            raise InvalidInputError(
                f"a group has seeds, and an estimator of the role {PLANE!r}",
                received=f"{self.name!r} with {len(self.seeds)} seeds and {list(self.estimators)}",
                fix=f"Name the one that is drawn {PLANE!r}.",
            )

    def estimator(self, role: str) -> Estimator:
        """The estimator of a role.

        Raises:
            InvalidInputError: no estimator has it.
        """
        if role not in self.estimators:
            raise InvalidInputError(
                "a group knows its estimators by their roles",
                received=role,
                fix=f"{self.name!r} has {', '.join(self.estimators)}.",
            )
        return self.estimators[role]


def binned_groups(
    name: str,
    bin_sizes: Sequence[float],
    seeds: tuple[int, ...],
    swept: Mapping[str, object] | None = None,
    bins: Callable[[float], Mapping[str, Estimator]] = lambda size: {PLANE: Binned(size)},
) -> tuple[Group, ...]:
    """One child run for each bin size, of the same members.

    Arguments:
        name: of the network; where there are several sizes, each child has its own behind it.
        bin_sizes: widths of a bin, in activation units.
        seeds: of the members.
        swept: further parameters that tell the child runs apart.
        bins: the estimators of a bin size, by role.

    Returns:
        The groups.

    Example:
        >>> [group.name for group in binned_groups("tanh", [0.07, 0.3], seeds=(0,))]
        ['tanh, bin_size=0.07', 'tanh, bin_size=0.3']
    """

    def groups() -> Iterator[Group]:
        for bin_size in bin_sizes:
            yield Group(
                f"{name}, bin_size={bin_size}" if len(bin_sizes) > 1 else name,
                seeds,
                bins(bin_size),
                parameters={"bin_size": bin_size, **(swept or {})},
            )

    return tuple(groups())


def spaced(epochs: int, measured: int) -> Schedule:
    """About so many epochs at even distances on a logarithmic scale, with the one before training.

    The last epoch is always one of them.

    Example:
        >>> spaced(1000, 4).epochs
        (0, 1, 10, 100, 1000)
    """
    steps = [step / (measured - 1) for step in range(measured)] if measured > 1 else [1.0]
    return Schedule.of({round(epochs**step) for step in steps})
