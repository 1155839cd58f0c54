import pytest
import torch
from small import network as make
from small import squared
from torch import nn

from ib_mlflow.errors import CheckpointError
from ib_mlflow.training.fitting import Plan, fit, fitted_model

X = torch.ones(4, 3)


@pytest.fixture
def evaluations(regression):
    training, validation = regression
    plan = Plan(updates=20, learning_rate=0.05, average=0.9, evaluate=10)
    return list(fit(make(), squared, training, validation=validation, plan=plan, seed=0))


def test_a_network_is_read_as_it_was_last_or_at_its_best(evaluations):
    last = evaluations[-1]
    for network in (last.model(), last.best()):
        assert not network.training
    latest = fitted_model(make(seed=5), last.checkpoint(), best=False)
    assert torch.equal(latest(X), last.model()(X))
    at_best = next(each for each in evaluations if each.update == last.best_update)
    assert torch.equal(fitted_model(make(seed=5), last.checkpoint())(X), at_best.model()(X))


def test_the_template_is_not_changed(evaluations):
    template = make(seed=5)
    before = template.eval()(X)
    fitted_model(template, evaluations[-1].checkpoint())
    assert torch.equal(template(X), before)


def test_an_evaluation_gives_networks_of_their_own(evaluations):
    first = evaluations[0]
    before = first.model()(X).detach()
    with torch.no_grad():
        first.model()[0].weight.zero_()
    assert torch.equal(first.model()(X), before)


@pytest.mark.parametrize("foreign", [{}, {"epoch": 3, "state": {}, "velocity": {}}])
def test_a_foreign_checkpoint_is_refused(foreign):
    with pytest.raises(CheckpointError, match=r"must come from Fitted\.checkpoint"):
        fitted_model(make(), foreign)


def test_a_network_is_not_read_from_anothers_checkpoint(evaluations):
    with pytest.raises(CheckpointError, match="weights of this network"):
        fitted_model(nn.Linear(3, 1), evaluations[0].checkpoint())
