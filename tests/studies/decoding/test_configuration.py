from dataclasses import asdict, replace

import numpy as np
import pytest
import torch

from ib_mlflow.data import Dataset
from ib_mlflow.errors import ConfigurationError
from ib_mlflow.studies.decoding.configuration import new_classifier, new_decoder, presets
from ib_mlflow.studies.decoding.contexts import Label, Layer, Nothing
from ib_mlflow.studies.decoding.division import Parts
from projects.inversion.inversion import Configuration
from projects.inversion.inversion_dynamics import Configuration as Dynamics


def parts(shape, levels):
    images = np.zeros((20, *shape), np.uint8)
    labels = np.arange(20, dtype=np.int64) % 10
    names = tuple("0123456789")
    part = Dataset("blank", images, labels, names, "blank", levels)
    return Parts("blank", part, part, part, part)


@pytest.mark.parametrize(
    ("shape", "levels", "head", "coarse"),
    [
        ((1, 28, 28), 256, "softmax", 3),
        ((1, 14, 14), 2, "bernoulli", 2),
        ((3, 32, 32), 256, "logistic", 3),
        ((1, 40, 40), 256, "softmax", 3),
        ((1, 8, 8), 2, "bernoulli", 2),
        ((1, 9, 9), 2, "bernoulli", 1),
    ],
)
def test_a_decoder_has_the_head_and_the_levels_of_its_images(shape, levels, head, coarse):
    decoder = new_decoder(parts(shape, levels), Label(5), Configuration.parse(["--scale", "toy"]))
    assert decoder.settings.head == head
    assert decoder.settings.levels == coarse


def test_the_paper_scale_is_the_papers_setting():
    chosen = Configuration.parse(["--scale", "paper"])
    classifier, decoder = chosen.classifier_plan(), chosen.decoder_plan()
    assert (classifier.updates, classifier.learning_rate) == (250_000, 3e-4)
    assert (decoder.updates, decoder.learning_rate, decoder.decay) == (250_000, 1e-3, 0.9999)
    assert decoder.average == 0.9995
    assert classifier.patience
    assert decoder.patience
    network = new_decoder(parts((1, 28, 28), 256), Nothing(), chosen)
    expected = {"blocks": 3, "levels": 3, "filters": 64, "head": "softmax", "dropout": 0.5}
    assert expected.items() <= asdict(network.settings).items()
    assert chosen.evaluated == 10_000


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
def test_decoders_of_layers_drop_what_the_papers_drop(task, layer, dropout, context_dropout):
    colour = task != "mnist"
    images = replace(parts((3, 32, 32) if colour else (1, 28, 28), 256), name=task)
    told = Layer("classifier", layer, "digest", (10,), torch.nn.Identity(), torch.device("cpu"))
    settings = new_decoder(images, told, Configuration.parse(["--scale", "paper"])).settings
    assert settings.dropout == dropout
    assert settings.context_dropout == context_dropout
    if colour:
        expected = {"filters": 196, "head": "logistic", "mixtures": 10, "conditioning": "resize"}
        assert expected.items() <= asdict(settings).items()
    small = new_decoder(images, told, Configuration.parse(["--scale", "toy"])).settings
    assert small.dropout == small.context_dropout == 0


def test_the_updates_of_a_classifier_that_is_kept_at_moments_are_not_asked_for():
    with pytest.raises(ConfigurationError, match="received classifier_updates"):
        Dynamics.parse(["--scale", "toy", "--classifier_updates", "5"])


@pytest.mark.parametrize(
    ("shape", "conv2"),
    [((1, 28, 28), (32, 4, 4)), ((3, 32, 32), (128, 5, 5)), ((1, 14, 14), (32, 2, 2))],
)
def test_small_images_have_smaller_kernels(shape, conv2):
    network = new_classifier(parts(shape, 256), seed=0)
    assert network.layer_shape("CONV2") == conv2


def test_a_study_may_set_a_scale_otherwise():
    found = presets({}, {"evaluated": 7}, {})
    assert found["quick"]["evaluated"] == 7
    assert found["paper"]["evaluated"] == 10_000
    assert presets({}, {}, {})["quick"]["evaluated"] != 7


def test_a_task_is_named_once():
    with pytest.raises(Exception, match="name each value once"):
        Configuration.parse(["--scale", "toy", "--tasks", "mnist,mnist"])


def test_grey_and_colour_are_told_apart():
    one = parts((3, 8, 8), 256)
    assert one.colour
    assert not replace(parts((1, 8, 8), 2)).colour
    assert one.dimensions == 192
