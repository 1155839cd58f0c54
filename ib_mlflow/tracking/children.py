"""Child runs: what identifies one, which rows are its own, and what its run is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ib_mlflow.errors import InvalidInputError, TrackingError
from ib_mlflow.tracking import tags
from ib_mlflow.tracking.identity import digest
from ib_mlflow.tracking.metrics import check_names

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    import numpy.typing as npt
    import pandas as pd
    from mlflow.entities import Run

    from ib_mlflow.trajectory import Trajectory

NAME_LENGTH = 250
"""The longest name of a run that every database of MLflow's stores."""
_SELECTABLE = ("member", "layer", "estimator", "setting")


@dataclass(frozen=True)
class ChildSpec:
    """What a child run is: a swept value, or a trial.

    Arguments:
        name: the run's name, for people.
        parameters: what the comparison pages show, under bare names: swept values, the seed.
        identity: everything that determines the child's numbers: the whole configuration of the
            training and of the estimator, the data's digest. Two children with equal identities
            are the same child, whichever study asks for it.
        selects: which rows of the table are the child's own: for any of "estimator", "setting",
            "member" and "layer" the values to keep. Empty: all rows.
        curves: the estimators that have curves in MLflow; those of the others stand in the table
            alone. Empty: all.

    Raises:
        InvalidInputError: an identity that is not plain values, or an unknown column.

    Example:
        >>> fine = ChildSpec("bin size 0.07", {"bin_size": 0.07}, {"bin_size": 0.07, "seed": 0},
        ...     selects={"setting": ["bin_size=0.07"]})
        >>> len(fine.digest)
        64
    """

    name: str
    parameters: Mapping[str, object]
    identity: Mapping[str, object]
    selects: Mapping[str, Collection[object]] = field(default_factory=dict)
    curves: Collection[str] = ()
    digest: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        for column, values in self.selects.items():
            if column not in _SELECTABLE or isinstance(values, str) or not len(values):
                raise InvalidInputError(
                    f"selects maps {', '.join(_SELECTABLE)} to the values to keep",
                    received=f"{column}: {values!r}",
                    fix='For example {"setting": ["bin_size=0.07"]}.',
                )
        if not self.name.strip() or not self.name.isprintable() or len(self.name) > NAME_LENGTH:
            raise InvalidInputError(
                f"a child is called by 1 to {NAME_LENGTH} printable letters",
                received=repr(self.name[:NAME_LENGTH]),
                fix='Write for example "bin size 0.07", and the rest into its parameters.',
            )
        check_names(list(self.parameters))
        object.__setattr__(self, "digest", digest(self.identity))

    def rows(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the rows of a trajectory's table that are the child's own."""
        kept: npt.NDArray[np.bool_] = np.ones(len(frame), dtype=bool)
        for column, values in self.selects.items():
            kept &= _among(frame[column], values)
        return frame if kept.all() else frame[kept]

    def curve_rows(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return those of its rows that its curves in MLflow are made of."""
        own = self.rows(frame)
        if not self.curves:
            return own
        shown = _among(own["estimator"], self.curves)
        return own if shown.all() else own[shown]


@dataclass(frozen=True)
class Child:
    """A child and its run.

    Arguments:
        spec: what it is.
        run: the run, as it was found or made.
        finished: whether an earlier process finished it.
        resumed: whether an earlier process began it.
        light: the light child that shows it, where the run itself stays with an earlier study.
    """

    spec: ChildSpec
    run: Run
    finished: bool
    resumed: bool
    light: Run | None = None

    @property
    def run_id(self) -> str:
        """The run's id."""
        return str(self.run.info.run_id)

    @property
    def sources(self) -> list[str]:
        """The runs that may hold the child's checkpoints, oldest first."""
        return [
            source for source in self.run.data.tags.get(tags.CHECKPOINTS, "").split(",") if source
        ]


def _among(column: pd.Series[Any], values: Collection[object]) -> npt.NDArray[np.bool_]:
    """Whether each value of a column is one of these; of a column that has no other at a glance."""
    if set(column.tolist()) <= set(values):
        return np.ones(len(column), dtype=bool)
    return column.isin(list(values)).to_numpy()


def rows_of(specs: Sequence[ChildSpec], measured: Trajectory) -> Trajectory | None:
    """Keep the rows that belong to any of several children.

    Arguments:
        specs: the children.
        measured: the rows of one training.

    Returns:
        The rows of the children together; None if a child has none.

    Example:
        >>> rows_of([], measured=None) is None
        True
    """
    parts = [spec.rows(measured.frame) for spec in specs]
    if not parts or any(part.empty for part in parts):
        return None
    used = np.zeros(len(measured.frame), dtype=bool)
    for part in parts:
        used[part.index.to_numpy()] = True
    return measured.where(used)


def next_epoch(measured: Trajectory, previous: int | None) -> int:
    """The epoch of rows that are logged after those of another epoch.

    Arguments:
        measured: rows of one epoch.
        previous: the epoch before; None for none.

    Raises:
        TrackingError: they are of several epochs, or of no later one.
    """
    epoch, *others = measured.epochs
    if others or (previous is not None and epoch <= previous):
        raise TrackingError(
            "rows are logged an epoch at a time, each later than the one before",
            received=f"epochs {measured.epochs} after {previous}",
            fix="Let train go on from the recording's checkpoint, and log each snapshot once.",
        )
    return epoch
