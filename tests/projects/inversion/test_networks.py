"""The paper's classifiers and decoders, at its own scale and smaller."""

from dataclasses import asdict

import pytest

from ib_mlflow.networks.images.classifiers import classifier
from ib_mlflow.studies.decoding.configuration import new_decoder
from ib_mlflow.studies.decoding.contexts import LayerContext, NoContext
from projects.inversion.inversion import Configuration
from projects.inversion.networks import (
    NORMAL,
    OVERFITTED,
    classifier_fit,
    decoder_fit,
    new_classifier,
    staged_fit,
)

PAPER, TOY = (Configuration.parse(["--scale", scale]) for scale in ("paper", "toy"))


def settings_of(parts, context, configuration):
    fit = decoder_fit("some", parts, context, configuration)
    return new_decoder(parts, context, configuration, fit.dropout).settings


def test_a_decoder_is_the_papers(blank):
    settings = settings_of(blank((1, 28, 28), 256), NoContext(), PAPER)
    expected = {"blocks": 3, "levels": 3, "filters": 64, "head": "softmax", "dropout": 0.5}
    assert expected.items() <= asdict(settings).items()


@pytest.mark.parametrize(
    ("task", "layer", "dropout", "context_dropout"),
    [
        ("cifar10", "CONV1", 0.1, 0.0),
        ("cifar10", "CONV2", 0.5, 0.0),
        ("cifar10", "FC3", 0.5, 0.2),
        ("cifar10", "LOGITS", 0.5, 0.0),
        ("svhn", "CONV1", 0.1, 0.0),
        ("svhn", "FC3", 0.5, 0.0),
        ("mnist", "CONV1", 0.5, 0.0),
        ("mnist", "FC3", 0.5, 0.0),
    ],
)
def test_decoders_of_layers_drop_what_the_papers_drop(blank, task, layer, dropout, context_dropout):
    colour = task != "mnist"
    parts = blank((3, 32, 32) if colour else (1, 28, 28), 256, task)
    context = LayerContext(classifier(parts.shape, classes=10, filters=(2, 2)), layer, task)
    settings = settings_of(parts, context, PAPER)
    assert settings.dropout == dropout
    assert settings.context_dropout == context_dropout
    if colour:
        expected = {"filters": 196, "head": "logistic", "mixtures": 10, "conditioning": "resize"}
        assert expected.items() <= asdict(settings).items()
    small = settings_of(parts, context, TOY)
    assert small.dropout == small.context_dropout == 0


@pytest.mark.parametrize(
    ("shape", "conv2"),
    [((1, 28, 28), (32, 4, 4)), ((3, 32, 32), (128, 5, 5)), ((1, 14, 14), (32, 2, 2))],
)
def test_small_images_have_smaller_kernels(blank, shape, conv2):
    network = new_classifier(blank(shape, 256), seed=0)
    assert network.layer_shape("CONV2") == conv2


def test_an_architecture_is_named_where_it_is_not_the_usual_one(blank):
    parts = blank((1, 14, 14), 2)
    assert classifier_fit(parts, TOY).name == "digits classifier"
    pooled = classifier_fit(parts, TOY, "global_max")
    assert pooled.name == "digits classifier, global_max"
    assert pooled.shown == {"architecture": "global_max"}
    assert "p=0.25" in repr(pooled.template)


def test_the_overfitted_network_sees_few_images_and_drops_nothing(blank):
    parts = blank((1, 14, 14), 2, n=300)
    normal, overfitted = (
        staged_fit(parts, network, (0, 10, 20), TOY) for network in (NORMAL, OVERFITTED)
    )
    assert (normal.learnt.n, overfitted.learnt.n) == (300, 100)
    assert overfitted.learnt.source.endswith("the first 100")
    assert "p=0.25" in repr(normal.template)
    assert "p=0.0" in repr(overfitted.template)
    assert normal.plan.evaluations == overfitted.plan.evaluations == (0, 10, 20)
    assert normal.name == "digits classifier, normal"
