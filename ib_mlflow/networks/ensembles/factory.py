"""Ensembles of your own networks."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import torch
from torch.func import stack_module_state

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks.ensembles.stacked import PRECISIONS, StackedEnsemble
from ib_mlflow.networks.members import checked_device, checked_seeds
from ib_mlflow.networks.noise import checked_beta, noise_layers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike
    from torch import nn


def stack(
    factory: Callable[[], nn.Module],
    *,
    seeds: Sequence[int],
    layers: Sequence[str],
    beta: ArrayLike | None = None,
    device: str | torch.device = "auto",
) -> StackedEnsemble:
    """Stack networks of your own, one for each seed, into an ensemble to train and measure.

    Batch normalisation works, and so does what is random in training: `GaussianNoise`, and the
    `Dropout` of `ib_mlflow.networks.noise`, draw by the member's seed alone; what torch's own
    modules draw differs between all members. Networks with convolutions are computed one after
    another on the CPU, everything else together by vmap.

    Arguments:
        factory: makes one network, which maps inputs `(n, ...)` to logits `(n, c)`. It is called
            once for each seed, with torch's generator of the CPU seeded (and restored after).
        seeds: one per member, from 0 to 2**32 - 1.
        layers: names of the submodules whose outputs are measured, in order, as in
            `named_modules()`; each must be called exactly once in a forward pass. The softmax of
            the logits follows as the last layer, "output".
        beta: standard deviation of the noise of every `GaussianNoise` in the networks, one number
            or one for each member `(e,)`; None leaves it as the factory made it.
        device: "auto" (CUDA where there is one), or a device of torch.

    Returns:
        An ensemble for `train`; outputs of shape `(n, ...)` are measured as `(n, d)`.

    Raises:
        InvalidInputError: if a seed, a layer's name, beta or the device is refused, or the
            networks differ in more than their numbers.

    Example:
        >>> import numpy as np
        >>> from torch import nn
        >>> def network():
        ...     return nn.Sequential(nn.Linear(12, 4), nn.Tanh(), nn.Linear(4, 2))
        >>> ensemble = stack(network, seeds=range(3), layers=["1"])
        >>> [(number, a.shape) for number, a in ensemble.activations(np.zeros((5, 12)))]
        [(1, (3, 5, 4)), (2, (3, 5, 2))]
    """
    chosen, place = checked_seeds(seeds), checked_device(device)
    networks = []
    for seed in chosen:
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(seed)
            networks.append(factory())
    template = copy.deepcopy(networks[0]).to("meta")
    _check(networks, layers)
    _set_noise(networks, beta)
    parameters, buffers = stack_module_state(networks)
    return StackedEnsemble(
        template,
        {name: tensor.detach().to(place) for name, tensor in parameters.items()},
        {name: tensor.detach().to(place) for name, tensor in buffers.items()},
        seeds=chosen,
        measured=tuple(layers),
        layer_names=(*layers, "output"),
    )


def _set_noise(networks: Sequence[nn.Module], beta: ArrayLike | None) -> None:
    noises = [list(noise_layers(network).values()) for network in networks]
    if beta is not None:
        if not noises[0]:
            raise InvalidInputError(
                "beta is for networks with noise layers",
                received=f"beta={beta} for {networks[0]}",
                fix="Put a GaussianNoise after each hidden activation, or leave beta out.",
            )
        for layers, number in zip(noises, checked_beta(beta, len(networks)), strict=True):
            for layer in layers:
                layer.beta.fill_(number)
    for layers in noises:
        if len({float(layer.beta) for layer in layers}) > 1:
            raise InvalidInputError(
                "all noise layers of a network must have the same beta",
                received=[float(layer.beta) for layer in layers],
                fix="Give beta to stack, which sets all of them.",
            )


def _check(networks: Sequence[nn.Module], layers: Sequence[str]) -> None:
    first = networks[0]
    if len({repr(network) for network in networks}) > 1 or not list(first.parameters()):
        raise InvalidInputError(
            "the factory must make networks of one architecture, with parameters",
            received=first,
            fix="Let only the initial weights depend on the seed.",
        )
    dtypes = {parameter.dtype for parameter in first.parameters()}
    if len(dtypes) > 1 or not dtypes <= set(PRECISIONS):
        raise InvalidInputError(
            "all parameters must be float32, or all float64",
            received=dtypes,
            fix="Convert the network in the factory: network.to(torch.float32).",
        )
    tensors = dict(first.named_parameters(remove_duplicate=False))
    if len(tensors) > len(list(first.parameters())):
        raise InvalidInputError(
            "parameters must not be shared between submodules",
            received=sorted(set(tensors) - set(dict(first.named_parameters()))),
            fix="Give every submodule parameters of its own.",
        )
    names = [name for name, _ in first.named_modules() if name]
    if len(set(layers)) < len(layers) or not set(layers) <= set(names):
        raise InvalidInputError(
            "layers must name different submodules",
            received=list(layers),
            fix=f"The network's submodules are {names}.",
        )
