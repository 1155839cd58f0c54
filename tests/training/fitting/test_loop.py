import io

import numpy as np
import pytest
import torch
from small import network as make
from small import squared
from torch import nn

from ib_mlflow.errors import CheckpointError, InvalidInputError
from ib_mlflow.training.fitting import Plan, fit, fitted_model

PLAN = Plan(updates=20, batch_size=6, learning_rate=0.05, decay=0.99, average=0.9, evaluate=5)


def fits(regression, plan=PLAN, model=None, **more):
    training, validation = regression
    model = make() if model is None else model
    arguments = {"validation": validation, "plan": plan, "seed": 0, **more}
    return fit(model, squared, training, **arguments)


def through_a_file(state):
    buffer = io.BytesIO()
    torch.save(state, buffer)
    buffer.seek(0)
    return torch.load(buffer, weights_only=True)


def flat(state, prefix=""):
    for name, value in state.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def same_bits(one, other):
    ones, others = dict(flat(one)), dict(flat(other))
    assert ones.keys() == others.keys()
    for name, value in ones.items():
        if isinstance(value, torch.Tensor):
            assert torch.equal(value, others[name]), name
        else:
            assert value == others[name] or value != value, name


@pytest.mark.parametrize("plan", [PLAN, Plan(updates=20, evaluate=5, decay="cosine", shares=2)])
def test_a_resumed_training_ends_with_the_same_bits(regression, plan):
    whole = list(fits(regression, plan))
    assert [each.update for each in whole] == [0, 5, 10, 15, 20]
    for cut, last in enumerate(whole[:-1]):
        again = list(fits(regression, plan, resume=through_a_file(last.checkpoint())))
        assert [each.update for each in again] == [each.update for each in whole[cut + 1 :]]
        for one, other in zip(again, whole[cut + 1 :], strict=True):
            same_bits(one.checkpoint(), other.checkpoint())
            assert (one.train_loss, one.val_loss) == (other.train_loss, other.val_loss)
    assert list(fits(regression, plan, resume=whole[-1].checkpoint())) == []


def test_what_was_yielded_does_not_change(regression, network, equal):
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    evaluations = fits(regression, model=network)
    first = next(evaluations)
    kept = {name: tensor.clone() for name, tensor in first.state["weights"].items()}
    *_, last = evaluations
    assert equal(kept, first.state["weights"])
    assert equal(before, network.state_dict())
    assert equal(before, kept)
    assert not equal(kept, last.state["weights"])


def test_held_out_losses_are_those_of_the_averaged_weights(regression):
    _, (x, y) = regression
    for each in fits(regression):
        with torch.no_grad():
            losses = squared(each.model(), torch.tensor(x), torch.tensor(y)).double().numpy()
        assert each.val_loss == pytest.approx(losses.mean(), rel=1e-6)
        assert each.val_loss_se == pytest.approx(losses.std(ddof=1) / np.sqrt(len(y)), rel=1e-6)


def test_training_stops_when_held_out_losses_grow_and_the_best_is_kept(regression):
    (x, y), held_out = regression
    # Three samples whose answers are noise: what is learnt from them is wrong of all others.
    noise = np.array([[3.0], [-3.0], [3.0]], np.float32)
    plan = Plan(updates=10_000, batch_size=3, learning_rate=0.02, evaluate=10, patience=3)
    evaluations = list(fits(((x[:3], noise), held_out), plan, make(dropout=0.0)))
    losses = [each.val_loss for each in evaluations]
    best = int(np.argmin(losses))
    last = evaluations[-1]
    assert len(losses) == best + 4 < 1001
    assert [each.final for each in evaluations] == [False] * (len(losses) - 1) + [True]
    assert last.best_update == evaluations[best].update
    with torch.no_grad():
        x, y = (torch.tensor(part) for part in held_out)
        assert float(squared(last.best(), x, y).mean()) == pytest.approx(losses[best], rel=1e-5)
        assert float(squared(last.model(), x, y).mean()) == pytest.approx(losses[-1], rel=1e-5)
    read = fitted_model(make(), through_a_file(last.checkpoint()))
    assert torch.equal(read(x), last.best()(x))
    assert list(fits(((regression[0][0][:3], noise), held_out), plan, make(dropout=0.0),
                     resume=last.checkpoint())) == []  # fmt: skip


def test_an_initialisation_sees_the_first_samples_once(regression):
    batches = []

    def initialise(model, batch):
        batches.append([len(part) for part in batch])
        model[0].weight.fill_(0.5)

    first, *_ = fits(regression, initialise=initialise)
    assert (first.state["weights"]["0.weight"] == 0.5).all()
    assert (first.state["average"]["0.weight"] == 0.5).all()
    assert batches == [[40, 40]]
    list(fits(regression, initialise=initialise, resume=first.checkpoint()))
    assert batches == [[40, 40]]


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"seed": 1}, "seed"),
        ({"plan": Plan(**{**PLAN.settings(), "learning_rate": 0.1})}, "plan.learning_rate"),
        ({"plan": Plan(**{**PLAN.settings(), "shares": 2})}, "shares"),
        ({"model": make(dropout=0.3)}, "architecture"),
        ({"validation": (np.zeros((4, 3), np.float32), np.zeros((4, 1), np.float32))}, "validat"),
    ],
)
def test_another_training_cannot_be_resumed(regression, changed, name):
    checkpoint = next(iter(fits(regression))).checkpoint()
    with pytest.raises(CheckpointError, match=f"the same {name}"):
        fits(regression, **{"resume": checkpoint, **changed})


@pytest.mark.parametrize("foreign", [{}, {"epoch": 3, "state": {}, "velocity": {}}])
def test_a_foreign_checkpoint_is_refused(regression, foreign):
    with pytest.raises(CheckpointError, match=r"must come from Fitted\.checkpoint"):
        fits(regression, resume=foreign)


@pytest.mark.parametrize(
    "wrong",
    [
        {"update": "zz"},
        {"best": "zz"},
        {"best_loss": None},
        {"since": 1.5},
        {"final": 1},
        {"optimiser": "zz"},
        {"weights": "zz"},
    ],
)
def test_a_damaged_checkpoint_is_refused_before_training(regression, wrong):
    checkpoint = next(iter(fits(regression))).checkpoint()
    with pytest.raises(CheckpointError, match="a checkpoint"):
        fits(regression, resume={**checkpoint, **wrong})


def test_a_loss_that_is_not_finite_ends_the_training(regression):
    plan = Plan(updates=10, learning_rate=1e30, evaluate=1)
    with pytest.raises(InvalidInputError, match="must stay finite"):
        list(fits(regression, plan, nn.Linear(3, 1)))


def test_a_seed_out_of_range_is_refused(regression):
    with pytest.raises(InvalidInputError, match="seeds"):
        fits(regression, seed=-1)
