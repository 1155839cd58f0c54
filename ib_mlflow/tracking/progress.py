"""How far the unfinished children of one training have come, and what to go on from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from ib_mlflow.errors import CheckpointError
from ib_mlflow.tracking import checkpoints
from ib_mlflow.tracking.children import rows_of
from ib_mlflow.trajectory import KEYS, Trajectory

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ib_mlflow.tracking.artifacts import Artifacts
    from ib_mlflow.tracking.children import ChildSpec
    from ib_mlflow.trajectory import Guides


@dataclass(frozen=True)
class Progress:
    """Where a training goes on.

    Arguments:
        rows: what was measured up to the epoch of `state`, an epoch each, ascending.
        state: what `train` goes on from; None to begin.
    """

    rows: tuple[Trajectory, ...] = ()
    state: dict[str, Any] | None = None


def find_progress(
    sources: Sequence[Artifacts], specs: Sequence[ChildSpec], guides: Guides
) -> Progress:
    """Find the last epoch that every child can go on from.

    That is the last one whose state can be read and up to which no child lacks an epoch: a child
    that joins the others late, or rows that are damaged, take all of them back, and what is
    measured anew is the same bit for bit.

    Arguments:
        sources: the artifacts that may hold checkpoints.
        specs: the unfinished children that one training feeds.
        guides: the entropies of the measured set in nats.

    Returns:
        The progress; none if there is no such epoch.

    Raises:
        CheckpointError: a checkpoint belongs to other children, or to another measured set.

    Example:
        >>> find_progress([], [], guides=None)
        Progress(rows=(), state=None)
    """
    held = [(source, checkpoints.epochs(source)) for source in sources]
    rows: list[Trajectory] = []
    for epoch in sorted(set().union(*(epochs for _, epochs in held))):
        measured = _rows_at(epoch, [source for source, epochs in held if epoch in epochs], specs)
        if measured is None:
            break
        if measured.guides != guides:
            raise CheckpointError(
                "rows to go on with must be of the same measured set",
                received=f"{measured.guides} at epoch {epoch}, not {guides}",
                fix="Put the data's digest into the identity, or start over with fresh=true.",
            )
        rows.append(measured)
    identities = [spec.digest for spec in specs]
    while rows:
        epoch = rows[-1].epochs[0]
        for source, _ in reversed(held):
            state = checkpoints.load_state(source, epoch, identities)
            if state is not None:
                return Progress(tuple(rows), state)
        rows.pop()
    return Progress()


def _rows_at(
    epoch: int, sources: Sequence[Artifacts], specs: Sequence[ChildSpec]
) -> Trajectory | None:
    """Return an epoch's rows of all children; None if one has none."""
    parts = [checkpoints.load_rows(source, epoch) for source in sources]
    readable = [part for part in parts if part is not None]
    if not readable:
        return None
    frame = pd.concat([part.frame for part in readable]).drop_duplicates(KEYS)
    whole = readable[0] if len(readable) == 1 else Trajectory(frame, readable[0].guides)
    return rows_of(specs, whole)
