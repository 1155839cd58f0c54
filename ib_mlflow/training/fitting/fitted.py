"""A network at one evaluation of its training."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ib_mlflow.training.fitting.checkpoint import fitted_model

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor, nn


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

    @property
    def weights(self) -> Mapping[str, Tensor]:
        """The averaged weights of this evaluation by name, on the CPU."""
        weights: Mapping[str, Tensor] = self.state["average"]
        return weights

    def model(self) -> nn.Module:
        """The network with the averaged weights of this evaluation."""
        return fitted_model(self.template, self.state, best=False)

    def best(self) -> nn.Module:
        """The network with the averaged weights of the best evaluation so far."""
        return fitted_model(self.template, self.state)

    def checkpoint(self) -> dict[str, Any]:
        """All that `resume` needs, for torch.save and torch.load(weights_only=True)."""
        return dict(self.state)
