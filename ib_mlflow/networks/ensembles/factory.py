"""Ensembles of your own networks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch.func import stack_module_state

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks.ensembles.attributes import check_attributes
from ib_mlflow.networks.ensembles.derived import checked_network, copied, prepare
from ib_mlflow.networks.ensembles.names import checked_names
from ib_mlflow.networks.ensembles.rows import PRECISIONS
from ib_mlflow.networks.ensembles.stacked import StackedEnsemble
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
    layers: str | Sequence[str],
    beta: ArrayLike | None = None,
    device: str | torch.device = "auto",
) -> StackedEnsemble:
    """Stack networks of your own, one for each seed, into an ensemble to train and measure.

    Batch normalisation works, and so does what is random in training: `GaussianNoise`, and the
    `Dropout` of `ib_mlflow.networks.noise`, draw by the member's seed alone; what torch's own
    modules draw differs between all members. Networks with convolutions are computed one after
    another on the CPU, everything else together by vmap.

    Members learn and are measured in the precision of the factory's parameters, float32 or
    float64; inputs come as a dataset holds them, in float32.

    A parameter that does not require a gradient stays as it is. Of what a network keeps, members
    have parameters and buffers of their own; plain attributes must be the same for all seeds.

    Arguments:
        factory: makes one network, which maps inputs `(n, ...)` to logits `(n, c)`. It is called
            once for each seed, with torch's generator of the CPU seeded (and restored after).
        seeds: one per member, from 0 to 2**32 - 1.
        layers: names of the submodules whose outputs are measured, in order, as in
            `named_modules()`; each must be called exactly once in a forward pass. The softmax of
            the logits follows as the last layer, "output". A string is the name of one layer.
        beta: standard deviation of the noise of every `GaussianNoise` in the networks, one number
            or one for each member `(e,)`; None leaves it as the factory made it.
        device: "auto" (CUDA where there is one), or a device of torch.

    Returns:
        An ensemble for `train`; outputs of shape `(n, ...)` are measured as `(n, d)`.

    Raises:
        InvalidInputError: if a seed, a layer's name, beta or the device is refused, the networks
            differ in more than their parameters and buffers, or nothing in them learns.

    Example:
        >>> import numpy as np
        >>> from torch import nn
        >>> def network():
        ...     return nn.Sequential(nn.Linear(12, 4), nn.Tanh(), nn.Linear(4, 2))
        >>> ensemble = stack(network, seeds=range(3), layers=["1"])
        >>> [(number, a.shape) for number, a in ensemble.activations(np.zeros((5, 12)))]
        [(1, (3, 5, 4)), (2, (3, 5, 2))]
    """
    member_seeds, place = checked_seeds(seeds), checked_device(device)
    networks = []
    for seed in member_seeds:
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(seed)
            networks.append(factory())
        if len({id(network) for network in networks}) < len(networks):
            raise InvalidInputError(
                "a factory makes another network each time that it is called",
                received=f"the same {type(networks[-1]).__name__} for each of {len(seeds)} seeds",
                fix="Make it inside of the factory, or give one seed.",
            )
        prepare(checked_network(networks[-1]))
    template = copied(networks[0])
    measured = checked_names(layers, networks[0])
    _check(networks)
    check_attributes(networks, member_seeds)
    _set_noise(networks, beta)
    parameters, buffers = stack_module_state(networks)
    ensemble = StackedEnsemble(
        template,
        {name: tensor.detach().to(place) for name, tensor in parameters.items()},
        {name: tensor.detach().to(place) for name, tensor in buffers.items()},
        seeds=member_seeds,
        measured=measured,
        layer_names=(*measured, "output"),
    )
    ensemble.origin = networks[0]
    return ensemble


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


def _check(networks: Sequence[nn.Module]) -> None:
    first = networks[0]
    if len({repr(network) for network in networks}) > 1 or not list(first.parameters()):
        raise InvalidInputError(
            "the factory must make networks of one architecture, with parameters",
            received=first,
            fix="Let only the initial weights depend on the seed.",
        )
    classes = {type(network) for network in networks}
    if len(classes) > 1:
        raise InvalidInputError(
            "the factory must make networks of one class",
            received=f"{len(classes)} classes called {type(first).__name__}",
            fix="Define the class outside the factory.",
        )
    # A copy, for the modes of its parts are the factory's choice.
    if not isinstance(copied(first).train(), type(first)):
        raise InvalidInputError(
            "train() must return the network",
            received=f"another value from {type(first).__name__}.train",
            fix="End it with: return self.",
        )
    _check_tensors(networks)


def _check_memory(network: nn.Module) -> None:
    """Refuse parameters that share memory with other tensors: in members they would part."""
    spans: dict[str, tuple[int, int]] = {}
    tensors = (*network.named_parameters(), *network.named_buffers())
    parameters = {name for name, _ in network.named_parameters()}
    for name, tensor in tensors:
        reach = sum(
            (size - 1) * step for size, step in zip(tensor.shape, tensor.stride(), strict=True)
        )
        start = tensor.data_ptr()
        span = (start, start + (reach + 1) * tensor.element_size()) if tensor.numel() else (0, 0)
        for other, (first, last) in spans.items():
            if other in parameters and span[0] < last and first < span[1]:
                raise InvalidInputError(
                    "parameters must have memory of their own",
                    received=f"{other} and {name}, of which one is a view of the other",
                    fix="Copy it, .clone(); what is tied is computed in forward, as "
                    "functional.linear(x, self.layer.weight).",
                )
        spans[name] = span


def _check_tensors(networks: Sequence[nn.Module]) -> None:
    first = networks[0]
    dtypes = {parameter.dtype for parameter in first.parameters()}
    if len(dtypes) > 1 or not dtypes <= set(PRECISIONS):
        raise InvalidInputError(
            "all parameters must be float32, or all float64",
            received=dtypes,
            fix="Convert the network in the factory: network.to(torch.float32).",
        )
    for kind in ("parameters", "buffers"):
        own = dict(getattr(first, f"named_{kind}")())
        everywhere = dict(getattr(first, f"named_{kind}")(remove_duplicate=False))
        if len(everywhere) > len(own):
            raise InvalidInputError(
                f"{kind} must not be shared between submodules",
                received=sorted(set(everywhere) - set(own)),
                fix=f"Give every submodule {kind} of its own.",
            )
    _check_memory(first)
    for network in networks[1:]:
        mine, theirs = _kinds(first), _kinds(network)
        differing = sorted(
            name for name in {**mine, **theirs} if mine.get(name) != theirs.get(name)
        )
        if differing:
            name = differing[0]
            raise InvalidInputError(
                "parameters and buffers must have the same shapes, types and requires_grad for "
                "all seeds",
                received=f"{name}: {mine.get(name, 'none')} and {theirs.get(name, 'none')}",
                fix="Let only their numbers depend on the seed.",
            )
    parameters = dict(first.named_parameters())
    if not any(parameter.requires_grad for parameter in parameters.values()):
        raise InvalidInputError(
            "one parameter or more must require a gradient",
            received=f"a network with all of {', '.join(parameters)} frozen",
            fix="Leave requires_grad on what should be learnt.",
        )
    hooked = [name for name, parameter in parameters.items() if _has_hooks(parameter)]
    if hooked:
        raise InvalidInputError(
            "parameters must be without hooks, which the members' would not have",
            received=f"hooks on {', '.join(hooked)}",
            fix="Do in the forward pass what the hook does, for example multiply by a mask that is "
            "a buffer.",
        )


def _kinds(network: nn.Module) -> dict[str, str]:
    tensors = (*network.named_parameters(), *network.named_buffers())
    return {
        name: f"{tuple(tensor.shape)} of {tensor.dtype}"
        + (", which requires a gradient" if tensor.requires_grad else "")
        for name, tensor in tensors
    }


def _has_hooks(parameter: nn.Parameter) -> bool:
    return bool(parameter._backward_hooks or parameter._post_accumulate_grad_hooks)
