import math

import numpy as np
import pytest
from small import squared

from ib_mlflow.errors import CheckpointError, InvalidInputError
from ib_mlflow.training.fitting import (
    Plan,
    fit,
    has_converged,
    has_diverged,
    last_fall,
    last_rise,
    progress_of,
)

PLAN = Plan(
    updates=400, batch_size=8, learning_rate=0.03, evaluate=10, average=0.9, least_fall=0.01
)


def evaluations(regression, network, **arguments):
    training, validation = regression
    return list(fit(network, squared, training, validation=validation, seed=0, **arguments))


def test_a_loss_that_falls_with_the_logarithm_falls_by_the_same_over_every_last_tenth():
    def losses(updates):
        every = range(updates // 40, updates + 1, updates // 40)
        return {update: 10 - 2 * math.log(update) for update in every}

    for updates in (200, 2000, 20_000):
        assert last_fall(losses(updates)) == pytest.approx(2 * math.log(10 / 9))


def test_a_loss_that_rises_again_has_not_fallen():
    losses = {update: abs(update - 50) / 10 for update in range(0, 101, 5)}
    assert last_fall(losses) == 0
    # 4 at the first of the last three evaluations, where the lowest is 0.
    assert last_rise(losses) == pytest.approx(4.0)
    assert not has_converged(losses, 1e-9)
    assert has_diverged(losses, 3.9)
    assert not has_diverged(losses, 4.1)


def test_a_loss_that_only_rises_has_diverged():
    fall = {0: 100.0, 10: 53.0}
    losses = fall | {10 * k: 400.0 * 2 ** (k - 2) for k in range(2, 12)}
    assert last_fall(losses) == 0
    assert has_diverged(losses, 1.0)
    assert not has_converged(losses, 1.0)


def test_a_loss_that_stands_at_its_lowest_has_converged():
    losses = {update: max(2.0, 10.0 - update) for update in range(0, 101, 5)}
    assert last_rise(losses) == last_fall(losses) == 0
    assert has_converged(losses, 1e-9)
    assert not has_diverged(losses, 1e-9)


def test_one_bad_evaluation_is_no_convergence():
    losses = {update: 100.0 - update for update in range(0, 100, 10)}
    assert last_fall(losses | {100: 90.0}) == 20
    assert last_fall({**losses, 100: 90.0, 110: 90.0}) == 10


def test_nothing_is_said_from_too_few_evaluations():
    losses = dict.fromkeys(range(0, 91, 10), 1.0)
    assert math.isnan(last_fall(losses))
    assert math.isnan(last_rise(losses))
    assert not has_diverged(losses, 1.0)
    assert not has_converged(losses, 1.0)
    assert has_converged(losses | {100: 1.0}, 1.0)


@pytest.mark.parametrize("losses", [{}, {10: 1.0, 0: 2.0}])
def test_losses_in_no_order_are_refused(losses):
    with pytest.raises(InvalidInputError, match="ascending numbers of updates"):
        last_fall(losses)


def test_training_ends_where_the_loss_hardly_falls_any_more(regression, network):
    fitted = evaluations(regression, network, plan=PLAN)
    losses = {each.update: each.val_loss for each in fitted}
    last = fitted[-1]
    assert 100 <= last.update < PLAN.updates
    assert last_fall(losses) < PLAN.least_fall
    before = {update: loss for update, loss in losses.items() if update < last.update}
    assert not has_converged(before, PLAN.least_fall)
    assert [each.final for each in fitted] == [False] * (len(fitted) - 1) + [True]
    # The cap ends what has not converged.
    strict = Plan(**{**PLAN.settings(), "learning_rate": 1e-3, "updates": 120})
    capped = evaluations(regression, network, plan=strict)
    assert capped[-1].update == 120
    assert capped[-1].final
    assert not has_converged({each.update: each.val_loss for each in capped}, PLAN.least_fall)


def test_a_resumed_training_converges_at_the_same_update_with_the_same_bits(
    regression, network, equal
):
    whole = evaluations(regression, network, plan=PLAN)
    for number in (0, 5, len(whole) - 2):
        rest = evaluations(regression, network, plan=PLAN, resume=whole[number].checkpoint())
        assert [each.update for each in rest] == [each.update for each in whole[number + 1 :]]
        assert equal(rest[-1].checkpoint()["weights"], whole[-1].checkpoint()["weights"])
        assert rest[-1].checkpoint()["curve"] == whole[-1].checkpoint()["curve"]
    ended = whole[-1].checkpoint()
    assert evaluations(regression, network, plan=PLAN, resume=ended) == []
    assert progress_of(ended).updates == whole[-1].update


def test_a_training_whose_loss_rises_again_is_not_ended_as_converged(regression, network):
    """Held-out samples of the opposite sign: what is learnt makes them worse, to the cap."""
    (x, y), _ = regression
    plan = Plan(**{**PLAN.settings(), "least_fall": 0.01})
    fitted = list(fit(network, squared, (x, y), validation=(x, -y), plan=plan, seed=0))
    losses = {each.update: each.val_loss for each in fitted}
    assert last_fall(losses) == 0
    assert fitted[0].val_loss == min(losses.values())
    # Where it no longer rises it stands far above its lowest, which is no end of a training.
    assert last_rise(losses) > 100 * plan.least_fall
    assert fitted[-1].update == plan.updates
    assert has_diverged(losses, plan.least_fall)
    # The same training ends before the cap where its loss falls.
    honest = list(fit(network, squared, (x, y), validation=(x, y), plan=plan, seed=0))
    assert honest[-1].update < plan.updates


def test_plans_without_it_are_what_they_were(regression, network):
    plan = Plan(updates=4, batch_size=8, evaluate=2)
    assert "least_fall" not in plan.settings()
    checkpoint = evaluations(regression, network, plan=plan)[0].checkpoint()
    assert "curve" not in checkpoint
    other = Plan(updates=4, batch_size=8, evaluate=2, least_fall=0.1)
    with pytest.raises(CheckpointError):
        evaluations(regression, network, plan=other, resume=checkpoint)


def test_a_rate_that_falls_to_zero_is_refused():
    with pytest.raises(InvalidInputError, match="any training looks converged"):
        Plan(updates=100, decay="cosine", least_fall=0.1)
    for wrong in (0.0, -1.0, np.inf, "much"):
        with pytest.raises(InvalidInputError, match="least_fall"):
            Plan(updates=100, least_fall=wrong)
