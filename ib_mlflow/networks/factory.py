"""Ensembles of your own networks."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import torch
from torch.func import stack_module_state

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks.members import checked_device, checked_seeds
from ib_mlflow.networks.stacked import PRECISIONS, StackedEnsemble

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import nn


def stack(
    factory: Callable[[], nn.Module],
    *,
    seeds: Sequence[int],
    layers: Sequence[str],
    device: str | torch.device = "auto",
) -> StackedEnsemble:
    """Stack networks of your own, one for each seed, into an ensemble to train and measure.

    Dropout and batch normalisation work; what is random in training differs between members.

    Arguments:
        factory: makes one network, which maps inputs `(n, ...)` to logits `(n, c)`. It is called
            once for each seed, with torch's generator of the CPU seeded (and restored after).
        seeds: one per member, from 0 to 2**32 - 1.
        layers: names of the submodules whose outputs are measured, in order, as in
            `named_modules()`; each must be called exactly once in a forward pass. The softmax of
            the logits follows as the last layer, "output".
        device: "auto" (CUDA where there is one), or a device of torch.

    Returns:
        An ensemble for `train`; outputs of shape `(n, ...)` are measured as `(n, d)`.

    Raises:
        InvalidInputError: if a seed, a layer's name or the device is refused, or the networks
            differ in more than their numbers.

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
    parameters, buffers = stack_module_state(networks)
    return StackedEnsemble(
        template,
        {name: tensor.detach().to(place) for name, tensor in parameters.items()},
        {name: tensor.detach().to(place) for name, tensor in buffers.items()},
        seeds=chosen,
        measured=tuple(layers),
        layer_names=(*layers, "output"),
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
    names = [name for name, _ in first.named_modules() if name]
    if len(set(layers)) < len(layers) or not set(layers) <= set(names):
        raise InvalidInputError(
            "layers must name different submodules",
            received=list(layers),
            fix=f"The network's submodules are {names}.",
        )
