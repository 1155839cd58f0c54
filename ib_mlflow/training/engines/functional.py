"""Training by torch.func: any architecture, any device."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.func import functional_call, grad, vmap
from torch.nn.functional import cross_entropy

from ib_mlflow.networks.ensembles.passes import quiet
from ib_mlflow.networks.noise import given, random_layers, training_streams
from ib_mlflow.networks.precision import full_precision
from ib_mlflow.training.engines.gradients import Running
from ib_mlflow.training.order import data_order

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor, nn

    from ib_mlflow.networks.ensembles.stacked import StackedEnsemble
    from ib_mlflow.training.engines.descent import Descent, TrainingSet
    from ib_mlflow.training.engines.gradients import Gradients


def advance(
    ensemble: StackedEnsemble,
    velocity: dict[str, Tensor],
    samples: TrainingSet,
    descent: Descent,
    epochs: range,
    gradients: Gradients | None = None,
) -> None:
    """Run these epochs; what modules of torch's draw (dropout) follows from all seeds and epoch."""
    inputs, labels, augmentation = samples.inputs, samples.labels, samples.augmentation
    template = copy.deepcopy(ensemble.template).train()
    learnt = {name: ensemble.parameters[name] for name in velocity}
    frozen = {name: weight for name, weight in ensemble.parameters.items() if name not in velocity}
    randoms = list(random_layers(template))
    units = ensemble.units(randoms, inputs[:2].cpu().numpy()) if randoms else []
    slopes_of = gradients_of(template)
    running = None if gradients is None else Running(gradients, learnt)
    for epoch in epochs:
        rates = descent.rates(epoch, ensemble.dtype).to(ensemble.device)
        orders = torch.from_numpy(data_order(ensemble.seeds, epoch, len(inputs)).astype(np.int64))
        streams = training_streams(ensemble.seeds, epoch)
        steps = torch.split(orders.to(ensemble.device), descent.batch_size, dim=1)
        devices = [ensemble.device] if inputs.is_cuda else []
        with torch.random.fork_rng(devices=devices), full_precision():
            _seed(ensemble, epoch)
            for step, indices in enumerate(steps):
                start, x = step * descent.batch_size, inputs[indices]
                if augmentation:
                    x = augmentation.of_members(x, streams, start)
                draws = ensemble.draws(streams, units, start, indices.shape[1])
                slopes, buffers = slopes_of(
                    learnt, frozen, ensemble.buffers, x, labels.gather(1, indices), *draws
                )
                for name, buffer in buffers.items():
                    ensemble.buffers[name].copy_(buffer)
                if running and epoch == epochs[-1]:
                    running.take(step, slopes)
                for name, weight in learnt.items():
                    move(weight, velocity[name], slopes[name], rates)
    if running:
        running.finish()


def gradients_of(template: nn.Module) -> Callable[..., tuple[dict[str, Tensor], dict[str, Tensor]]]:
    """How the loss of each member falls with its parameters, for all members at once.

    Arguments:
        template: of the members, in training. Give each call one of its own: what a network leaves
            in plain attributes does not outlive the transformations of torch.func.

    Returns:
        A function of the parameters that learn, those that are frozen and the buffers, by name
        `(e, ...)` each, inputs `(e, b, ...)`, labels `(e, b)`, and draws `(e, b, d)` for each layer
        that draws; it gives slopes and the buffers that the pass left.
    """
    randoms = list(random_layers(template).values())

    def loss(
        parameters: dict[str, Tensor],
        frozen: dict[str, Tensor],
        buffers: dict[str, Tensor],
        x: Tensor,
        y: Tensor,
        *draws: Tensor,
    ) -> tuple[Tensor, dict[str, Tensor]]:
        # copies, because a network changes its buffers in place, which torch.func cannot undo
        copies = {name: buffer.clone() for name, buffer in buffers.items()}
        # in one dictionary, where functional_call leaves what the network has assigned
        tensors = {**parameters, **frozen, **copies}
        with given(randoms, draws):
            logits = functional_call(template, tensors, (x,))
        return cross_entropy(logits, y), {name: tensors[name] for name in buffers}

    slopes: Any = vmap(grad(loss, has_aux=True), randomness="different")
    return quiet(slopes)


def move(weight: Tensor, velocity: Tensor, slope: Tensor, rates: Tensor) -> None:
    """One step of gradient descent, in place.

    Arguments:
        weight: `(e, ...)`, one parameter of all members.
        velocity: of the same shape.
        slope: of the same shape, the gradient of the loss.
        rates: `(e, 4)`, from `Descent.rates`.
    """
    shape = (-1,) + (1,) * (weight.ndim - 1)
    rate, momentum, decay, orthonormality = (column.reshape(shape) for column in rates.unbind(1))
    velocity.mul_(momentum).add_(slope).addcmul_(decay, weight)
    weight.addcmul_(rate, velocity, value=-1)
    if weight.ndim > 2 and orthonormality.any():
        matrix = weight.flatten(2)  # a kernel is a matrix of its outputs by all that enters them
        gram = matrix @ matrix.mT - torch.eye(matrix.shape[1]).to(matrix)
        weight.addcmul_(orthonormality, (gram @ matrix).view_as(weight), value=-1)


def _seed(ensemble: StackedEnsemble, epoch: int) -> None:
    state = np.random.SeedSequence([epoch, *ensemble.seeds]).generate_state(1, np.uint64)
    seed = int(state[0] >> np.uint64(1))
    torch.default_generator.manual_seed(seed)
    if ensemble.device.type == "cuda":
        with torch.cuda.device(ensemble.device):
            torch.cuda.manual_seed(seed)
