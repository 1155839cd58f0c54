"""Decoders, classifiers and reconstructions are fitted on a GPU as on the CPU."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from ib_mlflow.networks import PixelCNN, Reconstruction, classifier
from ib_mlflow.training.classification import class_log_probabilities, train_classifier
from ib_mlflow.training.decoders import (
    Pairs,
    log_probabilities,
    log_probability_table,
    reconstruct,
    train_decoder,
    train_reconstruction,
)
from ib_mlflow.training.fitting import Plan, fitted_model
from ib_mlflow.training.fitting.processes import seeded

SHORT = Plan(updates=6, batch_size=16, average=0.9, evaluate=3, precision="float32")


def pairs_of(n, seed):
    """Bits, each image with a frequency of its own, which the context tells."""
    random = np.random.default_rng(seed)
    share = random.random((n, 1))
    bits = random.random((n, 1, 8, 8)) < share[:, :, None, None]
    return Pairs(bits.astype(np.uint8), np.hstack([share, share**2]).astype(np.float32))


TRAINING, HELD_OUT = pairs_of(256, 0), pairs_of(64, 1)


def decoder_of(**settings):
    given = {"head": "bernoulli", "filters": 8, "blocks": 1, "levels": 2, "context": 2, **settings}
    return PixelCNN((1, 8, 8), **given)


@pytest.mark.parametrize("precision", ["float32", "bfloat16", "auto"])
def test_a_decoder_learns(device, precision):
    plan = Plan(updates=60, learning_rate=3e-3, average=0.9, evaluate=30, precision=precision)
    decoder = decoder_of(dropout=0.1).to(device)
    evaluations = train_decoder(decoder, TRAINING, validation=HELD_OUT, plan=plan, seed=0)
    losses = [fitted.val_loss for fitted in evaluations]
    assert np.isfinite(losses).all()
    assert losses[-1] < losses[0] - 2


def test_a_training_is_that_of_the_cpu(device, same_tensors):
    arguments = {"validation": HELD_OUT, "plan": SHORT, "seed": 0}
    decoder = decoder_of(dropout=0.0).double()
    expected = list(train_decoder(decoder, TRAINING, **arguments))
    fitted = list(train_decoder(decoder.to(device), TRAINING, **arguments))
    for mine, theirs in zip(fitted, expected, strict=True):
        assert mine.val_loss == pytest.approx(theirs.val_loss, abs=1e-6)
        same_tensors(mine.best().state_dict(), theirs.best().state_dict(), atol=1e-6)
        # What is handed over is on the CPU, wherever it was fitted.
        assert mine.best().device.type == "cpu"


@pytest.mark.parametrize("way", ["to the CPU", "from the CPU", "on the device"])
def test_checkpoints_go_on_elsewhere(device, way, same_tensors, through_a_file):
    arguments = {"validation": HELD_OUT, "plan": SHORT, "seed": 0}
    first = "cpu" if way == "from the CPU" else device
    second = "cpu" if way == "to the CPU" else device
    decoder = decoder_of(dropout=0.0).double()
    whole = list(train_decoder(decoder.to(first), TRAINING, **arguments))
    loaded = through_a_file(whole[1].checkpoint())
    (last,) = train_decoder(decoder.to(second), TRAINING, resume=loaded, **arguments)
    same_tensors(last.model().state_dict(), whole[-1].model().state_dict(), atol=1e-6)
    model = fitted_model(decoder, last.checkpoint())
    assert model.device.type == torch.device(second).type


def test_an_update_drops_the_same_units_whenever_it_is_done(device, same_tensors, through_a_file):
    arguments = {"validation": HELD_OUT, "plan": SHORT, "seed": 0}
    decoder = decoder_of(dropout=0.3).double().to(device)
    whole = list(train_decoder(decoder, TRAINING, **arguments))
    loaded = through_a_file(whole[1].checkpoint())
    (last,) = train_decoder(decoder, TRAINING, resume=loaded, **arguments)
    same_tensors(last.model().state_dict(), whole[-1].model().state_dict(), atol=1e-6)
    *_, other = train_decoder(decoder, TRAINING, **{**arguments, "seed": 1})
    weights = last.model().network.exit.bias, other.model().network.exit.bias
    assert not torch.equal(*(each.cpu() for each in weights))


def test_log_probabilities_are_those_of_the_cpu(device):
    """In float32, whatever the training's precision: the bounds are made of these."""
    decoder = decoder_of()
    decoder.initialise(torch.tensor(TRAINING.images), torch.tensor(TRAINING.context))
    expected = log_probabilities(decoder, HELD_OUT)
    table = log_probability_table(decoder, HELD_OUT.images, TRAINING.context[:2])
    decoder = decoder.to(device)
    np.testing.assert_allclose(log_probabilities(decoder, HELD_OUT), expected, atol=1e-3)
    columns = log_probability_table(decoder, HELD_OUT.images, TRAINING.context[:2])
    np.testing.assert_allclose(columns, table, atol=1e-3)


