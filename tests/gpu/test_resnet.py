"""Residual networks learn, encode and are inverted on a GPU as on the CPU."""

from copy import deepcopy

import numpy as np
import pytest
import torch

from ib_mlflow.networks import Autoencoder, PixelCNN, ResNet
from ib_mlflow.networks.pixelcnn import AmortisedPixelCNN, join_epoch, joined_shape
from ib_mlflow.training.classification import class_log_probabilities, train_classifier
from ib_mlflow.training.decoders import EpochPairs, Pairs, log_probabilities, train_amortised
from ib_mlflow.training.fitting import Plan

SHAPE, LAYERS = (3, 16, 16), ("h1", "h2", "h3", "h4")
DESCENT = Plan(
    updates=9, batch_size=32, learning_rate=0.1, decay="cosine", optimiser="sgd", momentum=0.9,
    weight_decay=5e-4, evaluate=3, precision="float32",
)  # fmt: skip
DECODER = Plan(updates=6, batch_size=12, average=0.9, evaluate=3, precision="float32")


def network_of(dtype=torch.float64):
    return ResNet(SHAPE, 3, widths=(4, 6, 8), blocks=1, slope=0.1, seed=0).to(dtype)


@pytest.fixture
def dataset(make_dataset):
    return make_dataset(128, *SHAPE)


@pytest.fixture
def learnt(dataset):
    """A network on the CPU whose statistics are no longer the initial ones."""
    *_, last = train_classifier(network_of(), dataset, validation=dataset, plan=DESCENT, seed=0)
    return last.model()


def test_a_network_learns_as_on_the_cpu(device, dataset, same_tensors):
    arguments = {"validation": dataset, "plan": DESCENT, "seed": 0}
    expected = list(train_classifier(network_of(), dataset, **arguments))
    fitted = list(train_classifier(network_of().to(device), dataset, **arguments))
    for mine, theirs in zip(fitted, expected, strict=True):
        assert mine.val_loss == pytest.approx(theirs.val_loss, abs=1e-7)
        same_tensors(mine.model().state_dict(), theirs.model().state_dict(), atol=1e-7)


def test_a_training_goes_on_from_a_checkpoint(device, dataset, same_tensors, through_a_file):
    arguments = {"validation": dataset, "plan": DESCENT, "seed": 0}
    whole = list(train_classifier(network_of().to(device), dataset, **arguments))
    loaded = through_a_file(whole[1].checkpoint())
    *_, last = train_classifier(network_of().to(device), dataset, resume=loaded, **arguments)
    same_tensors(last.model().state_dict(), whole[-1].model().state_dict(), atol=1e-9)


@pytest.mark.parametrize(("dtype", "atol"), [(torch.float64, 1e-11), (torch.float32, 1e-4)])
def test_layers_are_those_of_the_cpu(device, dataset, learnt, dtype, atol):
    network, images = learnt.to(dtype), torch.tensor(dataset.inputs)
    with torch.no_grad():
        expected = network.encoders(LAYERS)(images)
        moved = deepcopy(network).to(device)
        layers = moved.encoders(LAYERS)(images.to(device))
    assert tuple(layers) == LAYERS
    for name, mine in layers.items():
        torch.testing.assert_close(
            mine.cpu(), expected[name], rtol=0, atol=atol, msg=lambda m, n=name: f"{n}: {m}"
        )
    # The statistics are frozen: an image's layers do not depend on those beside it.
    alone = moved.encoder("h3")(images[:1].to(device))
    torch.testing.assert_close(alone[0], layers["h3"][0], rtol=0, atol=atol)


def test_a_head_reads_the_class_on_either(device, dataset, learnt):
    log_probs = class_log_probabilities(deepcopy(learnt).to(device), dataset.inputs)
    expected = class_log_probabilities(learnt, dataset.inputs)
    np.testing.assert_allclose(log_probs, expected, atol=1e-10)


def test_an_autoencoder_is_that_of_the_cpu(device, dataset):
    network = Autoencoder(network_of(), seed=0).double()
    images = torch.tensor(dataset.inputs)
    losses = []
    for place in ("cpu", device):
        moved = deepcopy(network).to(place).train()
        rebuilt = moved(images.to(place))
        loss = rebuilt.square().mean()
        loss.backward()
        slopes = torch.cat([each.grad.flatten().cpu() for each in moved.parameters()])
        losses.append((loss.item(), slopes))
    (mine, slopes), (theirs, others) = losses
    assert mine == pytest.approx(theirs, abs=1e-10)
    torch.testing.assert_close(slopes, others, rtol=0, atol=1e-9)


def stages_of(network):
    """The same layer at two epochs."""
    later = deepcopy(network)
    with torch.no_grad():
        for parameter in later.parameters():
            parameter.mul_(1.1)
    return [network, later]


def amortised(place, stages, dataset):
    """A decoder of both epochs on a device, and what it learns from there."""
    encodes = [deepcopy(stage).to(place).encoder("h3") for stage in stages]
    shape = joined_shape(stages[0].layer_shape("h3"), len(stages))
    inner = PixelCNN(
        SHAPE, filters=4, blocks=1, levels=2, mixtures=2, context=shape,
        conditioning="convolution", dropout=0.0,
    )  # fmt: skip
    decoder = AmortisedPixelCNN(inner, len(stages)).double().to(place)
    pairs = EpochPairs([Pairs(dataset.inputs)] * len(stages), encodes)
    return decoder, pairs


def test_one_decoder_of_all_epochs_learns_as_on_the_cpu(device, dataset, learnt, same_tensors):
    stages = stages_of(learnt)
    fits = []
    for place in ("cpu", device):
        decoder, pairs = amortised(place, stages, dataset)
        fits.append(list(train_amortised(decoder, pairs, validation=pairs, plan=DECODER, seed=0)))
    for theirs, mine in zip(*fits, strict=True):
        assert mine.val_loss == pytest.approx(theirs.val_loss, rel=1e-7)
        same_tensors(mine.best().state_dict(), theirs.best().state_dict(), atol=1e-6)
    terms = []
    for place, fitted in zip(("cpu", device), fits, strict=True):
        _, pairs = amortised(place, stages, dataset)
        encode = pairs.encodes[1]
        terms.append(
            log_probabilities(
                fitted[-1].best().to(place),
                Pairs(dataset.inputs),
                encode=lambda images, encode=encode: join_epoch(encode(images), 1, 2),
            )
        )
    np.testing.assert_allclose(terms[1], terms[0], rtol=1e-6)
