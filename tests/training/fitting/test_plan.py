import math

import pytest
import torch

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.training.fitting import Plan


@pytest.mark.parametrize(
    ("decay", "reference"),
    [
        (1.0, lambda optimiser: torch.optim.lr_scheduler.ExponentialLR(optimiser, 1.0)),
        (0.9, lambda optimiser: torch.optim.lr_scheduler.ExponentialLR(optimiser, 0.9)),
        ("cosine", lambda optimiser: torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, 30)),
    ],
)
def test_rates_are_those_of_torch(decay, reference):
    optimiser = torch.optim.Adam([torch.zeros(1, requires_grad=True)], lr=0.3)
    scheduler = reference(optimiser)
    plan = Plan(updates=30, learning_rate=0.3, decay=decay)
    for update in range(1, 31):
        assert plan.rate(update) == pytest.approx(optimiser.param_groups[0]["lr"], abs=1e-12)
        optimiser.step()
        scheduler.step()


def test_evaluations_begin_before_training_and_end_with_the_last_update():
    assert Plan(updates=10, evaluate=4).evaluations == (0, 4, 8, 10)
    assert Plan(updates=8, evaluate=4).evaluations == (0, 4, 8)
    assert Plan(updates=3, evaluate=100).evaluations == (0, 3)
    assert Plan(updates=100, evaluate=(30, 10)).evaluations == (0, 10, 30, 100)


def test_the_average_forgets_faster_at_first():
    plan = Plan(updates=10, average=0.9)
    shares = [plan.averaging(update) for update in range(1, 200)]
    assert shares == sorted(shares)
    assert shares[0] == 2 / 11
    assert shares[-1] == 0.9
    assert Plan(updates=10).averaging(5) == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"updates": 0},
        {"updates": True},
        {"updates": 2.0},
        {"batch_size": 0},
        {"learning_rate": 0.0},
        {"learning_rate": math.nan},
        {"learning_rate": math.inf},
        {"decay": 0.0},
        {"decay": 1.0001},
        {"decay": "linear"},
        {"betas": (0.9, 1.0)},
        {"betas": (-0.1, 0.9)},
        {"betas": 0.9},
        {"betas": (0.9,)},
        {"betas": ("a", 0.9)},
        {"average": 1.0},
        {"average": -0.1},
        {"average": math.nan},
        {"evaluate": 0},
        {"evaluate": 2.0},
        {"evaluate": "5"},
        {"evaluate": None},
        {"evaluate": (5, 11)},
        {"patience": 0},
        {"shares": 0},
        {"shares": 5, "batch_size": 4},
        {"precision": "half"},
    ],
)
def test_numbers_out_of_range_are_refused(wrong):
    with pytest.raises(InvalidInputError):
        Plan(**{"updates": 10, **wrong})


def test_the_rate_rises_to_what_it_would_be():
    plan, plain = (Plan(updates=50, decay=0.9, warm_up=warm_up) for warm_up in (10, 0))
    shares = [plan.rate(update) / plain.rate(update) for update in range(1, 51)]
    assert shares == pytest.approx([*(step / 10 for step in range(1, 11)), *[1.0] * 40])


def test_identities_hold_a_warm_up_only_where_there_is_one():
    assert Plan(updates=50, warm_up=10).settings()["warm_up"] == 10
    assert "warm_up" not in Plan(updates=50).settings()


@pytest.mark.parametrize("warm_up", [-1, 0.5, True])
def test_a_warm_up_is_a_number_of_updates(warm_up):
    with pytest.raises(InvalidInputError, match="warm_up must be a whole number"):
        Plan(updates=50, warm_up=warm_up)
