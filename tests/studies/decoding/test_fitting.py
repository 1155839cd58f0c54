"""What is fitted: picklable, named, and told from everything else."""

import json
import pickle
from dataclasses import replace

import numpy as np
import pytest
import torch

from ib_mlflow.studies.decoding.configuration import Dropout
from ib_mlflow.studies.decoding.contexts import LabelContext, LayerContext, NoContext
from ib_mlflow.studies.decoding.fitting import (
    CLASS_LOG_PROBABILITIES,
    LOG_PROBABILITIES,
    ClassifierFit,
    DecoderFit,
)
from ib_mlflow.studies.running.fits import FittedNetwork, run_fit
from ib_mlflow.training.fitting import Plan


@pytest.fixture
def classifier_fit(digits, configuration, small_classifier):
    plan = Plan(updates=2, evaluate=1)
    return ClassifierFit(
        "digits classifier", digits, small_classifier(), plan, configuration, {"kind": "small"}
    )


@pytest.fixture
def decoder_fit(digits, configuration, layer):
    return DecoderFit("FC3 decoder", digits, layer, configuration, configuration.decoder_plan())


def test_a_classifier_learns_the_encoding_part(classifier_fit, digits, kept_jobs):
    before = {name: each.clone() for name, each in classifier_fit.template.state_dict().items()}
    fitted = run_fit(kept_jobs, pickle.loads(pickle.dumps(classifier_fit)))
    job = kept_jobs.named("digits classifier")
    assert job.spec.parameters == {"updates": 2, "task": "digits", "kind": "small", "seed": 0}
    assert job.spec.identity["data"]["encoding"] == digits.encoding.digest
    assert "decoding" not in job.spec.identity["data"]
    table = fitted.results[CLASS_LOG_PROBABILITIES]
    assert table.shape == (20, 10)
    np.testing.assert_allclose(np.exp(table).sum(axis=1), 1)
    for name, tensor in classifier_fit.template.state_dict().items():
        assert torch.equal(tensor, before[name])


def test_a_decoder_learns_the_decoding_part(decoder_fit, digits, kept_jobs):
    fitted = run_fit(kept_jobs, pickle.loads(pickle.dumps(decoder_fit)))
    assert fitted.results[LOG_PROBABILITIES].shape == (20,)
    job = kept_jobs.named("FC3 decoder")
    assert job.spec.parameters["context"] == "FC3"
    assert job.spec.identity["data"]["decoding"] == digits.decoding.digest
    assert "encoding" not in job.spec.identity["data"]
    context = decoder_fit.context
    own = context.log_probabilities(fitted.network, digits.evaluation)
    np.testing.assert_array_equal(fitted.results[LOG_PROBABILITIES], own)


def identity_of(job):
    return json.dumps([job.identity, job.plan.settings(), repr(job.network())], sort_keys=True)


def test_decoders_are_told_from_one_another(decoder_fit, layer, small_classifier):
    def configured(**changes):
        return decoder_fit.configuration.model_copy(update=changes)

    decoder = FittedNetwork(decoder_fit.network(), {}, 0, 0, {0: 1.0})
    fits = [
        decoder_fit,
        replace(decoder_fit, context=LabelContext(10)),
        replace(decoder_fit, context=NoContext()),
        replace(decoder_fit, context=LayerContext(small_classifier(1), "FC3", "digits")),
        replace(decoder_fit, plan=Plan(updates=1)),
        replace(decoder_fit, configuration=configured(seed=1)),
        replace(decoder_fit, configuration=configured(filters=5)),
        replace(decoder_fit, configuration=configured(dropout=0.5), dropout=Dropout(0.5, 0.1)),
        replace(decoder_fit, start=decoder),
    ]
    assert len({identity_of(fit) for fit in fits}) == len(fits)
    same = replace(decoder_fit, name="another name", context=replace(layer, subject="another"))
    assert identity_of(same) == identity_of(decoder_fit)


def test_a_warm_start_begins_with_the_weights_of_the_other(decoder_fit):
    configuration = decoder_fit.configuration.model_copy(update={"seed": 1})
    other = replace(decoder_fit, configuration=configuration)
    decoder = FittedNetwork(other.network(), {}, 0, 0, {0: 1.0})
    warm = replace(decoder_fit, start=decoder).network()
    for name, tensor in decoder.network.state_dict().items():
        assert torch.equal(warm.state_dict()[name], tensor)
