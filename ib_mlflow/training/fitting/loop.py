"""Fitting as a generator: one network, Adam, a loss for each sample."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from ib_mlflow.errors import CheckpointError, InvalidInputError
from ib_mlflow.networks.members import checked_seeds
from ib_mlflow.training.checkpoint import check_conditions, check_kinds
from ib_mlflow.training.fitting.learner import Learner
from ib_mlflow.training.fitting.processes import seeded, total
from ib_mlflow.training.fitting.samples import Samples, Stream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import ArrayLike
    from torch import nn

    from ib_mlflow.training.fitting.learner import Objective
    from ib_mlflow.training.fitting.plan import Plan

SOURCE = "Fitted.checkpoint"
INITIAL = 128
"""Samples that a network is initialised on; a batch may be too small for its statistics."""
BEST = ("best", "best_update", "best_loss")
PROGRESS: dict[str, type] = {
    "update": int,
    "best": dict,
    "best_update": int,
    "best_loss": float,
    "since": int,
    "final": bool,
}
"""What a checkpoint says of how far training has come; `since` counts evaluations."""


@dataclass(frozen=True, eq=False)
class Fitted:
    """A network at one evaluation; it does not change when training goes on.

    Arguments:
        update: updates of the weights so far.
        train_loss: mean loss of the samples of the updates since the last evaluation, each as it
            was before its update; NaN before the first.
        val_loss: mean loss of the held-out samples under the averaged weights.
        val_loss_se: its standard error.
        best_update: the evaluation with the smallest held-out loss so far.
        final: whether training ends here.
        template: the network, whatever its weights.
        state: what a checkpoint holds.
    """

    update: int
    train_loss: float
    val_loss: float
    val_loss_se: float
    best_update: int
    final: bool
    template: nn.Module = field(repr=False)
    state: Mapping[str, Any] = field(repr=False)

    def model(self) -> nn.Module:
        """The network with the averaged weights of this evaluation."""
        return fitted_model(self.template, self.state, best=False)

    def best(self) -> nn.Module:
        """The network with the averaged weights of the best evaluation so far."""
        return fitted_model(self.template, self.state)

    def checkpoint(self) -> dict[str, Any]:
        """All that `resume` needs, for torch.save and torch.load(weights_only=True)."""
        return dict(self.state)


def fit(
    model: nn.Module,
    objective: Objective,
    training: Sequence[ArrayLike],
    *,
    validation: Sequence[ArrayLike],
    plan: Plan,
    seed: int,
    initialise: Callable[[nn.Module, Sequence[torch.Tensor]], object] | None = None,
    contexts: Callable[[Sequence[torch.Tensor]], str] | None = None,
    resume: Mapping[str, Any] | None = None,
) -> Iterator[Fitted]:
    """Fit a network by Adam to the smallest mean loss, where its parameters are.

    The network is where training starts; it is not changed. Under `joined` and torchrun the
    processes share the work: what is found depends on the plan's shares, and not on who computed
    them but for rounding.

    Arguments:
        model: any module.
        objective: `(model, *batch)` to `(b,)` losses; a batch has a tensor for each array.
        training: arrays `(n, ...)` whose rows belong together.
        validation: the same of held-out samples.
        plan: updates, rates, averaging, early stopping.
        seed: of the order of the samples and of what is random in the network, 0..2³² − 1.
        initialise: called once with the network and the first samples, before training.
        contexts: what the loss makes of the first samples before the network sees them, in words;
            it must be the same when training is resumed.
        resume: a `Fitted.checkpoint()` of a training with the same arguments; training goes on
            after it, and does not yield it again, with the same bits on the CPU as if it had not
            been interrupted.

    Returns:
        A `Fitted` for each evaluation, in order, the first of them before training. Nothing
        after a checkpoint at which training has ended; `fitted_model` reads its network.

    Raises:
        InvalidInputError: an argument is out of range, or a held-out loss is not finite.
        CheckpointError: `resume` is not a checkpoint of this training.

    Example:
        >>> from torch import nn
        >>> from ib_mlflow.training.fitting import Plan
        >>> x = np.linspace(-1, 1, 64, dtype=np.float32)[:, None]
        >>> def squared(model, x, y):
        ...     return (model(x) - y).square().sum(dim=1)
        >>> plan = Plan(updates=300, learning_rate=0.1, decay="cosine", evaluate=150)
        >>> for fitted in fit(nn.Linear(1, 1), squared, (x, 2 * x), validation=(x, 2 * x),
        ...                   plan=plan, seed=0):
        ...     print(fitted.update, fitted.val_loss < 1e-3)
        0 False
        150 ...
        300 True
    """
    (seed,) = checked_seeds([seed])
    learner = Learner(model, objective, plan, seed)
    samples = Samples(training, learner.device)
    held_out = Samples(validation, learner.device)
    same = {
        "architecture": repr(model),
        "seed": seed,
        "training": samples.digest,
        "validation": held_out.digest,
        "shares": learner.shares,
        **{f"plan.{name}": value for name, value in plan.settings().items()},
    }
    stream = Stream(seed, samples.n, plan.batch_size)
    first = samples.rows(stream.first(INITIAL))
    if contexts is not None:
        same["contexts"] = contexts(first)
    if resume is not None:
        check_conditions(resume, same, {*PROGRESS, "weights", "average", "optimiser"}, SOURCE)
        check_kinds(resume, PROGRESS)
        learner.restore(resume)
    elif initialise is not None:
        with seeded(learner.device, seed), torch.no_grad():
            initialise(learner.model, first)
        learner.averaged.load_state_dict(learner.model.state_dict())
    template = copy.deepcopy(model).cpu()
    return _evaluations(learner, samples, held_out, stream, plan, same, resume, template)


def _evaluations(
    learner: Learner,
    samples: Samples,
    held_out: Samples,
    stream: Stream,
    plan: Plan,
    same: Mapping[str, Any],
    resume: Mapping[str, Any] | None,
    template: nn.Module,
) -> Iterator[Fitted]:
    done = -1 if resume is None else resume["update"]
    best = {} if resume is None else {name: resume[name] for name in BEST}
    since = 0 if resume is None else resume["since"]
    if resume is not None and resume["final"]:
        return
    for before, update in pairwise((-1, *plan.evaluations)):
        if update <= done:
            continue
        numbers = range(max(before, done, 0) + 1, update + 1)
        lost = torch.zeros((), dtype=torch.float64, device=learner.device)
        for number in numbers:
            lost += learner.step(number, samples, stream.batch(number))
        losses = learner.evaluate(held_out)
        val_loss = float(losses.mean())
        _check_finite(val_loss, update)
        state = {"update": update, **learner.state(), **same}
        since += 1
        if not best or val_loss < best["best_loss"]:
            best = {"best": state["average"], "best_update": update, "best_loss": val_loss}
            since = 0
        final = update == plan.updates or (plan.patience is not None and since >= plan.patience)
        yield Fitted(
            update=update,
            train_loss=float(total(lost)) / (len(numbers) * plan.batch_size) if numbers else np.nan,
            val_loss=val_loss,
            val_loss_se=float(losses.std(ddof=1) / np.sqrt(held_out.n)) if held_out.n > 1 else 0.0,
            best_update=int(best["best_update"]),
            final=final,
            template=template,
            state={**state, **best, "since": since, "final": final},
        )
        if final:
            return


def fitted_model(
    template: nn.Module, checkpoint: Mapping[str, Any], *, best: bool = True
) -> nn.Module:
    """Read a network from a checkpoint, in evaluation mode.

    Arguments:
        template: a network of the same architecture; it is not changed.
        checkpoint: from `Fitted.checkpoint`.
        best: whether its best averaged weights are wanted, or those of its last evaluation.

    Returns:
        The network, on the template's device.

    Raises:
        CheckpointError: the checkpoint is of another network, or is none.

    Example:
        >>> fitted_model(decoder, recording.checkpoint)  # doctest: +SKIP
    """
    check_conditions(checkpoint, {}, {"best", "average"}, SOURCE)
    model = copy.deepcopy(template).eval()
    try:
        model.load_state_dict(checkpoint["best" if best else "average"])
    except (RuntimeError, TypeError, AttributeError) as error:
        raise CheckpointError(
            "a checkpoint must hold the weights of this network",
            received=error,
            fix="Make the network as it was when it was fitted.",
        ) from error
    return model


def _check_finite(val_loss: float, update: int) -> None:
    if not np.isfinite(val_loss):
        raise InvalidInputError(
            "the held-out loss must stay finite",
            received=f"{val_loss} after {update} updates",
            fix="Lower the learning rate, or go on from an earlier checkpoint with another seed.",
        )
