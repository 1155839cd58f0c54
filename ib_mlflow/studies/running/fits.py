"""Networks fitted in child runs of their own: classifiers, decoders, heads, reconstructions."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from ib_mlflow.errors import TrackingError
from ib_mlflow.studies.running.steps import Shown, record_steps
from ib_mlflow.tracking import ChildSpec, Job, Stopped, StudyRun
from ib_mlflow.training.fitting import Fitted, Plan, fitted_model, kept, progress_of

Arrays = dict[str, NDArray[Any]]
N = TypeVar("N", bound=nn.Module)
RESULTS = "measured"
HALFWAY = "halfway"
"""The weights of the best evaluation up to half of the updates."""
MEASURED_HALFWAY = "measured_halfway"


class FitJob(Protocol[N]):
    """A network to fit, and what is measured of it; picklable where there are several processes.

    What is large is made on demand, so that little goes from process to process.
    """

    @property
    def name(self) -> str:
        """Of the child run."""

    @property
    def parameters(self) -> Mapping[str, object]:
        """What MLflow's comparison pages show of it."""

    @property
    def identity(self) -> Mapping[str, object]:
        """What determines its numbers, beside the plan and the network."""

    @property
    def plan(self) -> Plan:
        """How it is fitted."""

    @property
    def loss_unit(self) -> str:
        """Of its loss, as in a metric's name."""

    def network(self) -> N:
        """Make the network as it is before training, on its device."""

    def fits(self, network: N, resume: Mapping[str, Any] | None) -> Iterator[Fitted]:
        """Fit the network, from a checkpoint if there is one."""

    def measure(self, network: N) -> Arrays:
        """What is computed of the fitted network."""


@dataclass(frozen=True, eq=False)
class Halfway(Generic[N]):
    """A network as half of its updates would have left it.

    Arguments:
        network: with its best weights until then, in evaluation mode.
        results: what was measured of it.
    """

    network: N
    results: Arrays


@dataclass(frozen=True, eq=False)
class FittedNetwork(Generic[N]):
    """A fitted network.

    Arguments:
        network: with its best weights, in evaluation mode.
        results: what was measured of it.
        updates: of the weights, in all.
        best_update: the evaluation that gave the weights.
        losses: on held-out samples, by update.
        run_id: of its child run.
        halfway: the same after half of the updates that it may take; None where its plan asks for
            no convergence, or it ended before.
    """

    network: N
    results: Arrays
    updates: int
    best_update: int
    losses: Mapping[int, float]
    run_id: str = ""
    halfway: Halfway[N] | None = None

    @property
    def best_loss(self) -> float:
        """The held-out loss of the weights."""
        return self.losses[self.best_update]

    def first_update_with(self, loss: float) -> int | None:
        """The first evaluation with a held-out loss that small; None if there is none."""
        return next((update for update, own in self.losses.items() if own <= loss), None)


class Watch(Protocol):
    """Looks on while a network is fitted, as a search does that may stop it."""

    def stops(self, child: Job, fitted: Fitted) -> bool:
        """Say after an evaluation that is not the last whether training stops there."""

    def ended(self, child: Job, fitted: FittedNetwork[Any]) -> None:
        """Take note of a fitted network, also of one that was read back."""


