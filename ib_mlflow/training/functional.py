"""Training by torch.func: any architecture, any device."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.func import functional_call, grad, vmap
from torch.nn.functional import cross_entropy

from ib_mlflow.training.order import data_order

if TYPE_CHECKING:
    from torch import Tensor

    from ib_mlflow.networks import Ensemble
    from ib_mlflow.training.descent import Descent


def advance(
    ensemble: Ensemble,
    velocity: dict[str, Tensor],
    inputs: Tensor,
    labels: Tensor,
    descent: Descent,
    epochs: range,
) -> None:
    """Run these epochs; what networks draw themselves (dropout) follows from seeds and epoch."""
    template = ensemble.template.train()
    rates = descent.rates(ensemble.dtype).to(ensemble.device)

    def loss(
        parameters: dict[str, Tensor], buffers: dict[str, Tensor], x: Tensor, y: Tensor
    ) -> tuple[Tensor, dict[str, Tensor]]:
        # copies, because a network changes its buffers in place, which torch.func cannot undo
        buffers = {name: buffer.clone() for name, buffer in buffers.items()}
        logits = functional_call(template, (parameters, buffers), (x,))
        return cross_entropy(logits, y), buffers

    gradients = vmap(grad(loss, has_aux=True), randomness="different")
    for epoch in epochs:
        orders = torch.from_numpy(data_order(ensemble.seeds, epoch, len(labels)).astype(np.int64))
        with torch.random.fork_rng(devices=[ensemble.device] if inputs.is_cuda else []):
            _seed(ensemble, epoch)
            for chosen in torch.split(orders.to(ensemble.device), descent.batch_size, dim=1):
                slopes, buffers = gradients(
                    ensemble.parameters, ensemble.buffers, inputs[chosen], labels[chosen]
                )
                for name, buffer in buffers.items():
                    ensemble.buffers[name].copy_(buffer)
                for name, weight in ensemble.parameters.items():
                    _step(weight, velocity[name], slopes[name], rates)


def _step(weight: Tensor, velocity: Tensor, slope: Tensor, rates: Tensor) -> None:
    shape = (-1,) + (1,) * (weight.ndim - 1)
    rate, momentum, decay = (column.reshape(shape) for column in rates.unbind(1))
    velocity.mul_(momentum).add_(slope).addcmul_(decay, weight)
    weight.addcmul_(rate, velocity, value=-1)


def _seed(ensemble: Ensemble, epoch: int) -> None:
    state = np.random.SeedSequence([epoch, *ensemble.seeds]).generate_state(1, np.uint64)
    seed = int(state[0] >> np.uint64(1))
    torch.default_generator.manual_seed(seed)
    if ensemble.device.type == "cuda":
        with torch.cuda.device(ensemble.device):
            torch.cuda.manual_seed(seed)
