"""Checkpoints: after each measured epoch, all that is needed to go on, and all that is known."""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import torch

from ib_mlflow.errors import CheckpointError, DataError
from ib_mlflow.trajectory import Trajectory

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from ib_mlflow.tracking.artifacts import Artifacts

FOLDER = "checkpoints"
_FORMAT = "ib_mlflow checkpoint 1"
_LAST = f"{FOLDER}/last.pt"


def save(
    artifacts: Artifacts,
    epoch: int,
    rows: Trajectory,
    state: Mapping[str, Any],
    identities: Collection[str],
) -> None:
    """Write the checkpoint of a measured epoch: its rows, and then the state to go on from.

    Arguments:
        artifacts: where to.
        epoch: the epoch.
        rows: what was measured at it.
        state: tensors, numbers, text, and lists and mappings of them.
        identities: the digests of the children that this training feeds.

    Raises:
        CheckpointError: the state holds something that cannot be loaded without running code.
        TrackingError: the disk is full; the checkpoints of earlier epochs stay.

    Example:
        >>> save(artifacts, 3, rows, {"epoch": 3}, [digest])  # doctest: +SKIP
    """
    _check(state, "state")
    # The rows first: a state without its rows would lose an epoch of the table for ever.
    artifacts.put(_name(epoch, "parquet"), rows.save)
    content = {"epoch": epoch, "identities": sorted(identities), "state": dict(state)}
    artifacts.put(_name(epoch, "pt"), partial(_write, content))


@dataclass(frozen=True)
class Last:
    """Where a job without epochs goes on.

    Arguments:
        state: as it was given to `save_last`.
        history: each step and its metrics.
    """

    state: dict[str, Any]
    history: list[tuple[int, dict[str, float]]]


def save_last(
    artifacts: Artifacts,
    state: Mapping[str, Any],
    history: Sequence[tuple[int, Mapping[str, float]]],
    identity: str,
) -> None:
    """Write the one checkpoint of a job, in place of the one before.

    Arguments:
        artifacts: where to.
        state: tensors, numbers, text, and lists and mappings of them.
        history: each step and its metrics.
        identity: the digest of the child.

    Raises:
        CheckpointError: the state holds something that cannot be loaded without running code.
        TrackingError: the disk is full; the checkpoint before stays.

    Example:
        >>> save_last(artifacts, fitted.checkpoint(), [(0, {})], digest)  # doctest: +SKIP
    """
    _check(state, "state")
    content = {"identities": [identity], "state": dict(state), "history": list(history)}
    artifacts.put(_LAST, partial(_write, content))


def load_last(artifacts: Artifacts, identity: str) -> Last | None:
    """Read the checkpoint of a job.

    Arguments:
        artifacts: where from.
        identity: the digest of the child.

    Returns:
        The checkpoint; None if it is not there or damaged.

    Raises:
        CheckpointError: the file is no checkpoint, or belongs to another child.

    Example:
        >>> load_last(artifacts, digest).state["update"]  # doctest: +SKIP
        3000
    """
    try:
        with artifacts.get(_LAST) as path:
            content = _read(path)
    except FileNotFoundError:
        return None
    if content is None:
        return None
    if content["identities"] != [identity] or "history" not in content:
        raise CheckpointError(
            "the checkpoint of a job must belong to it",
            received=f"one of identity {content['identities']}",
            fix="Start over with fresh=true, or put the run's own checkpoint back.",
        )
    return Last(content["state"], [(step, dict(metrics)) for step, metrics in content["history"]])


def epochs(artifacts: Artifacts) -> set[int]:
    """Return the epochs of which a folder holds anything."""
    stems = {name.partition(".")[0] for name in artifacts.names(FOLDER)}
    numbers = {stem.removeprefix("epoch_") for stem in stems if stem.startswith("epoch_")}
    return {int(number) for number in numbers if number.isdecimal()}


