import numpy as np
import pytest
import torch
from torch import nn

from ib_mlflow.errors import CheckpointError
from ib_mlflow.training.fitting import Plan, fit, fitted_model, progress_of


@pytest.fixture(scope="module")
def evaluations():
    x = np.linspace(-1, 1, 32, dtype=np.float32)[:, None]

    def squared(model, x, y):
        return (model(x) - y).square().sum(dim=1)

    # With so high a rate the loss rises again: the best evaluation is not the last.
    plan = Plan(updates=30, learning_rate=0.9, evaluate=5)
    network = nn.Linear(1, 1)
    return network, list(
        fit(network, squared, (x, 2 * x), validation=(x, 2 * x), plan=plan, seed=0)
    )


def test_how_far_a_training_has_come_is_read_from_its_checkpoint(evaluations):
    _, fits = evaluations
    for fitted in fits:
        progress = progress_of(fitted.checkpoint())
        assert (progress.updates, progress.best_update) == (fitted.update, fitted.best_update)


def test_another_checkpoint_has_no_progress():
    with pytest.raises(CheckpointError, match=r"Fitted\.checkpoint"):
        progress_of({"epoch": 3})


def test_the_weights_of_an_evaluation_are_those_of_its_network(evaluations):
    network, fits = evaluations
    for fitted in fits:
        model = fitted_model(network, fitted.checkpoint(), best=False)
        for name, tensor in model.state_dict().items():
            assert torch.equal(fitted.weights[name], tensor)


def test_a_network_is_read_into_a_copy_in_evaluation_mode(evaluations):
    network, fits = evaluations
    before = network.weight.clone()
    model = fitted_model(network, fits[-1].checkpoint())
    assert type(model) is nn.Linear
    assert not model.training
    assert torch.equal(network.weight, before)
    assert not torch.equal(model.weight, before)
    with pytest.raises(CheckpointError, match="the weights of this network"):
        fitted_model(nn.Linear(2, 1), fits[-1].checkpoint())
