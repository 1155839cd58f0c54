"""A network at one evaluation of its training, and a network read from a checkpoint of it."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ib_mlflow.errors import CheckpointError
from ib_mlflow.training.checkpoint import check_conditions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import nn

SOURCE = "Fitted.checkpoint"


@dataclass(frozen=True, eq=False)
class Fitted:
    """A network at one evaluation; it does not change when training goes on.

    Arguments:
        update: updates of the weights so far.
        train_loss: mean loss of the samples of the updates since the last evaluation, each as it
            was before its update; NaN before the first.
        val_loss: mean loss of the held-out samples under the averaged weights.
        val_loss_se: its standard error.
        best_update: the evaluation with the smallest held-out loss so far.
        final: whether training ends here.
        template: the network, whatever its weights.
        state: what a checkpoint holds.
    """

    update: int
    train_loss: float
    val_loss: float
    val_loss_se: float
    best_update: int
    final: bool
    template: nn.Module = field(repr=False)
    state: Mapping[str, Any] = field(repr=False)

    def model(self) -> nn.Module:
        """The network with the averaged weights of this evaluation."""
        return fitted_model(self.template, self.state, best=False)

    def best(self) -> nn.Module:
        """The network with the averaged weights of the best evaluation so far."""
        return fitted_model(self.template, self.state)

    def checkpoint(self) -> dict[str, Any]:
        """All that `resume` needs, for torch.save and torch.load(weights_only=True)."""
        return dict(self.state)


def fitted_model(
    template: nn.Module, checkpoint: Mapping[str, Any], *, best: bool = True
) -> nn.Module:
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
