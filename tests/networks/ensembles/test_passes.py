import numpy as np
import pytest
import torch
from torch import nn

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks import GaussianNoise, stack
from ib_mlflow.networks.ensembles.passes import outputs
from ib_mlflow.networks.ensembles.stacked import StackedEnsemble
from ib_mlflow.networks.noise import propagation_streams


def network():
    return nn.Sequential(
        nn.Conv2d(1, 3, 3),
        nn.BatchNorm2d(3),
        nn.Tanh(),
        GaussianNoise(0),
        nn.Flatten(),
        nn.Linear(48, 4),
        GaussianNoise(0),
        nn.Linear(4, 2),
    ).double()


@pytest.fixture
def ensemble():
    return stack(network, seeds=(1, 2, 2), layers=["2"], beta=[0, 0.1, 0.3], device="cpu")


ROWS = torch.rand(9, 1, 6, 6, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


@pytest.mark.parametrize("noisy", [False, True])
@pytest.mark.parametrize("entering", [False, True])
def test_members_apart_and_together_agree(monkeypatch, ensemble, noisy, entering):
    streams = propagation_streams(ensemble.seeds, 5)
    draws = ensemble.draws(streams, [48, 4], 0, len(ROWS)) if noisy else []
    asked = {"names": ["3", "6", "2"], "entering": entering, "draws": draws}
    assert ensemble.per_member
    per_member = outputs(ensemble, ROWS, **asked)
    monkeypatch.setattr(StackedEnsemble, "per_member", False)
    together = outputs(ensemble, ROWS, **asked)
    torch.testing.assert_close(per_member[0], together[0], rtol=0, atol=1e-12)
    for one, other in zip(per_member[1], together[1], strict=True):
        assert one.shape[:2] == (3, 9)
        torch.testing.assert_close(one, other, rtol=0, atol=1e-12)


@pytest.mark.parametrize("per_member", [True, False])
def test_noise_is_added_where_the_layers_are(monkeypatch, ensemble, per_member):
    """What leaves a noise layer is what enters it and β times the draws."""
    monkeypatch.setattr(StackedEnsemble, "per_member", per_member)
    draws = ensemble.draws(propagation_streams(ensemble.seeds, 5), [48, 4], 0, len(ROWS))
    _, entering = outputs(ensemble, ROWS, ["3", "6"], entering=True, draws=draws)
    _, leaving = outputs(ensemble, ROWS, ["3", "6"], draws=draws)
    for before, after, noise in zip(entering, leaving, draws, strict=True):
        expected = before + torch.tensor(ensemble.beta)[:, None, None] * noise
        torch.testing.assert_close(after, expected, rtol=0, atol=1e-14)


def test_nothing_is_learnt(ensemble):
    before = ensemble.state()
    logits, _ = outputs(
        ensemble,
        ROWS,
        draws=ensemble.draws(propagation_streams(ensemble.seeds, 5), [48, 4], 0, len(ROWS)),
    )
    assert not logits.requires_grad
    assert all(torch.equal(before[name], tensor) for name, tensor in ensemble.state().items())


def test_members_share_their_tensors_with_the_ensemble(ensemble):
    first = ensemble.member(1)
    with torch.no_grad():
        first[5].weight.fill_(7)
        first[1].running_mean.fill_(3)
    assert (ensemble.parameters["5.weight"][1] == 7).all()
    assert (ensemble.buffers["1.running_mean"][1] == 3).all()
    assert not (ensemble.parameters["5.weight"][0] == 7).any()
    assert np.isclose(float(first[3].beta), 0.1)


class Counting(nn.Module):
    """A network that keeps counts and means of what it sees, in evaluation too."""

    def __init__(self, convolution):
        super().__init__()
        self.first = nn.Conv2d(1, 2, 3) if convolution else nn.Identity()
        self.last = nn.Linear(32 if convolution else 36, 2)
        self.calls, self.noise = 0, GaussianNoise(0)
        self.register_buffer("count", torch.tensor(0))
        self.register_buffer("mean", torch.zeros(2))

    def forward(self, inputs):
        output = self.last(self.noise(self.first(inputs).flatten(1)))
        self.calls += 1
        self.count += 1
        result = output + self.mean + self.calls
        self.mean = 0.9 * self.mean + output.mean(0)  # for the next pass
        return result


@pytest.mark.parametrize("convolution", [True, False])
def test_measuring_changes_nothing_that_a_network_keeps(convolution):
    ensemble = stack(
        lambda: Counting(convolution).double(), seeds=(0, 1), layers=["last"], device="cpu"
    )
    assert ensemble.per_member is convolution
    before, first = ensemble.state(), ensemble.logits(ROWS)
    assert (ensemble.logits(ROWS) == first).all()
    list(ensemble.activations(ROWS))
    list(ensemble.propagate(ROWS, seed=0))
    assert (ensemble.logits(ROWS) == first).all()
    assert ensemble.template.calls == 0
    assert all(torch.equal(before[name], tensor) for name, tensor in ensemble.state().items())


@pytest.mark.parametrize("convolution", [True, False])
@pytest.mark.parametrize("several", [lambda x: (x, x), lambda x: {"logits": x}])
def test_several_outputs_are_refused(convolution, several):
    class Several(Counting):
        def forward(self, inputs):
            return several(super().forward(inputs))

    ensemble = stack(lambda: Several(convolution).double(), seeds=(0, 1), layers=[], device="cpu")
    with pytest.raises(InvalidInputError, match=r"one tensor, its logits \(n, c\); received a"):
        ensemble.logits(ROWS)
