import copy

import numpy as np
import pytest
import torch
from small import network as make
from small import squared
from torch import nn

from ib_mlflow.errors import CheckpointError, InvalidInputError
from ib_mlflow.training.fitting import Learner, Plan, Samples, losses_of, outputs_of

CPU = torch.device("cpu")
ROWS = np.arange(7)


def learner(plan, model=None):
    return Learner(make(dropout=0.0) if model is None else model, squared, plan, seed=0)


def weights(learner):
    return {name: tensor.clone() for name, tensor in learner.model.state_dict().items()}


def test_a_step_is_that_of_torchs_adam(regression):
    plan = Plan(updates=3, learning_rate=0.1, decay=0.5, betas=(0.8, 0.95))
    model = make(dropout=0.0)
    optimiser = torch.optim.Adam(model.parameters(), lr=0.1, betas=(0.8, 0.95))
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimiser, 0.5)
    ours, samples = learner(plan), Samples(regression[0], CPU)
    for update in (1, 2, 3):
        optimiser.zero_grad()
        loss = squared(model, *samples.rows(ROWS))
        loss.mean().backward()
        optimiser.step()
        scheduler.step()
        lost = ours.step(update, samples, ROWS)
        torch.testing.assert_close(lost, loss.sum().detach())
    torch.testing.assert_close(weights(ours), dict(model.state_dict()), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("shares", [2, 3, 7])
def test_shares_add_up_to_the_whole(regression, shares):
    samples = Samples(regression[0], CPU)
    results = []
    for count in (1, shares):
        learning = learner(Plan(updates=5, learning_rate=0.01, shares=count, batch_size=7))
        lost = [float(learning.step(update, samples, ROWS)) for update in (1, 2, 3)]
        results.append((weights(learning), lost))
    torch.testing.assert_close(results[0], results[1], rtol=1e-4, atol=1e-5)


def test_dropout_is_a_function_of_seed_and_update(regression, equal):
    samples, plan = Samples(regression[0], CPU), Plan(updates=9, learning_rate=0.1)
    before = torch.random.get_rng_state()
    one = learner(plan, make(dropout=0.5))
    torch.rand(3)
    other = learner(plan, make(dropout=0.5))
    for each in (one, other):
        each.step(1, samples, ROWS)
    assert equal(weights(one), weights(other))
    third, fourth = learner(plan, make(dropout=0.5)), learner(plan, make(dropout=0.5))
    third.step(2, samples, ROWS)
    assert not equal(weights(one), weights(third))
    torch.random.set_rng_state(before)
    fourth.step(1, samples, ROWS)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_the_average_is_a_moving_one(regression):
    plan = Plan(updates=30, learning_rate=0.1, average=0.5)
    ours, samples = learner(plan), Samples(regression[0], CPU)
    expected = weights(ours)
    for update in range(1, 16):
        ours.step(update, samples, ROWS)
        keep = min(0.5, (1 + update) / (10 + update))
        now = weights(ours)
        expected = {name: keep * old + (1 - keep) * now[name] for name, old in expected.items()}
    average = dict(ours.averaged.state_dict())
    torch.testing.assert_close(average, expected)
    direct = losses_of(ours.averaged, squared, samples, batch_size=4 * plan.batch_size)
    assert (ours.evaluate(samples) == direct).all()


def test_without_an_average_the_weights_themselves_are_evaluated(regression, equal):
    ours, samples = learner(Plan(updates=30, learning_rate=0.1)), Samples(regression[0], CPU)
    ours.step(1, samples, ROWS)
    ours.evaluate(samples)
    assert equal(weights(ours), dict(ours.averaged.state_dict()))


@pytest.mark.parametrize("batch_size", [1, 3, 40, 100])
def test_the_last_batch_counts_when_losses_are_taken(regression, batch_size):
    samples, model = Samples(regression[0], CPU), make(dropout=0.5)
    losses = losses_of(model, squared, samples, batch_size=batch_size)
    with torch.no_grad():
        expected = squared(model.eval(), *samples.rows(np.arange(40)))
    np.testing.assert_allclose(losses, expected.numpy(), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("batch_size", [0, -1, 2.0, True, "8"])
def test_a_batch_has_a_whole_number_of_samples(regression, batch_size):
    samples, model = Samples(regression[0], CPU), make()
    with pytest.raises(InvalidInputError, match="batch_size must be a whole number"):
        losses_of(model, squared, samples, batch_size=batch_size)
    with pytest.raises(InvalidInputError, match="batch_size must be a whole number"):
        outputs_of(model, lambda model, x, _: model(x), samples, batch_size=batch_size)


def test_mixed_precision_learns_the_same_within_its_precision(regression):
    samples = Samples(regression[0], CPU)
    losses = []
    for precision in ("float32", "bfloat16"):
        learning = learner(Plan(updates=60, learning_rate=0.05, precision=precision))
        for update in range(1, 61):
            learning.step(update, samples, np.arange(40))
        losses.append(learning.evaluate(samples).mean())
        assert {weight.dtype for weight in weights(learning).values()} == {torch.float32}
    before = learner(Plan(updates=1)).evaluate(samples).mean()
    assert max(losses) < 0.2 * before
    assert losses[0] != losses[1]


def test_running_statistics_go_into_what_is_evaluated(regression):
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 1))
    ours, samples = learner(Plan(updates=9, average=0.9), model), Samples(regression[0], CPU)
    ours.step(1, samples, ROWS)
    ours.evaluate(samples)
    for old, new in zip(ours.averaged.buffers(), ours.model.buffers(), strict=True):
        assert torch.equal(old, new)


def test_a_foreign_state_is_refused(regression):
    ours = learner(Plan(updates=3))
    state = copy.deepcopy(ours.state())
    ours.restore(state)
    other = learner(Plan(updates=3), nn.Linear(3, 1)).state()
    for wrong in (other, {**state, "optimiser": {}}, {**state, "weights": {"0.weight": 3}}):
        with pytest.raises(CheckpointError, match="weights of this network"):
            ours.restore(wrong)


def test_a_network_without_parameters_is_refused():
    with pytest.raises(InvalidInputError, match="parameters to fit"):
        learner(Plan(updates=3), nn.Tanh())
