"""Training by the compiled kernels: small fully connected networks on the CPU."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from ib_mlflow.networks.compiled.kernels import descend
from ib_mlflow.networks.members import in_threads
from ib_mlflow.networks.noise import training_streams
from ib_mlflow.training.order import fill_orders

if TYPE_CHECKING:
    from torch import Tensor

    from ib_mlflow.networks.perceptrons.perceptron import MLPEnsemble
    from ib_mlflow.training.engines.descent import Descent, TrainingSet
    from ib_mlflow.training.engines.gradients import Gradients

AT_ONCE = 16  # epochs between two looks at the interpreter, where a signal can end the training


def advance(
    ensemble: MLPEnsemble,
    velocity: dict[str, Tensor],
    samples: TrainingSet,
    descent: Descent,
    epochs: range,
    gradients: Gradients | None = None,
) -> None:
    """Run these epochs; the same bits for any number of threads and any division of the epochs."""
    weights, speed = _pack(ensemble.parameters), _pack(velocity)
    inputs = samples.inputs.flatten(1).contiguous().numpy()
    labels = np.ascontiguousarray(samples.labels.numpy(), np.uint32)
    orders = np.empty(labels.shape, np.uint32)
    widths, codes = np.array(ensemble.spec.widths), np.array(ensemble.spec.codes)
    seeds = np.array(ensemble.seeds, np.uint64)
    beta = ensemble.beta.astype(inputs.dtype)
    none = np.empty(0, np.int64), np.empty((0, 0, 0)), np.empty((0, 0, 0))
    shares = none
    if gradients is not None:
        shares = gradients.counts, gradients.along, gradients.deviation
    for start in range(0, len(epochs), AT_ONCE):

        def run(first: int, last: int, some: range = epochs[start : start + AT_ONCE]) -> None:
            for epoch in some:
                fill_orders(seeds[first:last], epoch, orders[first:last])
                descend(
                    weights.numpy(),
                    speed.numpy(),
                    inputs,
                    labels,
                    orders,
                    descent.batch_size,
                    widths,
                    codes,
                    descent.rates(epoch, ensemble.dtype).numpy(),
                    beta,
                    training_streams(ensemble.seeds, epoch),
                    *(shares if epoch == epochs[-1] else none),
                    first,
                    last,
                )

        in_threads(run, ensemble.members)
    _unpack(weights, ensemble.parameters)
    _unpack(speed, velocity)


def _pack(tensors: dict[str, Tensor]) -> Tensor:
    """One row per member: layer after layer, each output's weights and then its bias."""
    layers = range(1, len(tensors) // 2 + 1)
    blocks = [
        torch.cat([tensors[f"layer_{k}.weight"], tensors[f"layer_{k}.bias"].unsqueeze(2)], dim=2)
        for k in layers
    ]
    return torch.cat([block.flatten(1) for block in blocks], dim=1)


def _unpack(rows: Tensor, tensors: dict[str, Tensor]) -> None:
    start = 0
    for k in range(1, len(tensors) // 2 + 1):
        weight, bias = tensors[f"layer_{k}.weight"], tensors[f"layer_{k}.bias"]
        members, outputs, inputs = weight.shape
        stop = start + outputs * (inputs + 1)
        block = rows[:, start:stop].reshape(members, outputs, inputs + 1)
        weight.copy_(block[:, :, :-1])
        bias.copy_(block[:, :, -1])
        start = stop
