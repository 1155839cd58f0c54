"""What others read from a checkpoint of a fit: the network, and how far its training has come."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from torch import nn

from ib_mlflow.errors import CheckpointError
from ib_mlflow.training.checkpoint import check_conditions

if TYPE_CHECKING:
    from collections.abc import Mapping

SOURCE = "Fitted.checkpoint"
N = TypeVar("N", bound=nn.Module)


@dataclass(frozen=True)
class FitProgress:
    """How far a training has come.

    Arguments:
        updates: of the weights, in all.
        best_update: the evaluation with the smallest held-out loss.
    """

    updates: int
    best_update: int


def progress_of(checkpoint: Mapping[str, Any]) -> FitProgress:
    """Read from a checkpoint how far the training has come.

    Arguments:
        checkpoint: from `Fitted.checkpoint`.

    Raises:
        CheckpointError: the checkpoint is none of a fit.

    Example:
        >>> progress_of({"update": 200, "best_update": 150})
        FitProgress(updates=200, best_update=150)
    """
    check_conditions(checkpoint, {}, {"update", "best_update"}, SOURCE)
    return FitProgress(int(checkpoint["update"]), int(checkpoint["best_update"]))


def fitted_model(template: N, checkpoint: Mapping[str, Any], *, best: bool = True) -> N:
    """Read a network from a checkpoint, in evaluation mode.

    Arguments:
        template: a network of the same architecture; it is not changed.
        checkpoint: from `Fitted.checkpoint`.
        best: whether its best averaged weights are wanted, or those of its last evaluation.

    Returns:
        The network, on the template's device.

    Raises:
        CheckpointError: the checkpoint is of another network, or is none.

    Example:
        >>> fitted_model(decoder, recording.checkpoint)  # doctest: +SKIP
    """
    check_conditions(checkpoint, {}, {"best", "average"}, SOURCE)
    model = copy.deepcopy(template).eval()
    try:
        model.load_state_dict(checkpoint["best" if best else "average"])
    except (RuntimeError, TypeError, AttributeError) as error:
        raise CheckpointError(
            "a checkpoint must hold the weights of this network",
            received=error,
            fix="Make the network as it was when it was fitted.",
        ) from error
    return model
