"""A training that is kept by the clock, at any update."""

import numpy as np
import pytest
from small import squared

from ib_mlflow.training.fitting import Plan, fit, kept
from ib_mlflow.training.fitting.keeping import keeper, pulse

PLANS = {
    "decoder": Plan(
        updates=12, batch_size=8, learning_rate=0.03, evaluate=5, average=0.9, least_fall=1e-9
    ),
    "network": Plan(
        updates=12, batch_size=8, optimiser="sgd", momentum=0.9, decay="cosine", evaluate=(5,)
    ),
}


def training(regression, network, plan, resume=None):
    learnt, validation = regression
    return list(
        fit(network, squared, learnt, validation=validation, plan=plan, seed=0, resume=resume)
    )


@pytest.mark.parametrize("kind", sorted(PLANS))
def test_a_training_goes_on_from_any_update_to_the_same_bits(regression, network, equal, kind):
    plan = PLANS[kind]
    whole = training(regression, network, plan)
    states, beats = [], []
    with kept(states.append, lambda: beats.append(1), every=0.0):
        watched = training(regression, network, plan)
    evaluated = {fitted.update for fitted in whole}
    assert [state["update"] for state in states] == sorted({*range(1, 13)} - evaluated)
    assert beats  # while the held-out samples were evaluated
    assert equal(watched[-1].checkpoint()["weights"], whole[-1].checkpoint()["weights"])
    for state in states:
        rest = training(regression, network, plan, resume=state)
        expected = [fitted for fitted in whole if fitted.update > state["update"]]
        assert [fitted.update for fitted in rest] == [fitted.update for fitted in expected]
        for one, other in zip(rest, expected, strict=True):
            assert one.train_loss == other.train_loss
            assert one.val_loss == other.val_loss
            for name in ("weights", "average", "best"):
                assert equal(one.checkpoint()[name], other.checkpoint()[name])


def test_nothing_is_kept_before_it_is_due(regression, network):
    states = []
    with kept(states.append, lambda: None, every=1e6):
        training(regression, network, PLANS["decoder"])
        pulse()
    assert states == []
    assert keeper() is None


def test_losses_are_finite(regression, network):
    states = []
    with kept(states.append, lambda: None, every=0.0):
        training(regression, network, PLANS["network"])
    assert all(np.isfinite(state["lost"]) for state in states)
