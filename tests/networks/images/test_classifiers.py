import numpy as np
import pytest
import torch
from torch.nn.functional import conv2d, linear, max_pool2d, relu

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks.images.classifiers import classifier


@pytest.fixture
def images():
    generator = np.random.default_rng(0)
    return torch.tensor(generator.integers(0, 256, (3, 1, 28, 28), dtype=np.uint8))


def by_hand(state, images, *, pooled=False):
    """The paper's network, written out."""
    x = images.double() / 255
    for name in ("CONV1", "CONV2"):
        weight, bias = (state[f"layers.{name}.0.{part}"].double() for part in ("weight", "bias"))
        x = max_pool2d(relu(conv2d(x, weight, bias)), 2)
    x = x.amax(dim=(2, 3)) if pooled else x.flatten(1)
    x = relu(linear(x, *(state[f"layers.FC3.1.{part}"].double() for part in ("weight", "bias"))))
    return linear(x, *(state[f"layers.LOGITS.{part}"].double() for part in ("weight", "bias")))


@pytest.mark.parametrize("architecture", ["convolutional", "global_max"])
def test_logits_are_those_of_the_papers_network(images, architecture):
    network = classifier((1, 28, 28), classes=10, architecture=architecture, seed=3).eval()
    expected = by_hand(network.state_dict(), images, pooled=architecture == "global_max")
    torch.testing.assert_close(network(images).double(), expected, rtol=1e-4, atol=1e-5)


def test_the_fully_connected_network_has_the_papers_widths():
    network = classifier((1, 40, 40), classes=10, architecture="fully_connected")
    shapes = {name: network.layer_shape(name) for name in network.layer_names}
    assert shapes == {"FC1": (2048,), "FC2": (2048,), "FC3": (256,), "LOGITS": (10,)}


def test_colour_has_more_filters():
    network = classifier((3, 32, 32), classes=10, filters=(64, 128))
    shapes = [network.layer_shape(name) for name in network.layer_names]
    assert shapes == [(64, 14, 14), (128, 5, 5), (256,), (10,)]


def test_dropout_stands_behind_every_layer_but_the_last():
    network = classifier((1, 28, 28), classes=10, dropout=0.25)
    drops = {
        name: [m.p for m in layer.modules() if isinstance(m, torch.nn.Dropout)]
        for name, layer in network.layers.items()
    }
    assert drops == {"CONV1": [0.25], "CONV2": [0.25], "FC3": [0.25], "LOGITS": []}


def test_weights_are_a_function_of_the_seed():
    state = torch.random.get_rng_state()
    one, two, other = (classifier((1, 28, 28), classes=3, seed=seed) for seed in (0, 0, 1))
    assert torch.equal(torch.random.get_rng_state(), state)
    for name, weight in one.state_dict().items():
        assert torch.equal(weight, two.state_dict()[name])
        assert not torch.equal(weight, other.state_dict()[name])


@pytest.mark.parametrize(
    "wrong",
    [
        {"architecture": "convolution"},
        {"shape": (28, 28)},
        {"shape": (1, 15, 28)},
        {"shape": (0, 28, 28)},
        {"classes": 0},
        {"classes": 1},
        {"filters": (32,)},
        {"filters": (32, 0)},
        {"units": 0},
        {"kernel": 0},
        {"levels": 1},
        {"dropout": 1.0},
        {"seed": -1},
    ],
)
def test_what_is_out_of_range_is_refused(wrong):
    arguments = {"shape": (1, 28, 28), "classes": 10, **wrong}
    with pytest.raises(InvalidInputError):
        classifier(arguments.pop("shape"), **arguments)


def test_sixteen_pixels_are_just_enough():
    network = classifier((1, 16, 16), classes=2)
    assert network.layer_shape("CONV2") == (32, 1, 1)
