"""Training members one by one, each as a network of torch's: what vmap cannot, or does slowly.

On the CPU that is convolutions too: vmap makes one grouped convolution of all members', which is
slower here than one convolution after another. Every operation runs on one thread, and threads take
members, unless the members draw from torch's generator.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from ib_mlflow.memory import keep_freed_memory
from ib_mlflow.networks.members import in_threads, one_thread
from ib_mlflow.networks.noise import given, random_layers, training_streams
from ib_mlflow.networks.precision import full_precision
from ib_mlflow.training.engines.functional import move
from ib_mlflow.training.engines.gradients import Running
from ib_mlflow.training.engines.pooling import pool_quickly
from ib_mlflow.training.order import data_order

if TYPE_CHECKING:
    from torch import Tensor, nn

    from ib_mlflow.networks.ensembles.stacked import StackedEnsemble
    from ib_mlflow.training.engines.descent import Descent, TrainingSet
    from ib_mlflow.training.engines.gradients import Gradients

AT_ONCE = 32  # steps between two looks at the interpreter, where a signal can end the training


def possible(ensemble: StackedEnsemble, inputs: Tensor) -> bool:
    """Whether members can and should be trained one by one.

    Members that draw from torch's generator share it, and are better trained together, if vmap can.
    """
    if not ensemble.per_member:
        return False
    return ensemble.one_by_one or not _draws(ensemble, inputs)


def _draws(ensemble: StackedEnsemble, inputs: Tensor) -> bool:
    """Whether a module draws from torch's generator in training."""
    network, randoms = ensemble.member(0, shared=False).train(), random_layers(ensemble.template)
    rows = inputs[:2]
    units = ensemble.units(list(randoms), rows.cpu().numpy()) if randoms else []
    layers = [random_layers(network)[name] for name in randoms]
    with torch.random.fork_rng(devices=_devices(ensemble)), torch.no_grad():
        before = _generators(ensemble)
        with given(layers, [torch.zeros(len(rows), d, device=rows.device) for d in units]):
            network(rows.clone())
        return not all(map(torch.equal, before, _generators(ensemble)))


def advance(
    ensemble: StackedEnsemble,
    velocity: dict[str, Tensor],
    samples: TrainingSet,
    descent: Descent,
    epochs: range,
    gradients: Gradients | None = None,
) -> None:
    """Run these epochs; the same bits for any number of threads.

    What modules of torch's draw (dropout) follows from the member's seed and the epoch.
    """
    inputs, labels, augmentation = samples.inputs, samples.labels, samples.augmentation
    size = descent.batch_size
    randoms = list(random_layers(ensemble.template))
    units = ensemble.units(randoms, inputs[:2].cpu().numpy()) if randoms else []
    networks = [ensemble.member(index).train() for index in range(ensemble.members)]
    for network in networks:
        pool_quickly(network)
    homes = [_tensors(network) for network in networks]
    drawing = [list(random_layers(network).values()) for network in networks]
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
        with given(drawing[index], draws):
            loss = cross_entropy(network(x), labels[index, indices])
        slopes = dict(
            zip(
                weights,
                torch.autograd.grad(loss, list(weights.values()), allow_unused=True),
                strict=True,
            )
        )
        if running and epoch == epochs[-1]:
            alone = {
                name: (torch.zeros_like(weights[name]) if slope is None else slope)[None]
                for name, slope in slopes.items()
            }
            running.take(start // size, alone, own)
        _bring_home(network, homes[index])
        rates = descent.rates(epoch, ensemble.dtype)[own].to(ensemble.device)
        for name, slope in slopes.items():
            if slope is not None:  # torch's optimisers pass over what got no gradient
                move(ensemble.parameters[name][own], velocity[name][own], slope[None], rates)

    def run(epoch: int, orders: Tensor, starts: range, first: int, last: int) -> None:
        for index in range(first, last):
            for start in starts:
                step(epoch, orders, start, index)

    n = len(inputs)
    # threads would share torch's generator, or a GPU
    in_turn = ensemble.device.type != "cpu" or _draws(ensemble, inputs)
    keep_freed_memory()
    with one_thread(), full_precision():
        for epoch in epochs:
            orders = torch.from_numpy(data_order(ensemble.seeds, epoch, n).astype(np.int64))
            orders = orders.to(ensemble.device)
            if in_turn:
                for index in range(ensemble.members):
                    with torch.random.fork_rng(devices=_devices(ensemble)):
                        _seed(ensemble, index, epoch)
                        run(epoch, orders, range(0, n, size), index, index + 1)
                continue
            for start in range(0, n, AT_ONCE * size):
                starts = range(start, min(start + AT_ONCE * size, n), size)
                in_threads(partial(run, epoch, orders, starts), ensemble.members)
        if running:
            running.finish()


def _seed(ensemble: StackedEnsemble, index: int, epoch: int) -> None:
    """Seed torch's generators; no member notices the others, and twins draw differently."""
    own = ensemble.seeds[index]
    entropy = [epoch, own, ensemble.seeds[:index].count(own)]
    seed = int(np.random.SeedSequence(entropy).generate_state(1, np.uint64)[0] >> np.uint64(1))
    torch.default_generator.manual_seed(seed)
    for device in _devices(ensemble):
        with torch.cuda.device(device):
            torch.cuda.manual_seed(seed)


def _devices(ensemble: StackedEnsemble) -> list[torch.device]:
    """Those with a generator of their own, beside the CPU's."""
    return [ensemble.device] if ensemble.device.type == "cuda" else []


def _generators(ensemble: StackedEnsemble) -> list[Tensor]:
    states = [torch.cuda.get_rng_state(device) for device in _devices(ensemble)]
    return [torch.get_rng_state(), *states]


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