def class_dataset(make_dataset):
    dataset = make_dataset(200, 1, 16, 16, classes=2)
    images = dataset.inputs.copy()
    images[dataset.labels == 1, :, :8] //= 8
    return replace(dataset, inputs=images)


@pytest.mark.parametrize("architecture", ["convolutional", "fully_connected"])
def test_a_classifier_and_what_follows_from_its_layers(device, make_dataset, architecture):
    dataset = class_dataset(make_dataset)
    small = {"filters": (4, 4), "kernel": 3, "units": 8, "dropout": 0.1}
    network = classifier((1, 16, 16), classes=2, architecture=architecture, **small).to(device)
    plan = Plan(updates=40, batch_size=32, learning_rate=3e-3, evaluate=40)
    *_, last = train_classifier(network, dataset, validation=dataset, plan=plan, seed=0)
    network = last.best().to(device)
    log_probs = class_log_probabilities(network, dataset.inputs)
    assert (log_probs.argmax(axis=1) == dataset.labels).mean() > 0.9
    on_the_cpu = class_log_probabilities(last.best(), dataset.inputs)
    np.testing.assert_allclose(log_probs, on_the_cpu, atol=1e-3)
    layer = network.layer_names[1]
    encode, shape = network.encoder(layer), network.layer_shape(layer)
    arguments = {"encode": encode, "plan": SHORT, "seed": 0}
    head = network.head(layer, seed=1).to(device)
    *_, reader = train_classifier(head, dataset, validation=dataset, **arguments)
    assert np.isfinite(reader.val_loss)
    pairs = Pairs(dataset.inputs)
    decoder = Reconstruction(shape, (1, 16, 16), filters=4).to(device)
    *_, rebuilt = train_reconstruction(decoder, pairs, validation=pairs, **arguments)
    assert np.isfinite(rebuilt.val_loss)
    images = reconstruct(rebuilt.best().to(device), pairs, encode=encode)
    assert images.shape == dataset.inputs.shape
    context = shape if len(shape) == 3 else shape[0]
    density = PixelCNN((1, 16, 16), filters=4, blocks=1, levels=2, context=context).to(device)
    *_, density_fit = train_decoder(density, pairs, validation=pairs, **arguments)
    bound = log_probabilities(density_fit.best().to(device), pairs, encode=encode)
    assert np.isfinite(bound).all()
    best = density_fit.best().to(device)
    contexts = encode(torch.tensor(dataset.inputs[:3], device=device))
    assert best.sample(contexts, seed=0).device == device


def test_seeds_hold_for_a_block(device):
    outside = torch.rand(3, device=device)
    with seeded(device, 7):
        first = torch.rand(3, device=device)
    assert not torch.equal(first, outside)
    with seeded(device, 7):
        again = torch.rand(3, device=device)
    assert torch.equal(first, again)
    assert not torch.equal(torch.rand(3, device=device), again)
