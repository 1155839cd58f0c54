import pickle
from dataclasses import replace

import numpy as np
import pytest
import torch

from ib_mlflow.errors import TrackingError
from ib_mlflow.networks import Autoencoder, ResNet
from ib_mlflow.studies.decoding.division import load_parts
from ib_mlflow.studies.decoding.stages import StagedFit, classifier_stages, network_stages
from ib_mlflow.training.classification import class_log_probabilities, train_classifier
from ib_mlflow.training.decoders import Pairs, reconstruct
from ib_mlflow.training.fitting import Plan


@pytest.fixture
def fit(digits, configuration, small_classifier):
    return StagedFit(
        "digits classifier",
        digits,
        digits.encoding,
        small_classifier(),
        Plan(updates=6, learning_rate=0.01, evaluate=(2, 6)),
        configuration,
        {"network": "small"},
    )


def test_a_classifier_is_kept_as_it_was_at_every_stage(fit, digits, kept_jobs):
    stages = classifier_stages(kept_jobs, pickle.loads(pickle.dumps(fit)))
    evaluations = train_classifier(
        fit.template, fit.learnt, validation=digits.validation, plan=fit.plan, seed=0
    )
    by_update = {fitted.update: fitted.model() for fitted in evaluations}
    assert set(stages) == set(by_update) == {0, 2, 6}
    for updates, stage in stages.items():
        assert not stage.classifier.training
        for name, tensor in by_update[updates].state_dict().items():
            assert torch.equal(stage.classifier.state_dict()[name], tensor)
        guesses = class_log_probabilities(stage.classifier, digits.evaluation.inputs).argmax(axis=1)
        assert stage.accuracy == np.mean(guesses == digits.evaluation.labels)
    job = kept_jobs.named("digits classifier")
    assert job.spec.parameters["network"] == "small"
    assert job.spec.parameters["images"] == digits.encoding.n


def test_it_is_trained_once(fit, kept_jobs, monkeypatch):
    first = classifier_stages(kept_jobs, fit)
    monkeypatch.setattr(
        "ib_mlflow.studies.decoding.stages.train_classifier",
        lambda *_, **__: pytest.fail("trained again"),
    )
    again = classifier_stages(kept_jobs, fit)
    assert {updates: stage.accuracy for updates, stage in first.items()} == {
        updates: stage.accuracy for updates, stage in again.items()
    }


def test_what_it_learns_identifies_it(fit, digits, kept_jobs):
    classifier_stages(kept_jobs, fit)
    classifier_stages(kept_jobs, replace(fit, learnt=digits.decoding))
    assert len(kept_jobs.jobs) == 2


def test_a_lost_stage_is_refused(fit, kept_jobs):
    classifier_stages(kept_jobs, fit)
    del kept_jobs.named("digits classifier").arrays["weights_0000002"]
    with pytest.raises(TrackingError, match="without its weights after 2 updates"):
        classifier_stages(kept_jobs, fit)


def test_an_autoencoder_is_kept_too_and_learns_images(configuration, kept_jobs):
    parts = load_parts("digits", root=None, shrunk=1, binary=False, evaluated=50, seed=0)
    resnet = ResNet(parts.shape, 10, widths=(4, 4), blocks=1, levels=parts.levels, seed=0)
    plan = Plan(updates=100, learning_rate=0.1, decay="cosine", optimiser="sgd", momentum=0.9)
    fit = StagedFit(
        "autoencoder",
        parts,
        parts.encoding,
        Autoencoder(resnet, seed=0),
        plan,
        configuration,
        {},
        target="image",
    )
    stages = network_stages(kept_jobs, pickle.loads(pickle.dumps(fit)))
    images = parts.evaluation.inputs
    errors = {
        updates: float(np.square(reconstruct(network, Pairs(images)) - images / 16).mean())
        for updates, network in stages.items()
    }
    assert errors[100] < 0.7 * errors[0]
    job = kept_jobs.named("autoencoder")
    assert "val_loss_mse" in job.history[0][1]
    assert "target" in job.spec.identity
    # h of an image does not depend on what else is in its batch.
    layer = stages[100].encoder("h1")
    alone, among = (layer(torch.tensor(images[:count]))[0] for count in (1, 50))
    assert torch.allclose(alone, among, atol=1e-6)
