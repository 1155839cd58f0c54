import numpy as np
import pytest
import torch
from torch import nn

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
    assert ensemble.apart
    apart = outputs(ensemble, ROWS, **asked)
    monkeypatch.setattr(StackedEnsemble, "apart", False)
    together = outputs(ensemble, ROWS, **asked)
    torch.testing.assert_close(apart[0], together[0], rtol=0, atol=1e-12)
    for one, other in zip(apart[1], together[1], strict=True):
        assert one.shape[:2] == (3, 9)
        torch.testing.assert_close(one, other, rtol=0, atol=1e-12)


@pytest.mark.parametrize("apart", [True, False])
def test_noise_is_added_where_the_layers_are(monkeypatch, ensemble, apart):
    """What leaves a noise layer is what enters it and β times the draws."""
    monkeypatch.setattr(StackedEnsemble, "apart", apart)
    draws = ensemble.draws(propagation_streams(ensemble.seeds, 5), [48, 4], 0, len(ROWS))
    _, entering = outputs(ensemble, ROWS, ["3", "6"], entering=True, draws=draws)
    _, leaving = outputs(ensemble, ROWS, ["3", "6"], draws=draws)
    for before, after, drawn in zip(entering, leaving, draws, strict=True):
        expected = before + torch.tensor(ensemble.beta)[:, None, None] * drawn
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
