"""Whether what a pass leaves behind in a network, or beside it, decides over the next pass."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import torch

from ib_mlflow.errors import IBError, InvalidInputError
from ib_mlflow.networks.ensembles.attributes import described, fix_of
from ib_mlflow.networks.ensembles.comparing import moved, same
from ib_mlflow.networks.ensembles.faults import refusal
from ib_mlflow.networks.ensembles.passes import checked_logits
from ib_mlflow.networks.noise import given, random_layers

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from typing import Any

    from torch import Tensor, nn


def check_hidden_state(
    fresh: nn.Module,
    used: nn.Module,
    rows: Tensor,
    draws: list[Tensor],
    filled: Mapping[str, Any],
    idle: Collection[str] = (),
) -> None:
    """Refuse a network in which an earlier pass decides over a later one.

    A cache of what every pass would find again may stay, and so may a record that no pass reads.
    A moving average, what the first batch decided, or what followed from weights that have learnt
    since may not: members that are computed together would share it, and those computed one by
    one begin anew with every snapshot. They are told apart by a pass over another batch with
    other weights, in which the network that was used must do what one that was not does.

    Arguments:
        fresh: the network before its first pass.
        used: the same after one pass; its weights are changed here.
        rows: `(n, ...)` of that pass.
        draws: what its noisy layers are given.
        filled: plain attributes that were empty before that pass, by full name.
        idle: parameters that training leaves as they are, though they require a gradient.

    Raises:
        InvalidInputError: if they do not do the same; what was filled is named.

    Example:
        >>> network = torch.nn.Linear(3, 2)
        >>> check_hidden_state(copy.deepcopy(network), network, torch.rand(5, 3), [], {})
    """
    others = rows[[0, *range(len(rows) - 1)]]  # its mean is another too
    weights = {name: weight.detach() for name, weight in used.named_parameters()}
    learning = {name for name, weight in used.named_parameters() if weight.requires_grad}
    for name, other in moved(weights, learning - set(idle)).items():
        weights[name].copy_(other)
    for training in (True, False) if filled else (True,):
        unused = _with_numbers_of(used, copy.deepcopy(fresh)).train(training)
        found, expected = (_pass(each.train(training), others, draws) for each in (used, unused))
        if isinstance(found, Exception) and isinstance(expected, Exception):
            return  # neither takes the weights that were made up here
        if isinstance(found, Exception):
            raise refusal(used, others, found, training=training) from found
        if isinstance(expected, Exception) or not same({"": found}, {"": expected}):
            raise _refusal(filled, "training" if training else "evaluation")


def _with_numbers_of(network: nn.Module, other: nn.Module) -> nn.Module:
    with torch.no_grad():
        for name, weight in network.named_parameters():
            other.get_parameter(name).copy_(weight)
    for name, buffer in network.named_buffers():
        owner, _, leaf = name.rpartition(".")
        setattr(other.get_submodule(owner), leaf, buffer.detach().clone())
    return other


def _pass(network: nn.Module, rows: Tensor, draws: list[Tensor]) -> Tensor | Exception:
    """Its logits, by the same random numbers every time, or what it raised."""
    with torch.random.fork_rng(devices=range(torch.cuda.device_count()) if rows.is_cuda else []):
        torch.manual_seed(0)
        try:
            with given(list(random_layers(network).values()), draws):
                return checked_logits(network(rows.clone())).detach()
        except (IBError, torch.OutOfMemoryError):
            raise
        except Exception as error:
            return error


def _refusal(filled: Mapping[str, Any], mode: str) -> InvalidInputError:
    if filled:
        return InvalidInputError(
            "what one forward pass leaves in a network and a later one follows must be a buffer, "
            "so that each member has its own and checkpoints hold it",
            received=f"{described(filled)}, empty at first, by which a pass in {mode} differs "
            "after another one",
            fix=fix_of(filled),
        )
    return InvalidInputError(
        "logits must follow from rows, parameters, buffers and torch's own random numbers",
        received=f"two passes in {mode} with all of these the same, and other logits",
        fix="Keep what a pass leaves behind in a buffer of the network, and draw from torch's "
        "own generator, which follows the seed.",
    )
