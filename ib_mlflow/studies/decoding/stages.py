"""A classifier at several moments of its training, kept in one child run."""

import copy
from dataclasses import replace

import numpy as np
import torch

from ib_mlflow.data import Dataset
from ib_mlflow.errors import TrackingError
from ib_mlflow.networks.images.layered import Classifier
from ib_mlflow.networks.members import checked_device
from ib_mlflow.studies.decoding.configuration import DROPOUT, InversionConfiguration, new_classifier
from ib_mlflow.studies.decoding.division import Parts
from ib_mlflow.studies.decoding.fitting import identity_of
from ib_mlflow.studies.running.fits import metrics_of
from ib_mlflow.tracking import ChildSpec, Job, StudyRun
from ib_mlflow.training.classification import class_log_probabilities, train_classifier
from ib_mlflow.training.fitting import Plan

NORMAL, OVERFITTED = "normal", "overfitted"
FEW = 100
"""Section 5.3: what the overfitted classifier sees, without dropout."""


def moments_of(
    study: StudyRun,
    parts: Parts,
    network: str,
    moments: tuple[int, ...],
    chosen: InversionConfiguration,
) -> dict[int, tuple[Classifier, float]]:
    """Train a classifier, and keep it as it was after some numbers of updates.

    Reference:
        Nash, Kushman & Williams (2018), section 5.3.

    Arguments:
        study: the study's run.
        parts: the task.
        network: "normal", or "overfitted" on 100 images without dropout.
        moments: numbers of updates, 0 for before training.
        chosen: the study's parameters.

    Returns:
        By moment the classifier, and its accuracy on the test images.

    Raises:
        TrackingError: a finished child run has lost a moment.
    """
    normal = network == NORMAL
    dropout = DROPOUT if normal else 0.0
    template = new_classifier(parts, dropout=dropout, seed=chosen.seed)
    template.to(checked_device(chosen.device))
    learnt = parts.encoding if normal else few_of(parts)
    after = tuple(moment for moment in moments if moment)
    plan = Plan(updates=max(after), learning_rate=3e-4, evaluate=after)
    identity = identity_of(parts, "encoding", chosen)
    identity |= {"plan": plan.settings(), "network": repr(template), "learnt": learnt.digest}
    parameters = {"task": parts.name, "network": network, "images": learnt.n, "seed": chosen.seed}
    with study.job(ChildSpec(f"{parts.name} classifier, {network}", parameters, identity)) as job:
        if not job.finished:
            for fitted in train_classifier(
                template,
                learnt,
                validation=parts.validation,
                plan=plan,
                seed=chosen.seed,
                resume=job.checkpoint,
            ):
                state = {name: tensor.numpy() for name, tensor in fitted.state["average"].items()}
                job.save_results(_file(fitted.update), state)
                job.log(fitted.update, metrics_of(fitted, "nats"), fitted.checkpoint())
        return {moment: _with_accuracy(_read(job, template, moment), parts) for moment in moments}


def few_of(parts: Parts) -> Dataset:
    """The first 100 of the classifier's images."""
    part = parts.encoding
    return replace(
        part,
        inputs=part.inputs[:FEW],
        labels=part.labels[:FEW],
        source=f"{part.source}; the first {FEW}",
    )


def _read(job: Job, template: Classifier, moment: int) -> Classifier:
    arrays = job.results(_file(moment))
    if arrays is None:
        raise TrackingError(
            "a finished child run keeps the moments of its classifier",
            received=f"run {job.run_id} ({job.name}) without update {moment}",
            fix="Delete that run, or start over with fresh=true.",
        )
    template.load_state_dict({name: torch.from_numpy(array) for name, array in arrays.items()})
    return template


def _with_accuracy(classifier: Classifier, parts: Parts) -> tuple[Classifier, float]:
    kept = copy.deepcopy(classifier).eval()
    guessed = class_log_probabilities(kept, parts.evaluation.inputs).argmax(axis=1)
    return kept, float(np.mean(guessed == parts.evaluation.labels))


def _file(moment: int) -> str:
    return f"weights_{moment:07d}"
