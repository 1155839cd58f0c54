import numpy as np
import pytest
import torch
from torch import nn

from ib_mlflow.errors import CheckpointError
from ib_mlflow.information import Binned
from ib_mlflow.networks import mlp, stack
from ib_mlflow.training import Schedule, measure, train


def same_bits(one, other):
    states = one.ensemble.state(), other.ensemble.state()
    return all(torch.equal(tensor, states[1][name]) for name, tensor in states[0].items())


class Keeping(nn.Module):
    """A frozen layer, a scalar, and a mean that `forward` assigns; with a convolution or without.

    The mean is kept of what enters, so that its value is known.
    """

    def __init__(self, convolution):
        super().__init__()
        self.first = nn.Conv2d(1, 3, 3) if convolution else nn.Flatten()
        self.hidden = nn.Linear(48 if convolution else 36, 4)
        self.last, self.gain = nn.Linear(4, 3), nn.Parameter(torch.tensor(1.0))
        self.register_buffer("ema", torch.zeros(()))
        self.register_buffer("steps", torch.tensor(0))
        for frozen in (self.hidden.weight, self.hidden.bias, *list(self.first.parameters())[:1]):
            frozen.requires_grad_(False)

    def forward(self, inputs):
        if self.training:
            self.ema = 0.9 * self.ema + 0.1 * inputs.detach().mean()
            self.steps = self.steps + 1
        hidden = self.hidden(self.first(inputs - self.ema).flatten(1)).tanh()
        return self.gain * self.last(hidden)


ENGINES = pytest.mark.parametrize(
    ("convolution", "per_member"), [(0, False), (1, False), (1, True)]
)
HEAVY = {"learning_rate": 0.1, "momentum": 0.5, "weight_decay": 0.01, "batch_size": 20}


@pytest.fixture
def keeping(monkeypatch, make_dataset):
    """Train two members that keep something, by torch.func or one after another."""

    def run(convolution, per_member, epochs=(1, 2), **arguments):
        if not per_member:
            monkeypatch.setattr("ib_mlflow.training.engines.per_member.possible", lambda *_: False)
        dataset = make_dataset(100, 1, 6, 6, classes=3)
        ensemble = stack(
            lambda: Keeping(convolution).double(), seeds=(3, 8), layers=["hidden"], device="cpu"
        )
        assert ensemble.per_member is bool(convolution)
        arguments = {**HEAVY, **arguments}
        return ensemble, dataset, list(train(ensemble, dataset, Schedule.of(epochs), **arguments))

    return run


@ENGINES
def test_frozen_parameters_stay_and_assigned_buffers_are_kept(
    keeping, train_alone, convolution, per_member
):
    """As in a plain loop of torch's, with all that moves weights beside gradients."""
    before, dataset, snapshots = keeping(convolution, per_member, orthonormality=[0, 0.01])
    state = snapshots[-1].ensemble.state()
    frozen = {"hidden.weight", "hidden.bias"} | ({"first.weight"} if convolution else set())
    assert {n for n, t in before.parameters.items() if torch.equal(t, state[n])} == frozen
    assert state["steps"].tolist() == [10, 10]
    for member, seed in enumerate((3, 8)):
        torch.manual_seed(seed)
        network = Keeping(convolution).double()
        rates = {"lr": 0.1, "momentum": 0.5, "weight_decay": 0.01}
        rates["orthonormality"] = [0, 0.01][member]
        train_alone(network, seed, dataset, 2, batch_size=20, **rates)
        for name, tensor in network.state_dict().items():
            torch.testing.assert_close(state[name][member], tensor, rtol=0, atol=1e-10)


@ENGINES
def test_checkpoints_and_modules_hold_what_is_frozen_and_what_is_kept(
    keeping, convolution, per_member
):
    before, dataset, whole = keeping(convolution, per_member)
    checkpoint = whole[1].checkpoint()
    assert torch.equal(checkpoint["state"]["hidden.weight"], before.parameters["hidden.weight"])
    _, _, rest = keeping(convolution, per_member, resume=checkpoint)
    assert same_bits(whole[-1], rest[-1])
    inputs = dataset.features().reshape(dataset.inputs.shape).astype(np.float64)
    with torch.no_grad():
        logits = whole[-1].module()(torch.from_numpy(inputs)).numpy()
    np.testing.assert_allclose(logits, whole[-1].logits(inputs), rtol=0, atol=1e-12)


@ENGINES
def test_networks_with_scalars_are_measured(keeping, convolution, per_member):
    _, dataset, snapshots = keeping(convolution, per_member)
    rows = measure(snapshots[-1], [Binned(bin_size=0.1)], dataset)
    assert rows["i_x"].notna().all()
    assert not snapshots[-1].diverged.any()


def test_what_is_frozen_must_be_so_to_resume(make_dataset):
    def start(frozen, resume=None):
        def factory():
            network = nn.Sequential(nn.Linear(6, 3), nn.Linear(3, 2))
            network[0].weight.requires_grad_(not frozen)
            return network

        ensemble = stack(factory, seeds=(0,), layers=[], device="cpu")
        schedule = Schedule.of([1, 2])
        return list(train(ensemble, make_dataset(20, 6), schedule, learning_rate=1, resume=resume))

    for frozen in (True, False):
        with pytest.raises(CheckpointError, match="resumed with the same architecture"):
            start(not frozen, resume=start(frozen)[1].checkpoint())


def test_compiled_networks_can_be_frozen_by_their_template(make_dataset):
    ensemble = mlp((6, 4, 2), members=2, device="cpu")
    ensemble.template.get_submodule("layer_1").requires_grad_(False)
    *_, last = train(ensemble, make_dataset(50, 6), Schedule.of([2]), **HEAVY)
    for name, tensor in last.ensemble.parameters.items():
        assert torch.equal(tensor, ensemble.parameters[name]) is name.startswith("layer_1")
