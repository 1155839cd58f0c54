"""Fitting as a generator: one network, Adam, a loss for each sample."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks.members import checked_seeds
from ib_mlflow.training.checkpoint import check_conditions, check_kinds
from ib_mlflow.training.fitting.checkpoint import SOURCE
from ib_mlflow.training.fitting.convergence import has_converged
from ib_mlflow.training.fitting.fitted import Fitted
from ib_mlflow.training.fitting.keeping import keeper
from ib_mlflow.training.fitting.learner import Learner
from ib_mlflow.training.fitting.processes import processes, seeded, total
from ib_mlflow.training.fitting.samples import Samples, Stream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import ArrayLike
    from torch import nn

    from ib_mlflow.training.fitting.learner import Objective
    from ib_mlflow.training.fitting.plan import Plan

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
LOST = "lost"
"""What a checkpoint between two evaluations holds: the losses of the updates since the last."""
CURVE = "curve"
"""What it says besides where convergence ends training: all held-out losses so far, by update."""


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
    """Fit a network by gradient descent to the smallest mean loss, where its parameters are.

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
        resume: a `Fitted.checkpoint()` of a training with the same arguments, or what `kept` was
            handed of one; training goes on after it, and does not yield it again, with the same
            bits on the CPU as if it had not been interrupted.

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
        progress = PROGRESS if plan.least_fall is None else {**PROGRESS, CURVE: dict}
        check_conditions(resume, same, {*progress, "weights", "average", "optimiser"}, SOURCE)
        check_kinds(resume, progress)
        learner.restore(resume)
    elif initialise is not None:
        with seeded(learner.device, seed), torch.no_grad():
            initialise(learner.model, first)
        learner.averaged.load_state_dict(learner.model.state_dict())
    template = copy.deepcopy(model).cpu()
    fitting = _Fitting(learner, samples, held_out, stream, plan, same, template)
    return _evaluations(fitting, resume)


@dataclass(frozen=True, eq=False)
class _Fitting:
    """A network that learns, from what, and how.

    Arguments:
        learner: where training has come to.
        samples: to learn from.
        held_out: to evaluate on.
        stream: the order of the samples.
        plan: updates and evaluations.
        conditions: what must be the same for a checkpoint to go on.
        template: the network on the CPU, to make others of.
    """

    learner: Learner
    samples: Samples
    held_out: Samples
    stream: Stream
    plan: Plan
    conditions: Mapping[str, Any]
    template: nn.Module


def _evaluations(fitting: _Fitting, resume: Mapping[str, Any] | None) -> Iterator[Fitted]:
    learner, held_out, plan = fitting.learner, fitting.held_out, fitting.plan
    done = -1 if resume is None else resume["update"]
    best = {} if resume is None else {name: resume[name] for name in BEST}
    since = 0 if resume is None else resume["since"]
    curve = {} if resume is None else dict(resume.get(CURVE, {}))
    if resume is not None and resume["final"]:
        return
    for before, update in pairwise((-1, *plan.evaluations)):
        if update <= done:
            continue
        since_last = update - max(before, 0)
        lost = torch.zeros((), dtype=torch.float64, device=learner.device)
        if resume is not None and before < done:
            lost += resume.get(LOST, 0.0)
        for number in range(max(before, done, 0) + 1, update + 1):
            lost += learner.step(number, fitting.samples, fitting.stream.batch(number))
            looks_after = keeper() if number < update and processes() == 1 else None
            if looks_after is not None and looks_after.due():
                state = {"update": number, **learner.state(), **fitting.conditions, **best}
                state |= {"since": since, "final": False, LOST: float(lost)}
                looks_after.keep(state if plan.least_fall is None else state | {CURVE: dict(curve)})
        losses = learner.evaluate(held_out)
        val_loss = float(losses.mean())
        _check_finite(val_loss, update)
        state = {"update": update, **learner.state(), **fitting.conditions}
        since += 1
        if not best or val_loss < best["best_loss"]:
            best = {"best": state["average"], "best_update": update, "best_loss": val_loss}
            since = 0
        final = update == plan.updates or (plan.patience is not None and since >= plan.patience)
        if plan.least_fall is not None:
            curve[update] = val_loss
            state[CURVE] = dict(curve)
            final |= has_converged(curve, plan.least_fall)
        yield Fitted(
            update=update,
            train_loss=float(total(lost)) / (since_last * plan.batch_size)
            if since_last
            else np.nan,
            val_loss=val_loss,
            val_loss_se=float(losses.std(ddof=1) / np.sqrt(held_out.n)) if held_out.n > 1 else 0.0,
            best_update=int(best["best_update"]),
            final=final,
            template=fitting.template,
            state={**state, **best, "since": since, "final": final},
        )
        if final:
            return


def _check_finite(val_loss: float, update: int) -> None:
    if not np.isfinite(val_loss):
        raise InvalidInputError(
            "the held-out loss must stay finite",
            received=f"{val_loss} after {update} updates",
            fix="Lower the learning rate, or go on from an earlier checkpoint with another seed.",
        )
