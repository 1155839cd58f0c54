import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from ib_mlflow.networks import mlp
from ib_mlflow.training.snapshot import diverged, evaluate


@pytest.fixture
def ensemble():
    return mlp((12, 5, 3), members=4, dtype=torch.float64, device="cpu")


def test_scores_are_torchs(ensemble):
    random = np.random.default_rng(0)
    inputs, labels = random.normal(size=(500, 12)), random.integers(0, 3, 500)
    loss, accuracy = evaluate(ensemble, inputs, labels)
    for member, logits in enumerate(torch.from_numpy(ensemble.logits(inputs))):
        expected = cross_entropy(logits, torch.from_numpy(labels)).item()
        assert loss[member] == pytest.approx(expected, abs=1e-13)
        assert accuracy[member] == (logits.argmax(1).numpy() == labels).mean()


def test_certain_answers_have_the_loss_of_their_margin(ensemble):
    for tensor in ensemble.parameters.values():
        tensor.zero_()
    ensemble.parameters["layer_2.bias"][:] = torch.tensor([0.0, 800.0, -800.0])
    loss, accuracy = evaluate(ensemble, np.zeros((2, 12)), np.array([1, 2]))
    assert loss.tolist() == [800.0] * 4  # the mean of 0 and 1600
    assert accuracy.tolist() == [0.5] * 4


def test_members_without_finite_logits_have_no_scores(ensemble):
    ensemble.parameters["layer_1.weight"][1, 0, 0] = torch.nan
    ensemble.parameters["layer_2.bias"][2, 0] = torch.inf
    loss, accuracy = evaluate(ensemble, np.ones((3, 12)), np.zeros(3, np.int64))
    assert np.isnan(loss).tolist() == np.isnan(accuracy).tolist() == [False, True, True, False]
    assert diverged(ensemble, loss).tolist() == [False, True, True, False]


def test_a_loss_that_is_not_finite_is_divergence(ensemble):
    assert diverged(ensemble, np.array([0, np.nan, np.inf, 1])).tolist() == [0, 1, 1, 0]


def test_scalars_that_are_not_finite_have_diverged():
    ensemble = mlp((6, 2), members=3)
    ensemble.parameters["temperature"] = torch.tensor([1.0, np.inf, 1.0])
    ensemble.parameters["nothing"] = torch.zeros(3, 0)
    assert diverged(ensemble, np.zeros(3)).tolist() == [False, True, False]