def run_fit(study: StudyRun, job: FitJob[N], watch: Watch | None = None) -> FittedNetwork[N]:
    """Fit a network in a child run; or read what a child run already holds.

    Arguments:
        study: the study's run.
        job: what is to be fitted and measured.
        watch: may stop it before its end; nobody by default.

    Returns:
        The network and its results.

    Raises:
        Stopped: `watch` has stopped it; its run is KILLED, and whoever asks for it again goes on.
        TrackingError: a finished child run has lost its checkpoint or results.
    """
    network = job.network()
    identity = {**job.identity, "plan": job.plan.settings(), "network": repr(network)}
    parameters = {"updates": job.plan.updates, **job.parameters}
    with study.job(ChildSpec(job.name, parameters, identity)) as child:
        if not child.finished:
            with kept(child.keep, child.beat):
                _fit(job, network, child, watch)
        results = child.results(RESULTS)
        if results is None or child.checkpoint is None:
            raise lost(child, "its checkpoint or its results")
        name = f"val_loss_{job.loss_unit}"
        losses = {update: metrics[name] for update, metrics in child.history}
        progress = progress_of(child.checkpoint)
        best = progress.best_update
        child.log_metrics({"summary/best_update": float(best), f"summary/{name}": losses[best]})
        fitted = fitted_model(network, child.checkpoint)
        ended = FittedNetwork(
            fitted, results, progress.updates, best, losses, child.run_id, _halfway(network, child)
        )
        if watch is not None:
            watch.ended(child, ended)
        return ended


def _fit(job: FitJob[N], network: N, child: Job, watch: Watch | None) -> None:
    def log(fitted: Fitted) -> tuple[int, Shown]:
        if fitted.update == job.plan.halfway:
            best = fitted.checkpoint()["best"]
            child.save_results(HALFWAY, {name: tensor.numpy() for name, tensor in best.items()})
        child.log(fitted.update, loss_metrics(fitted, job.loss_unit), fitted.checkpoint())
        if watch is not None and not fitted.final and watch.stops(child, fitted):
            raise Stopped(f"{job.name} was stopped after {fitted.update} updates")
        return fitted.update, {"held_out": f"{fitted.val_loss:.4g}"}

    evaluations = job.fits(network, child.checkpoint)
    record_steps(evaluations, log, total=job.plan.updates, name=job.name, unit="update")
    weights = child.results(HALFWAY)
    if weights is not None:
        child.save_results(MEASURED_HALFWAY, job.measure(_with(network, weights)))
    child.save_results(RESULTS, job.measure(fitted_model(network, child.checkpoint or {})))


def _halfway(network: N, child: Job) -> Halfway[N] | None:
    weights, results = child.results(HALFWAY), child.results(MEASURED_HALFWAY)
    if weights is None or results is None:
        return None
    return Halfway(_with(network, weights), results)


def _with(network: N, weights: Arrays) -> N:
    state = {name: torch.as_tensor(array) for name, array in weights.items()}
    return fitted_model(network, {"best": state, "average": state})


def run_computation(study: StudyRun, spec: ChildSpec, compute: Callable[[], Arrays]) -> Arrays:
    """Compute arrays in a child run; or read what a child run already holds.

    Arguments:
        study: the study's run.
        spec: what is computed.
        compute: computes it.

    Raises:
        TrackingError: a finished child run has lost its results.
    """
    with study.job(spec) as child:
        if not child.finished:
            with kept(lambda _: None, child.beat):
                arrays = compute()
            child.save_results("computed", arrays)
        results = child.results("computed")
        if results is None:
            raise lost(child, "its results")
        return results


def digest_of(network: nn.Module) -> str:
    """A hash of a network's weights: what tells one classifier from another."""
    digest = hashlib.sha256()
    for name, tensor in sorted(network.state_dict().items()):
        array = np.ascontiguousarray(tensor.detach().cpu().numpy())
        digest.update(f"{name}{array.dtype.str}{array.shape}".encode())
        digest.update(array.data)
    return digest.hexdigest()


def lost(child: Job, what: str) -> TrackingError:
    """The error of a finished child run without something that it should hold."""
    return TrackingError(
        "a finished child run keeps what was computed in it",
        received=f"run {child.run_id} ({child.name}) without {what}",
        fix="Delete that run, or start over with fresh=true.",
    )


def loss_metrics(fitted: Fitted, unit: str) -> dict[str, float]:
    """What is logged at an evaluation: the losses, in the unit that their names end with."""
    return {
        f"train_loss_{unit}": fitted.train_loss,
        f"val_loss_{unit}": fitted.val_loss,
        f"val_loss_se_{unit}": fitted.val_loss_se,
    }
