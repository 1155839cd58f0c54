import numpy as np
import pytest
import torch

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks.images.classifiers import ARCHITECTURES, classifier

NAMES = {
    "convolutional": ("CONV1", "CONV2", "FC3", "LOGITS"),
    "global_max": ("CONV1", "CONV2", "FC3", "LOGITS"),
    "fully_connected": ("FC1", "FC2", "FC3", "LOGITS"),
}


@pytest.fixture
def images():
    generator = np.random.default_rng(0)
    return torch.tensor(generator.integers(0, 256, (3, 1, 28, 28), dtype=np.uint8))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_layers_are_known_by_name(images, architecture):
    network = classifier((1, 28, 28), classes=10, architecture=architecture)
    assert network.layer_names == NAMES[architecture]
    last = network.encoder("LOGITS")(images)
    assert torch.equal(last, network.eval()(images))
    with pytest.raises(InvalidInputError, match=r"Did you mean FC3\?"):
        network.encoder("fc33")
    with pytest.raises(InvalidInputError, match="a layer must be one of"):
        network.head("softmax", seed=0)
    with pytest.raises(InvalidInputError, match="a layer must be one of"):
        network.layer_shape("")


def test_an_encoder_is_frozen_and_without_dropout(images):
    network = classifier((1, 28, 28), classes=10, dropout=0.5).train()
    encode = network.encoder("FC3")
    before = encode(images)
    assert torch.equal(before, encode(images))
    assert not before.requires_grad
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(1)
    assert torch.equal(before, encode(images))
    assert network.training


def test_a_head_goes_on_from_its_layer_with_new_weights(images):
    network = classifier((1, 28, 28), classes=10)
    for name in network.layer_names:
        head = network.head(name, seed=1).eval()
        logits = head(network.encoder(name)(images))
        assert logits.shape == (3, 10)
        assert not torch.allclose(logits, network.encoder("LOGITS")(images))
        again = network.head(name, seed=1).eval()(network.encoder(name)(images))
        assert torch.equal(logits, again)
