import pytest
from torch import nn

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks import MLP, GaussianNoise
from ib_mlflow.networks.noise import noise_layers


def test_the_template_is_the_network_in_torch_modules():
    template = MLP((12, 5, 4, 2), ("tanh", "leaky_relu")).template()
    kinds = [type(module) for module in template]
    assert kinds == [nn.Flatten, nn.Linear, nn.Tanh, nn.Linear, nn.LeakyReLU, nn.Linear]
    assert all(parameter.is_meta for parameter in template.parameters())
    names = [name for name, _ in template.named_children()]
    assert names[:4] == ["flatten", "layer_1", "activation_1", "layer_2"]


def test_noise_comes_after_every_hidden_activation():
    template = MLP((12, 5, 4, 2), ("tanh", "relu")).template(noisy=True)
    kinds = [type(module) for module in template[1:]]
    hidden = [nn.Linear, nn.Tanh, GaussianNoise, nn.Linear, nn.ReLU, GaussianNoise]
    assert kinds == [*hidden, nn.Linear]
    assert list(noise_layers(template)) == ["noise_1", "noise_2"]


def test_no_hidden_layer_is_a_logistic_regression():
    assert MLP((12, 2), ()).codes == (5,)


@pytest.mark.parametrize("widths", [(), (12,), (12, 0, 2), (12, 3, 1), (12, 2.5, 2), ("a", "b")])
def test_impossible_widths_are_refused(widths):
    with pytest.raises(InvalidInputError, match="widths must be positive integers"):
        MLP(widths, ("tanh",) * max(len(widths) - 2, 0))


@pytest.mark.parametrize("activations", [(), ("tanh", "tanh"), ("gelu",), ("Tanh",)])
def test_every_hidden_layer_needs_one_known_activation(activations):
    with pytest.raises(InvalidInputError, match="hidden layers must have one known activation"):
        MLP((12, 3, 2), activations)
