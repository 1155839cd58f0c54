"""One training pass of one member, to see before training what training could not keep."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import torch

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks.ensembles.attributes import described, differing_attributes, fix_of
from ib_mlflow.networks.ensembles.passes import checked_logits
from ib_mlflow.networks.noise import given, random_layers

if TYPE_CHECKING:
    from torch import Tensor, nn

    from ib_mlflow.networks.ensembles.stacked import StackedEnsemble


def rehearse(ensemble: StackedEnsemble, rows: Tensor) -> None:
    """Refuse a network whose forward pass leaves state where no member keeps it.

    Buffers that are assigned or changed in place are kept. Plain attributes are not: members that
    are computed together share them, and those computed one by one begin anew with every snapshot.
    What was empty before, as caches are, may be filled.

    Arguments:
        ensemble: made by `stack`; nothing in it changes.
        rows: `(n, ...)` as in a step of training, of the ensemble's precision and on its device.

    Raises:
        InvalidInputError: if a plain attribute changes, a buffer changes its shape or type, or the
            network does not give one tensor of logits `(n, c)` in training.

    Example:
        >>> from torch import nn
        >>> from ib_mlflow.networks import stack
        >>> ensemble = stack(lambda: nn.Linear(12, 2), seeds=(0, 1), layers=[], device="cpu")
        >>> rehearse(ensemble, torch.zeros(5, 12))
    """
    randoms = list(random_layers(ensemble.template))
    units = ensemble.units(randoms, rows[:1].cpu().numpy()) if randoms else []
    network = ensemble.member(0, shared=False).train()
    before, tensors = copy.deepcopy(network), _tensors(network)
    layers = list(random_layers(network).values())
    zeros = [torch.zeros(len(rows), d, device=rows.device) for d in units]
    # with gradients, because a forward pass may take some itself
    with (
        torch.random.fork_rng(devices=[rows.device] if rows.is_cuda else []),
        given(layers, zeros),
    ):
        logits = checked_logits(network(rows))
    if logits.ndim != 2 or len(logits) != len(rows):
        raise InvalidInputError(
            "a network must map inputs (n, ...) to logits (n, c), in training too",
            received=f"inputs {tuple(rows.shape)} and output {tuple(logits.shape)}",
            fix="Return the logits alone, one row for each input.",
        )
    _check_attributes(before, network)
    after = _tensors(network)
    for name in dict.fromkeys((*tensors, *after)):
        if tensors.get(name) != after.get(name):
            raise InvalidInputError(
                "what the forward pass assigns to a buffer must have the buffer's shape and type",
                received=f"{name}, registered as {tensors.get(name, 'none')}, then "
                f"{after.get(name, 'none')}",
                fix="Register the buffer with the shape and type that it has in training.",
            )


def _check_attributes(before: nn.Module, after: nn.Module) -> None:
    changed = differing_attributes(before, after)
    kept = {name: value for name, value in changed.items() if not _empty(before, name)}
    if kept:
        raise InvalidInputError(
            "what the forward pass changes in a network must be a buffer, so that each member has "
            "its own and checkpoints hold it",
            received=f"a pass that changes {described(kept)}",
            fix=fix_of(kept),
        )


def _empty(network: nn.Module, name: str) -> bool:
    owner, _, leaf = name.rpartition(".")
    value = getattr(network.get_submodule(owner), leaf, None)
    return value is None or (isinstance(value, list | tuple | dict | set | str) and not value)


def _tensors(network: nn.Module) -> dict[str, str]:
    named = (*network.named_parameters(), *network.named_buffers())
    return {name: f"{tuple(tensor.shape)} of {tensor.dtype}" for name, tensor in named}
