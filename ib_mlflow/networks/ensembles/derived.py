"""Modules that need care before they are stacked: derived weights, lazy ones, and wrappers."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy
from torch.nn.utils.prune import BasePruningMethod
from torch.nn.utils.spectral_norm import SpectralNorm
from torch.nn.utils.weight_norm import WeightNorm

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks.ensembles.faults import summary

if TYPE_CHECKING:
    from collections.abc import Iterator

Deriving = BasePruningMethod | WeightNorm | SpectralNorm


def prepare(network: nn.Module) -> None:
    """Make a network fit to be copied; what cannot be is refused.

    Pruned modules, and those of torch's older `weight_norm` and `spectral_norm`, compute a weight
    before each pass and leave it as an attribute, which nobody needs in between: it is removed.

    Arguments:
        network: as the factory made it.

    Raises:
        InvalidInputError: if a parameter is lazy, a module spreads its rows over devices or is
            compiled, or an attribute was computed from parameters.

    Example:
        >>> from torch.nn.utils import prune
        >>> network = nn.Sequential(prune.l1_unstructured(nn.Linear(4, 2), "weight", amount=3))
        >>> prepare(network)
        >>> network(torch.zeros(5, 4)).shape
        torch.Size([5, 2])
    """
    _check_modules(network)
    for module, _, hook in _deriving(network):
        vars(module).pop(_target(hook), None)
    for path, module in network.named_modules():
        for name, value in vars(module).items():
            if isinstance(value, Tensor) and not value.is_leaf:
                full = f"{path}.{name}" if path else name
                raise InvalidInputError(
                    "what a network computes from its parameters must be computed in forward",
                    received=f"{full}, a tensor that was computed when the network was made",
                    fix="Compute it in forward, or keep its detach() as a buffer.",
                )


def checked_network(network: object) -> nn.Module:
    """What a factory made, if it is a network.

    Raises:
        InvalidInputError: if it is none.

    Example:
        >>> checked_network(nn.Tanh())
        Tanh()
    """
    if isinstance(network, nn.Module):
        return network
    raise InvalidInputError(
        "the factory must make a torch.nn.Module",
        received=f"a {type(network).__name__}",
        fix="Return the network from it.",
    )


def copied(network: nn.Module) -> nn.Module:
    """A copy of a network on the meta device, without numbers.

    Raises:
        InvalidInputError: if it cannot be copied.

    Example:
        >>> copied(nn.Linear(3, 2)).weight.device
        device(type='meta')
    """
    try:
        return copy.deepcopy(network).to("meta")
    except (RuntimeError, TypeError, NotImplementedError) as error:
        raise InvalidInputError(
            "a network must be one that copy.deepcopy copies",
            received=f"{type(network).__name__}: {summary(error)}",
            fix="Compute in forward what is computed from parameters: self.layer.weight.t()."
            if "graph leaves" in str(error)
            else "Make in forward, or in the factory's closure, what cannot be copied.",
        ) from error


def settle(network: nn.Module) -> None:
    """Put derived weights in the place of what they are derived from, for good, as in evaluation.

    Arguments:
        network: changed in place; put into evaluation mode.

    Example:
        >>> from torch.nn.utils import prune
        >>> network = prune.l1_unstructured(nn.Linear(4, 2), "weight", amount=3)
        >>> settle(network)
        >>> list(dict(network.named_parameters())), int((network.weight == 0).sum())
        (['bias', 'weight'], 3)
    """
    network.eval()
    for module, key, hook in list(_deriving(network)):
        hook(module, ())
        hook.remove(module)
        del module._forward_pre_hooks[key]


def _deriving(network: nn.Module) -> Iterator[tuple[nn.Module, int, Deriving]]:
    for module in network.modules():
        for key, hook in module._forward_pre_hooks.items():
            if isinstance(hook, BasePruningMethod | WeightNorm | SpectralNorm):
                yield module, key, hook


def _target(hook: Deriving) -> str:
    return str(hook._tensor_name if isinstance(hook, BasePruningMethod) else hook.name)


def _check_modules(network: nn.Module) -> None:
    named = (*network.named_parameters(), *network.named_buffers())
    lazy = [name for name, tensor in named if is_lazy(tensor)]
    if lazy:
        raise InvalidInputError(
            "all parameters must have their shapes when the factory returns",
            received=f"lazy {', '.join(lazy)}",
            fix="Pass two rows through it in the factory: network.eval()(torch.zeros(2, m)).",
        )
    parallel = (nn.DataParallel, nn.parallel.DistributedDataParallel)
    for name, module in network.named_modules():
        place = f"in {name!r}" if name else "as the network"
        if isinstance(module, parallel):
            raise InvalidInputError(
                "members must be plain modules: an ensemble says where it runs by its device",
                received=f"{type(module).__name__} {place}",
                fix='Return what it wraps, its .module; layers are then named without "module.".',
            )
        compiled = hasattr(module, "_orig_mod") and type(module).__module__.startswith("torch.")
        if isinstance(module, torch.jit.ScriptModule) or compiled:
            raise InvalidInputError(
                "members must be plain modules, neither scripted nor compiled",
                received=f"{type(module).__name__} {place}",
                fix="Return the module as it was before torch.jit or torch.compile.",
            )
