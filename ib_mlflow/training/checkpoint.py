"""What a checkpoint holds, and how training goes on from one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from ib_mlflow.errors import CheckpointError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from ib_mlflow.networks import Ensemble
    from ib_mlflow.training.augmentation import Augmentation
    from ib_mlflow.training.engines.descent import Descent

AFRESH = "fresh=true in a command, resume=None in a program"
"""How training begins anew, whoever reads it."""


def conditions(
    ensemble: Ensemble, learnt: str, descent: Descent, augmentation: Augmentation | None
) -> dict[str, Any]:
    """What must be the same for training to go on as if it had not been interrupted.

    Arguments:
        ensemble: the networks.
        learnt: the digest of what they learn.
        descent: how they learn.
        augmentation: how images are changed while they are learnt.
    """
    return {
        "architecture": ensemble.architecture,
        "seeds": torch.tensor(ensemble.seeds),
        "beta": torch.from_numpy(ensemble.beta),
        "dataset": learnt,
        "learning_rate": torch.from_numpy(descent.learning_rate),
        "final_learning_rate": torch.from_numpy(descent.final_learning_rate),
        "last epoch of the learning rate": descent.last,
        "momentum": torch.from_numpy(descent.momentum),
        "weight_decay": torch.from_numpy(descent.weight_decay),
        "orthonormality": torch.from_numpy(descent.orthonormality),
        "batch_size": descent.batch_size,
        "augmentation": repr(augmentation),
    }


def progress(conditions: Mapping[str, Any], velocity: Mapping[str, Tensor]) -> dict[str, Any]:
    """What a checkpoint keeps beside the epoch and the state of the networks."""
    copies = {name: tensor.cpu().clone() for name, tensor in velocity.items()}
    return {"velocity": copies, **conditions}


def restore(
    checkpoint: Mapping[str, Any],
    ensemble: Ensemble,
    velocity: Mapping[str, Tensor],
    conditions: Mapping[str, Any],
) -> int:
    """Load a checkpoint into the ensemble and the velocity.

    Arguments:
        checkpoint: from `Snapshot.checkpoint`.
        ensemble: its parameters and buffers are replaced.
        velocity: replaced.
        conditions: those of the training that goes on.

    Returns:
        The checkpoint's epoch.

    Raises:
        CheckpointError: if something is missing from it, or it belongs to a training of other
            networks, members, data, or numbers of gradient descent.
    """
    check_conditions(checkpoint, conditions, {"epoch", "state", "velocity"}, "Snapshot.checkpoint")
    ensemble.load_state(checkpoint["state"])
    for name, tensor in velocity.items():
        tensor.copy_(checkpoint["velocity"][name])
    return int(checkpoint["epoch"])


def check_conditions(
    checkpoint: Mapping[str, Any], conditions: Mapping[str, Any], parts: set[str], source: str
) -> None:
    """Refuse a checkpoint that lacks something, or that is of another training.

    Arguments:
        checkpoint: what was read.
        conditions: what must be the same as when it was written, by name.
        parts: what it must hold beside them.
        source: what makes such checkpoints, for the error.

    Raises:
        CheckpointError: if it does not fit.

    Example:
        >>> check_conditions({"epoch": 3, "seed": 0}, {"seed": 0}, {"epoch"}, "checkpoint()")
    """
    missing = {*parts, *conditions} - set(checkpoint)
    if missing:
        raise CheckpointError(
            f"a checkpoint must come from {source}",
            received=f"one without {', '.join(sorted(missing))}",
            fix=f"Start afresh: {AFRESH}.",
        )
    for name, expected in conditions.items():
        if not _equal(checkpoint[name], expected):
            raise CheckpointError(
                f"training can only be resumed with the same {name}: {_text(expected)}",
                received=_text(checkpoint[name]),
                fix=f"Resume as it was started, or start afresh: {AFRESH}.",
            )


def check_kinds(checkpoint: Mapping[str, Any], kinds: Mapping[str, type]) -> None:
    """Refuse a checkpoint with a part of another type than it was written with.

    Arguments:
        checkpoint: what was read.
        kinds: types by name.

    Raises:
        CheckpointError: if a part is of another type.

    Example:
        >>> check_kinds({"update": 3}, {"update": int})
    """
    for name, kind in kinds.items():
        if not isinstance(checkpoint[name], kind):
            raise CheckpointError(
                f"a checkpoint's {name} must be of type {kind.__name__}",
                received=repr(checkpoint[name]),
                fix=f"Take the checkpoint before it, or start afresh: {AFRESH}.",
            )


def _equal(one: object, other: object) -> bool:
    if isinstance(one, torch.Tensor) and isinstance(other, torch.Tensor):
        return torch.equal(one, other)
    return type(one) is type(other) and one == other


def _text(value: object) -> object:
    return value.tolist() if isinstance(value, torch.Tensor) else value
