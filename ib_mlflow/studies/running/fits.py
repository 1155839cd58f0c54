"""Networks fitted in child runs of their own: classifiers, decoders, heads, reconstructions."""

import hashlib
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn
from tqdm import tqdm

from ib_mlflow.errors import TrackingError
from ib_mlflow.tracking import ChildSpec, Job, StudyRun
from ib_mlflow.training.fitting import Fitted, Plan, fitted_model

Arrays = dict[str, NDArray[Any]]
Fits = Callable[[Mapping[str, Any] | None], Iterator[Fitted]]


@dataclass(frozen=True)
class Work:
    """A network to fit, and what is measured of it.

    Arguments:
        name: of the child run.
        parameters: what MLflow's comparison pages show of it.
        identity: what determines its numbers, beside the plan.
        network: as it is before training, on its device.
        plan: how it is fitted.
        fits: fits it, from a checkpoint if there is one.
        measure: what is computed of the fitted network, as arrays.
        unit: of its loss, as in a metric's name.
    """

    name: str
    parameters: Mapping[str, object]
    identity: Mapping[str, object]
    network: nn.Module
    plan: Plan
    fits: Fits
    measure: Callable[[nn.Module], Arrays] = lambda _: {}
    unit: str = "nats"


@dataclass(frozen=True)
class Done:
    """A fitted network.

    Arguments:
        network: with its best weights, in evaluation mode.
        results: what was measured of it.
        checkpoint: of its training's end.
        losses: on held-out samples, by update.
    """

    network: nn.Module
    results: Arrays
    checkpoint: Mapping[str, Any]
    losses: Mapping[int, float]

    @property
    def updates(self) -> int:
        """Updates of the weights in all."""
        return int(self.checkpoint["update"])

    @property
    def best_update(self) -> int:
        """The evaluation that gave the weights."""
        return int(self.checkpoint["best_update"])

    def reaches(self, loss: float) -> int | None:
        """The first evaluation with a held-out loss that small; None if there is none."""
        return next((update for update, own in self.losses.items() if own <= loss), None)


def carry_out(study: StudyRun, work: Work) -> Done:
    """Fit a network in a child run; or read what a child run already holds.

    Arguments:
        study: the study's run.
        work: what is to be done.

    Returns:
        The network and its results.

    Raises:
        TrackingError: a finished child run has lost its checkpoint or results.
    """
    identity = {**work.identity, "plan": work.plan.settings(), "network": repr(work.network)}
    parameters = {"updates": work.plan.updates, **work.parameters}
    with study.job(ChildSpec(work.name, parameters, identity)) as job:
        if not job.finished:
            # A log file gets a line now and then, a terminal a moving bar.
            pause = 0.2 if sys.stderr.isatty() else 10.0
            with tqdm(
                total=work.plan.updates, desc=work.name, unit="update", mininterval=pause
            ) as bar:
                for fitted in work.fits(job.checkpoint):
                    job.log(fitted.update, metrics_of(fitted, work.unit), fitted.checkpoint())
                    bar.set_postfix(held_out=f"{fitted.val_loss:.4g}", refresh=False)
                    bar.update(fitted.update - bar.n)
            network = _network(work, job.checkpoint)
            job.save_results("measured", work.measure(network))
        results = job.results("measured")
        if results is None or job.checkpoint is None:
            raise _lost(job)
        best = int(job.checkpoint["best_update"])
        name = f"val_loss_{work.unit}"
        losses = {update: metrics[name] for update, metrics in job.history}
        job.log_metrics({"summary/best_update": float(best), f"summary/{name}": losses[best]})
        return Done(_network(work, job.checkpoint), results, job.checkpoint, losses)


def computed(study: StudyRun, child: ChildSpec, compute: Callable[[], Arrays]) -> Arrays:
    """Compute arrays in a child run; or read what a child run already holds.

    Arguments:
        study: the study's run.
        child: what is computed.
        compute: computes it.

    Raises:
        TrackingError: a finished child run has lost its results.
    """
    with study.job(child) as job:
        if not job.finished:
            job.save_results("computed", compute())
        results = job.results("computed")
        if results is None:
            raise _lost(job)
        return results


def digest_of(network: nn.Module) -> str:
    """A hash of a network's weights: what tells one classifier from another."""
    digest = hashlib.sha256()
    for name, tensor in sorted(network.state_dict().items()):
        array = np.ascontiguousarray(tensor.detach().cpu().numpy())
        digest.update(f"{name}{array.dtype.str}{array.shape}".encode())
        digest.update(array.data)
    return digest.hexdigest()


def _lost(job: Job) -> TrackingError:
    return TrackingError(
        "a finished child run keeps its checkpoint and its results",
        received=f"run {job.run_id} ({job.name}) without them",
        fix="Delete that run, or start over with fresh=true.",
    )


def _network(work: Work, checkpoint: Mapping[str, Any] | None) -> nn.Module:
    return fitted_model(work.network, checkpoint or {})


def metrics_of(fitted: Fitted, unit: str) -> dict[str, float]:
    """What is logged at an evaluation."""
    return {
        f"train_loss_{unit}": fitted.train_loss,
        f"val_loss_{unit}": fitted.val_loss,
        f"val_loss_se_{unit}": fitted.val_loss_se,
    }
