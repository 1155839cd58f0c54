"""Training members one by one, each as a network of torch's: convolutions on the CPU.

vmap makes one grouped convolution of all members', which is slower here than one convolution after
another. Every operation runs on one thread, and threads take members.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from ib_mlflow.networks.members import in_threads, one_thread
from ib_mlflow.networks.noise import given, random_layers, training_streams
from ib_mlflow.training.engines.functional import move
from ib_mlflow.training.engines.gradients import Running
from ib_mlflow.training.order import data_order

if TYPE_CHECKING:
    from torch import Tensor, nn

    from ib_mlflow.networks.ensembles.stacked import StackedEnsemble
    from ib_mlflow.training.engines.descent import Descent, TrainingSet
    from ib_mlflow.training.engines.gradients import Gradients

AT_ONCE = 32  # steps between two looks at the interpreter, where a signal can end the training


def possible(ensemble: StackedEnsemble, inputs: Tensor) -> bool:
    """Whether members can and should be trained one by one.

    Threads would share torch's generator, so that no module may draw from it.
    """
    if not ensemble.per_member:
        return False
    network, randoms = ensemble.member(0, shared=False).train(), random_layers(ensemble.template)
    rows = inputs[:2]
    units = ensemble.units(list(randoms), rows.numpy())
    layers = [random_layers(network)[name] for name in randoms]
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        before = torch.get_rng_state()
        with given(layers, [torch.zeros(len(rows), d) for d in units]):
            network(rows)
        return torch.equal(before, torch.get_rng_state())


def advance(
    ensemble: StackedEnsemble,
    velocity: dict[str, Tensor],
    samples: TrainingSet,
    descent: Descent,
    epochs: range,
    gradients: Gradients | None = None,
) -> None:
    """Run these epochs; the same bits for any number of threads."""
    inputs, labels, augmentation = samples.inputs, samples.labels, samples.augmentation
    size = descent.batch_size
    units = ensemble.units(list(random_layers(ensemble.template)), inputs[:1].numpy())
    networks = [ensemble.member(index).train() for index in range(ensemble.members)]
    homes = [_tensors(network) for network in networks]
    running = None if gradients is None else Running(gradients, ensemble.parameters)

    def step(epoch: int, orders: Tensor, start: int, index: int) -> None:
        own = slice(index, index + 1)
        streams = training_streams(ensemble.seeds[own], epoch)
        indices = orders[index, start : start + size]
        x = inputs[indices]
        if augmentation:
            x = augmentation.of_members(x[None], streams, start)[0]
        draws = [part[0] for part in ensemble.draws(streams, units, start, len(indices))]
        network = networks[index]
        weights = {name: network.get_parameter(name) for name in velocity}
        with given(list(random_layers(network).values()), draws):
            loss = cross_entropy(network(x), labels[index, indices])
        slopes = torch.autograd.grad(loss, list(weights.values()), materialize_grads=True)
        if running and epoch == epochs[-1]:
            alone = {name: slope[None] for name, slope in zip(weights, slopes, strict=True)}
            running.take(start // size, alone, own)
        _bring_home(network, homes[index])
        rates = descent.rates(epoch, ensemble.dtype)[own]
        for name, slope in zip(weights, slopes, strict=True):
            move(ensemble.parameters[name][own], velocity[name][own], slope[None], rates)

    def run(epoch: int, orders: Tensor, starts: range, first: int, last: int) -> None:
        for index in range(first, last):
            for start in starts:
                step(epoch, orders, start, index)

    n = len(inputs)
    with one_thread():
        for epoch in epochs:
            orders = torch.from_numpy(data_order(ensemble.seeds, epoch, n).astype(np.int64))
            for start in range(0, n, AT_ONCE * size):
                starts = range(start, min(start + AT_ONCE * size, n), size)
                in_threads(partial(run, epoch, orders, starts), ensemble.members)
        if running:
            running.finish()


def _tensors(network: nn.Module) -> dict[str, Tensor]:
    """All that a network shares with the ensemble, as it is now and wherever it comes to be."""
    named = (*network.named_parameters(), *network.named_buffers())
    return {name: tensor.data for name, tensor in named}


def _bring_home(network: nn.Module, homes: dict[str, Tensor]) -> None:
    """Write what the forward pass has assigned into the ensemble, and share its tensors again."""
    for name, weight in network.named_parameters():
        if not _at(weight, homes[name]):
            homes[name].copy_(weight.detach().clone())
            weight.data = homes[name]
    for name, buffer in network.named_buffers():
        if not _at(buffer, homes[name]) or buffer.requires_grad:
            homes[name].copy_(buffer.detach().clone())  # a clone, because it may be a view of it
            owner, _, leaf = name.rpartition(".")
            setattr(network.get_submodule(owner), leaf, homes[name].data)


def _at(tensor: Tensor, home: Tensor) -> bool:
    return tensor.data_ptr() == home.data_ptr() and tensor.stride() == home.stride()
