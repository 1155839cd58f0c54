"""One training pass of one member, to see before training what training could not keep."""

from __future__ import annotations

import copy
from collections.abc import Sized
from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from ib_mlflow.errors import IBError, InvalidInputError
from ib_mlflow.networks.ensembles.attributes import described, differing_attributes, fix_of
from ib_mlflow.networks.ensembles.faults import refusal
from ib_mlflow.networks.ensembles.passes import checked_logits
from ib_mlflow.networks.ensembles.traces import check_appeared, torch_alone
from ib_mlflow.networks.noise import given, random_layers
from ib_mlflow.training.engines.functional import gradients_of
from ib_mlflow.training.hidden_state import check_hidden_state

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from ib_mlflow.networks.ensembles.stacked import StackedEnsemble


def rehearse(ensemble: StackedEnsemble, rows: Tensor) -> set[str]:
    """Refuse a network whose forward pass leaves state where no member keeps it.

    Buffers that are assigned or changed in place are kept. Plain attributes are not: members that
    are computed together share them, and those computed one by one begin anew with every snapshot.
    What was empty before, as caches are, may be filled if no later pass differs by it.

    Arguments:
        ensemble: made by `stack`; none of its numbers changes. If vmap cannot train its members,
            they are computed one by one from now on.
        rows: `(n, ...)` as in a step of training, of the ensemble's precision and on its device.

    Returns:
        The parameters that require a gradient and get none, as behind `torch.no_grad()`: like
        torch's optimisers, training leaves them as they are, weight decay included.

    Raises:
        InvalidInputError: if the network does not take the rows, cuts fractions to ids, changes
            a plain attribute or a buffer's shape or type, makes a module, has sparse gradients,
            draws from another generator than torch's, follows what an earlier pass left anywhere
            else, or does not give one tensor of logits `(n, c)` in training.

    Example:
        >>> from torch import nn
        >>> from ib_mlflow.networks import stack
        >>> ensemble = stack(lambda: nn.Linear(12, 2), seeds=(0, 1), layers=[], device="cpu")
        >>> rehearse(ensemble, torch.zeros(5, 12))
        set()
    """
    randoms = list(random_layers(ensemble.template))
    units = ensemble.units(randoms, rows[:2].cpu().numpy()) if randoms else []
    network = ensemble.member(0, shared=False).train()
    before, tensors = copy.deepcopy(network), _tensors(network)
    draws = [torch.zeros(len(rows), d, device=rows.device) for d in units]
    devices = [rows.device] if rows.is_cuda else []
    with torch.random.fork_rng(devices=devices):
        idle = _check_step(network, rows, draws)
    check_appeared(before, network)
    filled = _filled(before, network)
    after = _tensors(network)
    for name in dict.fromkeys((*tensors, *after)):
        if tensors.get(name) != after.get(name):
            raise InvalidInputError(
                "what the forward pass assigns to a buffer must have the buffer's shape and type",
                received=f"{name}, registered as {tensors.get(name, 'none')}, then "
                f"{after.get(name, 'none')}",
                fix="Register the buffer with the shape and type that it has in training.",
            )
    check_hidden_state(before, network, rows, draws, filled, idle)
    if not ensemble.per_member:
        with torch.random.fork_rng(devices=devices):
            _try_together(ensemble, rows, draws)
    return idle


def _check_step(network: nn.Module, rows: Tensor, draws: list[Tensor]) -> set[str]:
    layers = list(random_layers(network).values())
    slopes: tuple[Tensor | None, ...] = ()
    learning = {name: weight for name, weight in network.named_parameters() if weight.requires_grad}
    looked_up: list[Tensor] = []
    try:
        # with gradients, because a forward pass may take some itself
        with given(layers, draws), _lookups(network, looked_up), torch_alone():
            logits = checked_logits(network(rows.clone()))  # a copy, which it may change
        if logits.ndim == 2 and len(logits) == len(rows) and logits.requires_grad:
            slopes = torch.autograd.grad(logits.sum(), list(learning.values()), allow_unused=True)
    except (IBError, torch.OutOfMemoryError):
        raise
    except Exception as error:
        raise refusal(network, rows, error, training=True) from error
    _check_ids(rows, looked_up)
    if logits.ndim != 2 or len(logits) != len(rows):
        raise InvalidInputError(
            "a network must map inputs (n, ...) to logits (n, c), in training too",
            received=f"inputs {tuple(rows.shape)} and output {tuple(logits.shape)}",
            fix="Return the logits alone, one row for each input.",
        )
    if not logits.requires_grad:
        raise InvalidInputError(
            "logits must follow from parameters that learn",
            received="logits that require no gradient",
            fix="Take detach() and torch.no_grad() out of forward.",
        )
    _check_dense(learning, slopes)
    return {name for name, slope in zip(learning, slopes, strict=True) if slope is None}


