"""A network at several stages of its training, kept in one child run."""

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

import numpy as np
import torch

from ib_mlflow.data import Dataset
from ib_mlflow.networks.images.layered import Classifier, Layered
from ib_mlflow.networks.members import checked_device
from ib_mlflow.studies.decoding.configuration import ImageConfiguration
from ib_mlflow.studies.decoding.division import Parts
from ib_mlflow.studies.decoding.fitting import identity_of
from ib_mlflow.studies.running.fits import loss_metrics, lost
from ib_mlflow.studies.running.steps import Shown, record_steps
from ib_mlflow.tracking import ChildSpec, Job, StudyRun
from ib_mlflow.training.classification import class_log_probabilities, train_classifier
from ib_mlflow.training.decoders import Pairs, train_reconstruction
from ib_mlflow.training.fitting import Fitted, Plan, kept

N = TypeVar("N", bound=Layered)
Target = Literal["class", "image"]
"""What a network learns to give: the class, by the cross-entropy, or the image, by its square."""
LOSS_UNITS: dict[Target, str] = {"class": "nats", "image": "mse"}


@dataclass(frozen=True, eq=False)
class StagedFit(Generic[N]):
    """A network to train, and the stages at which it is kept.

    Arguments:
        name: of the child run.
        parts: the task.
        learnt: what it learns.
        template: the network as it is before training.
        plan: how it is fitted; it is kept at every evaluation.
        configuration: the study's parameters.
        shown: what tells it from others in MLflow's comparison pages.
        target: "class" for a classifier, "image" for an autoencoder.
    """

    name: str
    parts: Parts
    learnt: Dataset
    template: N
    plan: Plan
    configuration: ImageConfiguration
    shown: Mapping[str, object]
    target: Target = "class"

    def start(self) -> N:
        """The network before training, on its device."""
        return copy.deepcopy(self.template).to(checked_device(self.configuration.device))


@dataclass(frozen=True, eq=False)
class Stage:
    """A classifier as it was after some updates.

    Arguments:
        classifier: the classifier, in evaluation mode.
        accuracy: on the test images.
    """

    classifier: Classifier
    accuracy: float


def classifier_stages(study: StudyRun, fit: StagedFit[Classifier]) -> dict[int, Stage]:
    """Train a classifier, and keep it as it was after some numbers of updates.

    Arguments:
        study: the study's run.
        fit: the classifier.

    Returns:
        By the number of updates, 0 for before training.

    Raises:
        TrackingError: a finished child run has lost a stage.
    """
    evaluation = fit.parts.evaluation
    stages = {}
    for updates, classifier in network_stages(study, fit).items():
        guesses = class_log_probabilities(classifier, evaluation.inputs).argmax(axis=1)
        stages[updates] = Stage(classifier, float(np.mean(guesses == evaluation.labels)))
    return stages


def network_stages(study: StudyRun, fit: StagedFit[N]) -> dict[int, N]:
    """Train a network, and keep it as it was after some numbers of updates.

    Arguments:
        study: the study's run.
        fit: the network.

    Returns:
        By the number of updates, 0 for before training; in evaluation mode.

    Raises:
        TrackingError: a finished child run has lost a stage.
    """
    network = fit.start()
    with study.job(_child_of(fit)) as child:
        if not child.finished:
            _fit(fit, network, child)
        return {updates: _kept(network, child, updates) for updates in fit.plan.evaluations}


def _child_of(fit: StagedFit[Any]) -> ChildSpec:
    identity = identity_of(fit.parts, "encoding", fit.configuration) | {
        "plan": fit.plan.settings(),
        "network": repr(fit.template),
        "learnt": fit.learnt.digest,
    }
    if fit.target != "class":
        identity["target"] = fit.target
    parameters = {
        "task": fit.parts.name,
        **fit.shown,
        "images": fit.learnt.n,
        "seed": fit.configuration.seed,
    }
    return ChildSpec(fit.name, parameters, identity)


def _fit(fit: StagedFit[N], network: N, child: Job) -> None:
    def log(fitted: Fitted) -> tuple[int, Shown]:
        weights = {name: tensor.numpy() for name, tensor in fitted.weights.items()}
        child.save_results(_file(fitted.update), weights)
        child.log(fitted.update, loss_metrics(fitted, LOSS_UNITS[fit.target]), fitted.checkpoint())
        return fitted.update, {"held_out": f"{fitted.val_loss:.4g}"}

    evaluations = stage_evaluations(fit, network, child.checkpoint)
    with kept(child.keep, child.beat):
        record_steps(evaluations, log, total=fit.plan.updates, name=fit.name, unit="update")


def stage_evaluations(
    fit: StagedFit[N], network: N, resume: Mapping[str, Any] | None
) -> Iterator[Fitted]:
    """Train a network as it is to be kept; arguments as `network_stages` and `fit` have them."""
    learnt, held_out = fit.learnt, fit.parts.validation
    seed = fit.configuration.seed
    if fit.target == "class":
        return train_classifier(
            network, learnt, validation=held_out, plan=fit.plan, seed=seed, resume=resume
        )
    return train_reconstruction(
        network,
        Pairs(learnt.inputs),
        validation=Pairs(held_out.inputs),
        levels=fit.parts.levels,
        plan=fit.plan,
        seed=seed,
        resume=resume,
    )


def _kept(template: N, child: Job, updates: int) -> N:
    arrays = child.results(_file(updates))
    if arrays is None:
        raise lost(child, f"its weights after {updates} updates")
    network = copy.deepcopy(template).eval()
    network.load_state_dict({name: torch.from_numpy(array) for name, array in arrays.items()})
    return network


def _file(updates: int) -> str:
    return f"weights_{updates:07d}"
