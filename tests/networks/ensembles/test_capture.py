import pytest
import torch
from torch import nn

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks.ensembles.capture import Recorder


def test_outputs_are_kept_as_they_were_when_the_layer_gave_them():
    network = nn.Sequential(
        nn.Conv2d(1, 2, 3), nn.ReLU(inplace=True), nn.Flatten(), nn.Linear(8, 2)
    )
    inputs = torch.randn(3, 1, 4, 4, generator=torch.Generator().manual_seed(0))
    with Recorder(network, ["1", "0"]) as recorder:
        network(inputs)
        rectified, convolved = recorder.take()
    assert torch.equal(convolved, network[0](inputs).flatten(1))
    assert torch.equal(rectified, convolved.relu())


def test_inputs_are_kept_instead_if_asked():
    network = nn.Sequential(nn.Linear(2, 3), nn.ReLU(inplace=True))
    inputs = torch.randn(5, 2, generator=torch.Generator().manual_seed(0))
    with Recorder(network, ["1"], inputs=True) as recorder:
        network(inputs)
        (output,) = recorder.take()
    assert torch.equal(output, network[0](inputs))


def test_nothing_is_left_on_the_network():
    network = nn.Sequential(nn.Linear(2, 2))
    with pytest.raises(ZeroDivisionError), Recorder(network, ["0"]):
        raise ZeroDivisionError
    assert not network[0]._forward_hooks


class Shared(nn.Module):
    def __init__(self, calls):
        super().__init__()
        self.calls, self.tanh = calls, nn.Tanh()

    def forward(self, inputs):
        for _ in range(self.calls):
            inputs = self.tanh(inputs)
        return inputs


@pytest.mark.parametrize("calls", [0, 2])
def test_a_layer_must_be_called_once(calls):
    network = Shared(calls)
    with Recorder(network, ["tanh"]) as recorder:
        network(torch.zeros(3, 2))
        with pytest.raises(InvalidInputError, match=f"received {calls} calls"):
            recorder.take()


def test_a_layer_must_give_a_tensor():
    network = nn.Sequential(nn.LSTM(2, 3))
    with Recorder(network, ["0"]) as recorder:
        network(torch.zeros(4, 5, 2))
        with pytest.raises(InvalidInputError, match="tuple"):
            recorder.take()


def test_a_string_is_one_name():
    network = nn.Sequential(*(nn.Linear(2, 2) for _ in range(11)))
    with Recorder(network, "10") as recorder:
        output = network(torch.zeros(3, 2))
        (last,) = recorder.take()
    assert torch.equal(last, output)


@pytest.mark.parametrize(
    ("layer", "inputs", "fix"),
    [
        (Shared(0), torch.zeros(3, 2), "Measure a module that the forward pass calls"),
        (Shared(2), torch.zeros(3, 2), "a module of its own"),
        (nn.LSTM(2, 3), torch.zeros(4, 5, 2), r"\['tuple'\]. .*nn.Identity"),
        (nn.Tanh(), torch.zeros(3), r"Tensor of shape \(3,\)"),
    ],
)
def test_the_fix_fits_the_cause(layer, inputs, fix):
    name = "tanh" if isinstance(layer, Shared) else ""
    with Recorder(layer, [name]) as recorder:
        layer(inputs)
        with pytest.raises(InvalidInputError, match=fix):
            recorder.take()
