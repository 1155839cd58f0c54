"""Residual networks of wrong types, and images and layers that they do not have."""

import numpy as np
import pytest
import torch

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks import Autoencoder, ResNet

SHAPE = (3, 16, 16)
RIGHT = torch.zeros(2, *SHAPE, dtype=torch.uint8)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"shape": 32}, r"shape must be \(channels, h, w\).*received shape=\(32,\)"),
        ({"shape": (3.0, 32, 32)}, r"all numbers and blocks whole.*shape=\(3.0, 32, 32\)"),
        ({"shape": (3, "32", 32)}, r"all numbers and blocks whole.*shape=\(3, '32', 32\)"),
        ({"widths": 16}, "widths must be the filters of each hyper-layer.*received 16. Give"),
        ({"widths": None}, "widths must be the filters of each hyper-layer.*received None"),
        ({"widths": "16"}, r"widths=\('1', '6'\)"),
        ({"widths": (16, 32.0)}, r"widths=\(16, 32.0\)"),
        ({"widths": (True, 16)}, r"widths=\(True, 16\)"),
        ({"blocks": True}, "blocks=True"),
        ({"blocks": "3"}, "blocks=3"),
        ({"levels": 256.0}, "levels=256.0"),
        ({"slope": "0.01"}, r"slope must lie in \[0, 1\); received '0.01'"),
        ({"slope": True}, "received True"),
        ({"slope": False}, "received False"),
        ({"slope": -0.1}, "received -0.1"),
        ({"slope": float("nan")}, "received nan"),
        ({"classes": True}, "classes must be a whole number, at least 2; received True"),
        ({"classes": 10.0}, "classes must be a whole number, at least 2; received 10.0"),
        ({"classes": 1}, "classes must be a whole number, at least 2; received 1"),
        ({"seed": -1}, "seed"),
        ({"seed": 1.5}, "seed"),
    ],
)
def test_numbers_of_other_types_are_refused_in_a_line(arguments, said):
    with pytest.raises(InvalidInputError, match=said) as raised:
        ResNet(**{"blocks": 1, **arguments})
    assert "\n" not in str(raised.value)


@pytest.fixture(scope="module", params=["classifier", "autoencoder"])
def network(request):
    """A network of each objective."""
    encoder = ResNet(SHAPE, 10, widths=(4, 6), blocks=1)
    return encoder if request.param == "classifier" else Autoencoder(encoder)


@pytest.mark.parametrize(
    ("images", "said"),
    [
        (RIGHT.float(), "images must be a tensor of torch.uint8.*received torch.float32"),
        (RIGHT.numpy(), "received ndarray"),
        ([[1]], "received list"),
        (RIGHT[0], r"must have shape \(b, 3, 16, 16\); received shape \(3, 16, 16\)"),
        (RIGHT[:, :1], r"received shape \(2, 1, 16, 16\)"),
        (RIGHT[..., :8], r"received shape \(2, 3, 16, 8\)"),
        (torch.zeros(2, 3, 32, 32, dtype=torch.uint8), r"received shape \(2, 3, 32, 32\)"),
    ],
)
def test_other_images_are_refused_at_every_door(network, images, said):
    doors = (
        network,
        network.encoder("h1"),
        network.encoders(["h1", "h2"]),
        lambda of: network.output_of("h3", of),
    )
    for door in doors:
        with pytest.raises(InvalidInputError, match=said):
            door(images)
        assert door(RIGHT) is not None


@pytest.mark.parametrize(("layer", "near"), [("h9", "h"), ("H1", "h1"), ("h22", "h2"), (2, "h2")])
def test_layers_that_do_not_exist_are_refused_of_either_network(network, layer, near):
    doors = (
        network.encoder,
        network.layer_shape,
        network.number,
        lambda name: network.encoders([name]),
    )
    heads = (lambda name: network.head(name, seed=0), lambda name: network.probe(name, seed=0))
    for door in (*doors, *heads):
        with pytest.raises(
            InvalidInputError, match=f"a layer must be one of h1.*Did you mean {near}"
        ):
            door(layer)


def test_an_autoencoder_has_an_image_and_no_logits():
    network = Autoencoder(ResNet(SHAPE, 10, widths=(4, 6), blocks=1))
    with pytest.raises(InvalidInputError, match=r"received 'images'\. Did you mean IMAGE\?"):
        network.encoder("images")
    with pytest.raises(InvalidInputError, match="must be one of h1, h2, h3, IMAGE"):
        network.head("LOGITS", seed=0)
    assert np.prod(network.layer_shape("IMAGE")) == RIGHT[0].numel()
