"""A classifier at several stages of its training, kept in one child run."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch

from ib_mlflow.data import Dataset
from ib_mlflow.networks.images.layered import Classifier
from ib_mlflow.networks.members import checked_device
from ib_mlflow.studies.decoding.configuration import DecodingConfiguration
from ib_mlflow.studies.decoding.division import Parts
from ib_mlflow.studies.decoding.fitting import identity_of
from ib_mlflow.studies.running.fits import loss_metrics, lost
from ib_mlflow.studies.running.steps import Shown, record_steps
from ib_mlflow.tracking import ChildSpec, Job, StudyRun
from ib_mlflow.training.classification import class_log_probabilities, train_classifier
from ib_mlflow.training.fitting import Fitted, Plan


@dataclass(frozen=True, eq=False)
class StagedFit:
    """A classifier to train, and the stages at which it is kept.

    Arguments:
        name: of the child run.
        parts: the task.
        learnt: what it learns.
        template: the classifier as it is before training.
        plan: how it is fitted; it is kept at every evaluation.
        configuration: the study's parameters.
        shown: what tells it from others in MLflow's comparison pages.
    """

    name: str
    parts: Parts
    learnt: Dataset
    template: Classifier
    plan: Plan
    configuration: DecodingConfiguration
    shown: Mapping[str, object]


@dataclass(frozen=True, eq=False)
class Stage:
    """A classifier as it was after some updates.

    Arguments:
        classifier: the classifier, in evaluation mode.
        accuracy: on the test images.
    """

    classifier: Classifier
    accuracy: float


def classifier_stages(study: StudyRun, fit: StagedFit) -> dict[int, Stage]:
    """Train a classifier, and keep it as it was after some numbers of updates.

    Arguments:
        study: the study's run.
        fit: the classifier.

    Returns:
        By the number of updates, 0 for before training.

    Raises:
        TrackingError: a finished child run has lost a stage.
    """
    device = checked_device(fit.configuration.device)
    classifier = copy.deepcopy(fit.template).to(device)
    with study.job(_child_of(fit)) as child:
        if not child.finished:
            _fit(fit, classifier, child)
        return {
            updates: _stage(fit, classifier, child, updates) for updates in fit.plan.evaluations
        }


def _child_of(fit: StagedFit) -> ChildSpec:
    identity = identity_of(fit.parts, "encoding", fit.configuration) | {
        "plan": fit.plan.settings(),
        "network": repr(fit.template),
        "learnt": fit.learnt.digest,
    }
    parameters = {
        "task": fit.parts.name,
        **fit.shown,
        "images": fit.learnt.n,
        "seed": fit.configuration.seed,
    }
    return ChildSpec(fit.name, parameters, identity)


def _fit(fit: StagedFit, classifier: Classifier, child: Job) -> None:
    def log(fitted: Fitted) -> tuple[int, Shown]:
        weights = {name: tensor.numpy() for name, tensor in fitted.weights.items()}
        child.save_results(_file(fitted.update), weights)
        child.log(fitted.update, loss_metrics(fitted, "nats"), fitted.checkpoint())
        return fitted.update, {"held_out": f"{fitted.val_loss:.4g}"}

    evaluations = train_classifier(
        classifier,
        fit.learnt,
        validation=fit.parts.validation,
        plan=fit.plan,
        seed=fit.configuration.seed,
        resume=child.checkpoint,
    )
    record_steps(evaluations, log, total=fit.plan.updates, name=fit.name, unit="update")


def _stage(fit: StagedFit, template: Classifier, child: Job, updates: int) -> Stage:
    arrays = child.results(_file(updates))
    if arrays is None:
        raise lost(child, f"its weights after {updates} updates")
    classifier = copy.deepcopy(template).eval()
    classifier.load_state_dict({name: torch.from_numpy(array) for name, array in arrays.items()})
    evaluation = fit.parts.evaluation
    guesses = class_log_probabilities(classifier, evaluation.inputs).argmax(axis=1)
    return Stage(classifier, float(np.mean(guesses == evaluation.labels)))


def _file(updates: int) -> str:
    return f"weights_{updates:07d}"