def _check_dense(names: Iterable[str], slopes: Iterable[Tensor | None]) -> None:
    for name, slope in zip(names, slopes, strict=True):
        if slope is not None and slope.layout is not torch.strided:
            raise InvalidInputError(
                "gradients must be dense",
                received=f"the parameter {name}, whose gradient is {slope.layout}",
                fix="Leave out sparse=True, as of an nn.Embedding: the numbers are the same.",
            )


@contextmanager
def _lookups(network: nn.Module, looked_up: list[Tensor]) -> Iterator[None]:
    """Keep what the embeddings of a network look up."""
    kinds = (nn.Embedding, nn.EmbeddingBag)
    handles = [
        module.register_forward_pre_hook(
            lambda _, given, named: looked_up.append(given[0] if given else named["input"]),
            with_kwargs=True,
        )
        for module in network.modules()
        if isinstance(module, kinds)
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _check_ids(rows: Tensor, looked_up: list[Tensor]) -> None:
    """Refuse numbers between 0 and 1 that were cut to whole ones to be looked up."""
    if not rows.is_floating_point() or torch.equal(rows, rows.trunc()):
        return
    for ids in looked_up:
        if ids.numel() == rows.numel() and torch.equal(ids.flatten(), rows.long().flatten()):
            raise InvalidInputError(
                "ids that an nn.Embedding looks up must reach it whole",
                received=f"inputs such as {rows[rows != rows.trunc()][0]:.3g}, cut to whole "
                f"numbers from {ids.min()} to {ids.max()}",
                fix="Make the dataset of int64 ids and without levels, which divide inputs by "
                "levels - 1: Dataset.of(ids.astype(numpy.int64), labels).",
            )


def _try_together(ensemble: StackedEnsemble, rows: Tensor, draws: list[Tensor]) -> None:
    """Let members be computed one by one from now on, if vmap cannot train them."""
    template = copy.deepcopy(ensemble.template).train()
    learns = {name for name, weight in template.named_parameters() if weight.requires_grad}
    parameters = ensemble.parameters.items()
    learnt = {name: weight for name, weight in parameters if name in learns}
    frozen = {name: weight for name, weight in parameters if name not in learns}
    e = ensemble.members
    labels = torch.zeros((e, len(rows)), dtype=torch.int64, device=rows.device)
    # not expanded, because a network may work in place on its input
    inputs, *all_draws = (torch.stack([part] * e) for part in (rows, *draws))
    try:
        gradients_of(template)(learnt, frozen, ensemble.buffers, inputs, labels, *all_draws)
    except (IBError, torch.OutOfMemoryError):
        raise
    except Exception as error:  # what vmap cannot do it says by errors of many types
        ensemble.compute_one_by_one(template, error)


def _filled(before: nn.Module, after: nn.Module) -> dict[str, Any]:
    """Attributes that were empty before; none else may have changed."""
    changed = differing_attributes(before, after)
    filled = {name: value for name, value in changed.items() if _empty(before, name)}
    kept = {name: value for name, value in changed.items() if name not in filled}
    if kept:
        raise InvalidInputError(
            "what the forward pass changes in a network must be a buffer, so that each member has "
            "its own and checkpoints hold it",
            received=f"a pass that changes {described(kept)}",
            fix=fix_of(kept),
        )
    return filled


def _empty(network: nn.Module, name: str) -> bool:
    owner, _, leaf = name.rpartition(".")
    value = getattr(network.get_submodule(owner), leaf, None)
    # arrays and tensors are numbers, of however many elements
    return value is None or (
        isinstance(value, Sized) and not hasattr(value, "shape") and not len(value)
    )


def _tensors(network: nn.Module) -> dict[str, str]:
    named = (*network.named_parameters(), *network.named_buffers())
    return {name: f"{tuple(tensor.shape)} of {tensor.dtype}" for name, tensor in named}
