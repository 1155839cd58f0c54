"""Whether every member computes with tensors of its own, wherever the network reaches them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks.ensembles.budgets import Budget
from ib_mlflow.networks.ensembles.comparing import differing, identical, moved, same
from ib_mlflow.networks.ensembles.passes import checked_logits
from ib_mlflow.networks.ensembles.traces import torch_alone

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ib_mlflow.networks.ensembles.comparing import Numbers, Result

NAMED = 3  # culprits in one line
LARGE = 100.0  # a factor that takes weights beyond whatever a pass would clip or norm them to


def check_references(origin: nn.Module, member: nn.Module, rows: Tensor) -> set[str]:
    """Refuse a network that reaches parameters or buffers by other ways than as attributes.

    A list, a partial, a lambda or a hook that closes over a network goes on to use the tensors
    that the factory made, whatever a copy of the network is given. So both get other numbers, the
    one in place, and must give the same logits and gradients, in evaluation and in training.
    A network whose passes differ among themselves is left to the checks of that, and one that
    goes on and on with other numbers, as a loop may that converges with its own, is not compared.

    Arguments:
        origin: as the factory made it; its numbers are the same afterwards.
        member: a copy with parameters and buffers of its own; its numbers are changed.
        rows: `(n, ...)`, on the networks' device and of their precision.

    Returns:
        The names of the parameters that a forward pass changes in place.

    Raises:
        InvalidInputError: if logits or gradients differ, or a pass changes a buffer that is a view
            of another; the tensors are named.

    Example:
        >>> import copy
        >>> network = nn.Linear(3, 2)
        >>> check_references(network, copy.deepcopy(network), torch.rand(5, 3))
        set()
    """
    views = _set_apart(origin)
    start = {name: tensor.detach().clone() for name, tensor in _named(origin)}
    parameters = [name for name, _ in origin.named_parameters()]
    changed: set[str] = set()
    for training in (False, True):
        with Budget(None) as own:
            _Pass(rows, training).of(origin, start, start)
        _Pass(rows, training).of(member, start)  # what passes leave is to be alike in both
        passes = _Pass(rows, training, own.ample)
        for names in (list(start), parameters):  # some buffers cannot be other numbers
            values = moved(start, names)
            expected, _ = passes.of(origin, values, start)
            found, after = passes.of(member, values)
            if not isinstance(expected, Exception):
                break
        if not same(expected, found):
            # not where two passes of one network differ: what it keeps or draws is at fault
            expected_again, _ = passes.of(origin, values, start)
            found_again, _ = passes.of(member, values)
            if same(expected, expected_again) and same(found, found_again):
                raise _refusal(origin, member, start, passes)
        large = {name: LARGE * start[name] if name in parameters else start[name] for name in start}
        _, after_large = passes.of(member, large)
        changed |= after | after_large
    if views & changed:
        raise InvalidInputError(
            "buffers that forward changes must have memory of their own",
            received=f"{min(views & changed)}, which shares its memory with another",
            fix="Copy it, .clone(), and change both, or keep one of them.",
        )
    return changed & set(parameters)


@dataclass(frozen=True, eq=False)
class _Pass:
    """How networks pass rows on.

    Arguments:
        rows: `(n, ...)`.
        training: the mode.
        limit: calls of torch after which a pass is ended.
    """

    rows: Tensor
    training: bool
    limit: int | None = None

    def of(
        self, network: nn.Module, values: Numbers, afterwards: Numbers | None = None
    ) -> tuple[Result, set[str]]:
        """What a pass with these numbers gave, and which of them it changed.

        A function may hold the network that it was made in: that has its old numbers again
        afterwards, and is in the other mode.
        """
        homes = [(tensors, dict(tensors)) for tensors in _registers(network)]
        network.train(self.training)
        _load(network, values)
        devices = [self.rows.device] if self.rows.is_cuda else []
        result: Result
        try:
            with torch.random.fork_rng(devices=devices), torch.enable_grad(), torch_alone():
                torch.manual_seed(0)
                with Budget(self.limit):
                    logits = checked_logits(network(self.rows.clone()))
                if not logits.is_floating_point():
                    raise TypeError(logits.dtype)
                result = {"": logits.detach().clone()}
                if self.training and logits.requires_grad:
                    result |= _slopes(network, logits)
        except torch.OutOfMemoryError:
            raise
        except Exception as error:  # whatever a network may raise
            result = error
        left = dict(_named(network))
        changed = {name for name, value in values.items() if not identical(left.get(name), value)}
        for tensors, home in homes:  # buffers may have been assigned
            tensors.clear()
            tensors.update(home)
        if afterwards is not None:
            _load(network, afterwards)
            network.train(not self.training)
        return result, changed


def _slopes(network: nn.Module, logits: Tensor) -> Numbers:
    learning = {name: weight for name, weight in network.named_parameters() if weight.requires_grad}
    # weights of the logits, because a softmax makes their sum a constant
    weights = torch.linspace(-1, 2, logits.numel(), device=logits.device).reshape(logits.shape)
    loss = (logits * weights.to(logits.dtype)).sum()
    slopes = torch.autograd.grad(loss, list(learning.values()), allow_unused=True)
    return {
        name: torch.zeros_like(weight) if slope is None else slope.to_dense()
        for (name, weight), slope in zip(learning.items(), slopes, strict=True)
    }


def _refusal(
    origin: nn.Module, member: nn.Module, start: Numbers, passes: _Pass
) -> InvalidInputError:
    def results(values: Numbers) -> tuple[Result, Result]:
        expected, _ = passes.of(origin, values, start)
        found, _ = passes.of(member, values)
        return expected, found

    # of equal numbers only the slope of what is reached otherwise is another
    elsewhere = differing(*results(start))
    names = []
    for name in start:
        if name in elsewhere or differing(*results(moved(start, [name]))) - elsewhere:
            names.append(name)
        if len(names) > NAMED:
            names[NAMED:] = ["others"]
            break
    mode = "training" if passes.training else "evaluation"
    what = ", ".join(names) or f"attributes of {type(origin).__name__}"
    return InvalidInputError(
        "forward must reach what it computes with as attributes of its modules, so that each "
        "member computes with its own",
        received=f"{what}: a pass in {mode} uses what the factory built, not what a member has",
        fix="Write self.layer(x) or self.layer.weight in forward, and use the module that a hook "
        "is given: a list, partial, lambda, hook or closure keeps the network of the factory.",
    )


def _set_apart(network: nn.Module) -> set[str]:
    """Give tensors that are views a memory of their own, and the strides that members have.

    Returns:
        The names of those that shared theirs.
    """
    homes: dict[int, list[str]] = {}
    for name, tensor in _named(network):
        home = homes.setdefault(tensor.untyped_storage().data_ptr(), [])
        home.append(name)
        if len(home) > 1 or not tensor.is_contiguous():
            tensor.data = tensor.detach().clone(memory_format=torch.contiguous_format)
    return {name for names in homes.values() if len(names) > 1 for name in names}


def _registers(network: nn.Module) -> Iterator[dict[str, Any]]:
    for module in network.modules():
        yield module._parameters
        yield module._buffers


def _named(network: nn.Module) -> Iterator[tuple[str, Tensor]]:
    """Parameters and buffers by name."""
    yield from network.named_parameters()
    yield from network.named_buffers()


@torch.no_grad()
def _load(network: nn.Module, values: Mapping[str, Tensor]) -> None:
    for name, tensor in _named(network):
        if name in values:
            tensor.copy_(values[name])
