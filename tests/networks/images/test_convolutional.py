from functools import partial

import pytest
import torch
from torch import nn

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks import stack
from ib_mlflow.networks.images import convolutional
from ib_mlflow.networks.images.convolutional import (
    MNIST_CNN_LAYERS,
    RELU_CNN_LAYERS,
    mnist_cnn,
    relu_cnn,
)
from ib_mlflow.networks.noise import Dropout, GaussianNoise


def test_it_has_the_papers_layers_and_sizes():
    """Supplement 9.3, steps 1 to 15."""
    block = [nn.BatchNorm2d, nn.Tanh, GaussianNoise, nn.MaxPool2d]
    full = [nn.Flatten, nn.Linear, nn.BatchNorm1d, nn.Tanh, GaussianNoise, nn.Linear]
    kinds = [type(module) for module in mnist_cnn()]
    assert kinds == [nn.Conv2d, *block, nn.Conv2d, *block, *full]
    assert [type(module) for module in mnist_cnn(0.2)].count(Dropout) == 3
    shapes = {name: tuple(p.shape) for name, p in mnist_cnn().named_parameters()}
    assert {name: shape for name, shape in shapes.items() if name.endswith("weight")} == {
        "convolution_1.weight": (16, 1, 5, 5),
        "normalisation_1.weight": (16,),
        "convolution_2.weight": (32, 16, 5, 5),
        "normalisation_2.weight": (32,),
        "full_3.weight": (128, 1568),
        "normalisation_3.weight": (128,),
        "full_4.weight": (10, 128),
    }
    assert len([name for name in shapes if name.endswith("bias")]) == 7


def test_layers_are_those_of_the_paper():
    """Layers 1 and 2 after pooling, 3 after the tanh, 4 the logits."""
    images = torch.rand(3, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    ensemble = stack(mnist_cnn, seeds=(0,), layers=MNIST_CNN_LAYERS, device="cpu")
    layers = dict(ensemble.activations(images.numpy()))
    units = [16 * 14 * 14, 32 * 7 * 7, 128, 10, 10]
    assert [layer.shape for layer in layers.values()] == [(1, 3, d) for d in units]
    assert torch.equal(torch.tensor(layers[4]), torch.tensor(ensemble.logits(images.numpy())))


def test_weights_are_uniform_within_the_papers_bound():
    torch.manual_seed(0)
    for module in mnist_cnn():
        if isinstance(module, nn.Conv2d | nn.Linear):
            bound = module.weight[0].numel() ** -0.5
            assert bound * 0.9 < float(module.weight.detach().abs().max()) <= bound
            assert float(module.bias.detach().abs().max()) <= bound


def test_versions_with_equal_seeds_start_alike():
    noisy = stack(mnist_cnn, seeds=(3, 3), layers=[], beta=[0, 0.1])
    dropped = stack(partial(mnist_cnn, 0.2), seeds=(3,), layers=[])
    for name, tensor in dropped.parameters.items():
        assert torch.equal(noisy.parameters[name], tensor.expand(2, *tensor.shape[1:]))
    assert noisy.architecture != dropped.architecture
    assert dropped.beta.tolist() == [0]


@pytest.mark.parametrize("wrong", [-0.1, 1, float("nan")])
def test_dropout_out_of_range_is_refused(wrong):
    with pytest.raises(InvalidInputError, match="p must be at least 0 and below 1"):
        convolutional.mnist_cnn(wrong)


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 32, 32), (2, 5, 9)])
def test_the_plain_one_has_a_measured_layer_behind_each_weight(shape):
    make = partial(relu_cnn, shape, classes=7, filters=(3, 4), units=6)
    ensemble = stack(make, seeds=(0, 1), layers=RELU_CNN_LAYERS, device="cpu")
    images = torch.rand(5, *shape, generator=torch.Generator().manual_seed(0))
    _, h, w = shape
    units = [3 * (h // 2) * (w // 2), 4 * (h // 4) * (w // 4), 6, 7]
    layers = [layer for _, layer in ensemble.activations(images.numpy())]
    assert [layer.shape for layer in layers] == [(2, 5, d) for d in units]
    assert all((layer >= 0).all() for layer in layers)
    weights = [name for name, of in make().named_parameters() if of.ndim > 1]
    assert len(weights) == len(layers)
    kinds = {type(module) for module in make()}
    assert kinds == {nn.Conv2d, nn.ReLU, nn.MaxPool2d, nn.Flatten, nn.Linear}


@pytest.mark.parametrize(
    "options",
    [
        {"shape": (28, 28)},
        {"shape": (1, 3, 28)},
        {"classes": 0},
        {"classes": 1},
        {"filters": (0, 4)},
        {"units": 0},
    ],
)
def test_a_plain_one_that_cannot_be_is_refused(options):
    given = {"shape": (1, 28, 28), "classes": 10, **options}
    with pytest.raises(InvalidInputError, match="sides of at least 4"):
        relu_cnn(given.pop("shape"), **given)
