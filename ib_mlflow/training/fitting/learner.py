"""A network while it is fitted: its weights, their average, and the optimiser's moments."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from ib_mlflow.data.splits import check_count
from ib_mlflow.errors import CheckpointError, InvalidInputError
from ib_mlflow.networks.precision import full_precision, is_half
from ib_mlflow.training.checkpoint import AFRESH
from ib_mlflow.training.fitting.descending import optimiser_of
from ib_mlflow.training.fitting.keeping import pulse
from ib_mlflow.training.fitting.processes import processes, rank, seeded, total
from ib_mlflow.training.fitting.replay import of_many_kernels, replay

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    from numpy.typing import NDArray

    from ib_mlflow.training.fitting.plan import Plan
    from ib_mlflow.training.fitting.samples import Samples

Objective = Callable[..., Tensor]
"""What is made small: `(model, *batch)` to losses `(b,)`; a batch has a tensor for each array."""


class Learner:
    """Fit a copy of a network.

    Arguments:
        model: where to begin.
        objective: the loss.
        plan: the numbers.
        seed: of the order of the samples and of what is random in the network.

    Raises:
        InvalidInputError: the network has nothing to learn, or an update has fewer samples than
            there are processes.
    """

    def __init__(self, model: nn.Module, objective: Objective, plan: Plan, seed: int) -> None:
        self.model, self.averaged = copy.deepcopy(model), copy.deepcopy(model)
        self.averaged.eval()
        self._objective, self._plan, self._seed = objective, plan, seed
        parameters = [each for each in self.model.parameters() if each.requires_grad]
        if not parameters:
            raise InvalidInputError(
                "a network must have parameters to fit",
                received=type(model).__name__,
                fix="Leave requires_grad on what should be learnt.",
            )
        self.device = parameters[0].device
        self.shares = -(-plan.shares // processes()) * processes()
        if self.shares > plan.batch_size:
            raise InvalidInputError(
                "an update must have a sample for each process",
                received=f"{processes()} processes for batch_size={plan.batch_size}",
                fix="Raise batch_size, or start fewer processes.",
            )
        self._loss: nn.Module = _Loss(self.model, objective)
        if processes() > 1:
            self._loss = DistributedDataParallel(self._loss)
        self._optimiser = optimiser_of(plan, parameters)
        self._pairs = list(zip(self.averaged.parameters(), self.model.parameters(), strict=True))
        self._half = is_half(plan.precision, self.device)
        # Only whole batches are of one size, and other processes wait for slopes as they come.
        alone = self.device.type == "cuda" and self.shares == 1 == processes()
        self._unrecorded = of_many_kernels(self.model) if alone else None

    def step(self, update: int, samples: Samples, rows: NDArray[np.int64]) -> Tensor:
        """Change the weights once; return the sum of this process's losses, as they were."""
        plan = self._plan
        for group in self._optimiser.param_groups:
            group["lr"] = plan.rate(update)
        self._optimiser.zero_grad()
        self.model.train()
        pieces = np.array_split(rows, self.shares)
        if self._unrecorded is not None:
            with self._seeded(update, 0):
                run = partial(self._loss, *samples.rows(rows))
                replay(self._unrecorded, run, half=self._half)
            self._unrecorded = None
        each = self.shares // processes()
        own = range(rank() * each, (rank() + 1) * each)
        lost = torch.zeros((), device=self.device)
        for share in own:
            with self._seeded(update, share), self._held(share < own[-1]):
                with torch.autocast(self.device.type, torch.bfloat16, enabled=self._half):
                    losses = self._loss(*samples.rows(pieces[share])).float()
                # DistributedDataParallel takes the mean over the processes of their gradients.
                (losses.sum() * (processes() / len(rows))).backward()
            lost += losses.detach().sum()
        self._optimiser.step()
        if plan.average:
            self._average(1 - plan.averaging(update))
        return lost

    def evaluate(self, samples: Samples) -> NDArray[np.float64]:
        """Losses `(n,)` of the averaged weights, in full precision."""
        if not self._plan.average:
            self._average(1.0)
        for old, new in zip(self.averaged.buffers(), self.model.buffers(), strict=True):
            old.copy_(new)
        # Without gradients more samples fit into the same memory.
        size = 4 * math.ceil(self._plan.batch_size / self.shares)
        return losses_of(self.averaged, self._objective, samples, batch_size=size)

    def state(self) -> dict[str, Any]:
        """Copies of all that changes, on the CPU."""
        return {
            "weights": clone(self.model.state_dict()),
            "average": clone(self.averaged.state_dict()),
            "optimiser": _on_the_cpu(self._optimiser.state_dict()),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a state.

        Raises:
            CheckpointError: it is of another network.
        """
        try:
            self.model.load_state_dict(state["weights"])
            self.averaged.load_state_dict(state["average"])
            self._optimiser.load_state_dict(state["optimiser"])
        except (RuntimeError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise CheckpointError(
                "a checkpoint must hold the weights of this network and its optimiser's moments",
                received=error,
                fix=f"Make the network as it was, or start afresh: {AFRESH}.",
            ) from error

    @torch.no_grad()
    def _average(self, new: float) -> None:
        for average, weight in self._pairs:
            average.lerp_(weight, new)

    def _seeded(self, update: int, share: int) -> AbstractContextManager[None]:
        seed = np.random.SeedSequence([self._seed, update, share]).generate_state(1)
        return seeded(self.device, int(seed[0]))

    def _held(self, more: bool) -> AbstractContextManager[None]:
        """Keep a share's gradients from the other processes while more shares follow."""
        if more and isinstance(self._loss, DistributedDataParallel):
            held: AbstractContextManager[None] = self._loss.no_sync()
            return held
        return nullcontext()


@torch.no_grad()
@full_precision()
def losses_of(
    model: nn.Module, objective: Objective, samples: Samples, *, batch_size: int
) -> NDArray[np.float64]:
    """Losses of all samples under a network that is not learning.

    Arguments:
        model: in evaluation mode after the call.
        objective: the loss.
        samples: n of them.
        batch_size: samples of a forward pass.

    Returns:
        `(n,)`, on every process alike.

    Raises:
        InvalidInputError: `batch_size` is no whole number, or below 1.
    """
    check_count("batch_size", batch_size)
    model.eval()
    losses = torch.zeros(samples.n, dtype=torch.float64)
    firsts = range(0, samples.n, batch_size)
    for first in firsts[rank() :: processes()]:
        pulse()
        rows = np.arange(first, min(first + batch_size, samples.n))
        losses[first : first + batch_size] = objective(model, *samples.rows(rows)).double().cpu()
    device = next(iter(model.parameters())).device
    gathered: NDArray[np.float64] = total(losses.to(device)).cpu().numpy()
    return gathered


@torch.no_grad()
@full_precision()
def outputs_of(
    model: nn.Module,
    function: Callable[..., Tensor],
    samples: Samples,
    *,
    batch_size: int,
) -> NDArray[Any]:
    """What a network that is not learning makes of all samples.

    Arguments:
        model: in evaluation mode after the call.
        function: `(model, *batch)` to `(b, ...)`.
        samples: n of them.
        batch_size: samples of a forward pass.

    Returns:
        `(n, ...)`, of the function's type.

    Raises:
        InvalidInputError: `batch_size` is no whole number, or below 1.
    """
    check_count("batch_size", batch_size)
    model.eval()
    parts = []
    for first in range(0, samples.n, batch_size):
        rows = np.arange(first, min(first + batch_size, samples.n))
        parts.append(function(model, *samples.rows(rows)).cpu())
        pulse()
    outputs: NDArray[Any] = torch.cat(parts).numpy()
    return outputs


def clone(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Copies of tensors by name, on the CPU."""
    return {name: tensor.detach().cpu().clone() for name, tensor in state.items()}


def _on_the_cpu(state: Any) -> Any:
    """A copy of nested dictionaries and lists, with its tensors on the CPU."""
    if isinstance(state, Tensor):
        return state.detach().cpu().clone()
    if isinstance(state, dict):
        return {name: _on_the_cpu(part) for name, part in state.items()}
    return [_on_the_cpu(part) for part in state] if isinstance(state, list) else state


class _Loss(nn.Module):
    """The objective as a forward pass, which is what DistributedDataParallel listens to."""

    def __init__(self, model: nn.Module, objective: Objective) -> None:
        super().__init__()
        self.model, self._objective = model, objective

    def forward(self, *batch: Tensor) -> Tensor:
        return self._objective(self.model, *batch)