def load_rows(artifacts: Artifacts, epoch: int) -> Trajectory | None:
    """Return what was measured at an epoch; None if it is not there or damaged."""
    try:
        with artifacts.get(_name(epoch, "parquet")) as path:
            return Trajectory.load(path)
    except (FileNotFoundError, DataError):
        return None


def load_state(
    artifacts: Artifacts, epoch: int, identities: Collection[str]
) -> dict[str, Any] | None:
    """Read the state to go on from.

    Arguments:
        artifacts: where from.
        epoch: the epoch.
        identities: the digests of the children to go on with.

    Returns:
        The state as it was given to `save`; None if it is not there or damaged.

    Raises:
        CheckpointError: the file is no checkpoint, or belongs to other children.

    Example:
        >>> load_state(artifacts, 3, [digest])["epoch"]  # doctest: +SKIP
        3
    """
    try:
        with artifacts.get(_name(epoch, "pt")) as path:
            content = _read(path)
    except FileNotFoundError:
        return None
    if content is None:
        return None
    if content.get("epoch") != epoch or not set(identities) & set(content["identities"]):
        raise CheckpointError(
            f"the checkpoint of epoch {epoch} must belong to the children that go on from it",
            received=f"epoch {content.get('epoch')} of identities {content['identities']}",
            fix="Start over with fresh=true, or put the run's own checkpoint back.",
        )
    state: dict[str, Any] = content["state"]
    return state


def _check(value: object, where: str) -> None:
    if isinstance(value, dict):
        for key, part in value.items():
            _check(part, f"{where}[{key!r}]")
    elif isinstance(value, (list, tuple)):
        for index, part in enumerate(value):
            _check(part, f"{where}[{index}]")
    elif value is not None and type(value) not in (str, int, float, bool, torch.Tensor):
        raise CheckpointError(
            "a checkpoint is made of tensors, numbers, text, None, lists and mappings",
            received=f"{type(value).__name__} at {where}",
            fix="Convert it: torch.from_numpy(array), float(x), module.state_dict().",
        )


def _write(content: Mapping[str, Any], path: Path) -> None:
    try:
        torch.save({"format": _FORMAT, **content}, path)
    except RuntimeError as error:  # which is what torch makes of a full disk
        raise OSError(f"torch.save did not finish: {error}") from error


def _read(path: Path) -> dict[str, Any] | None:
    """Read a file that `_write` wrote; None if it is damaged."""
    if _damaged(path):
        return None
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except RuntimeError:  # which is what torch makes of an archive that is broken elsewhere
        return None
    except Exception:
        # torch advises here to load it with weights_only=False, which would run what it holds.
        raise CheckpointError(
            "a checkpoint must be loadable without running code",
            received=f"{path.name}, which is another kind of file, such as a pickle",
            fix="Start over with fresh=true, or put the run's own checkpoint back.",
        ) from None
    whole = isinstance(content, dict) and isinstance(content.get("state"), dict)
    if not whole or content.get("format") != _FORMAT or "identities" not in content:
        raise CheckpointError(
            f"a checkpoint must be of the format {_FORMAT!r}, with identities and a state",
            received=f"{path.name}, which is not",
            fix="Start over with fresh=true, or put the run's own checkpoint back.",
        )
    return dict(content)


def _damaged(path: Path) -> bool:
    """Tell a file that torch wrote and something broke from one that is of another kind altogether.

    torch.save writes a zip archive, whose checksums torch.load does not look at.
    """
    with path.open("rb") as file:
        start = file.read(4)
    try:
        with zipfile.ZipFile(path) as archive:
            # An entry with attributes is none of torch's, which reads a folder's as anything.
            folders = any(entry.external_attr for entry in archive.infolist())
            return folders or archive.testzip() is not None
    except zipfile.BadZipFile:
        # Whatever came to the disk of an archive's first bytes; the rest is zeros, or nothing.
        return b"PK\x03\x04".startswith(start.rstrip(b"\0"))
    except (OSError, EOFError, ValueError, RuntimeError, zlib.error):
        return True


def _name(epoch: int, suffix: str) -> str:
    return f"{FOLDER}/epoch_{epoch:06d}.{suffix}"
