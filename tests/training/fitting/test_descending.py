import numpy as np
import pytest
import torch
from torch import nn

from ib_mlflow.data import load, split
from ib_mlflow.errors import CheckpointError, InvalidInputError
from ib_mlflow.networks import Autoencoder, ResNet
from ib_mlflow.training.classification import class_log_probabilities, train_classifier
from ib_mlflow.training.decoders import Pairs, reconstruct, train_reconstruction
from ib_mlflow.training.fitting import Plan, Samples, Stream, fit

SGD = {"optimiser": "sgd", "momentum": 0.9, "weight_decay": 5e-4, "decay": "cosine"}


def squared(model, x, y):
    return (model(x) - y).square().sum(dim=1)


def samples(n=64):
    x = np.random.default_rng(0).normal(size=(n, 3)).astype(np.float32)
    return x, x @ np.array([[1.0], [-2.0], [0.5]], np.float32) + 1


def test_steps_are_those_of_gradient_descent_written_out():
    x, y = samples()
    plan = Plan(updates=7, batch_size=16, learning_rate=0.1, evaluate=7, **SGD)
    network = nn.Linear(3, 1)
    *_, fitted = fit(network, squared, (x, y), validation=(x, y), plan=plan, seed=5)
    weights = torch.cat([network.weight.detach(), network.bias.detach()[:, None]], dim=1)[0]
    speed = torch.zeros(4)
    rows, data = Stream(5, len(x), 16), Samples([x, y], torch.device("cpu"))
    for update in range(1, 8):
        inputs, targets = data.rows(rows.batch(update))
        inputs = torch.cat([inputs, torch.ones(len(inputs), 1)], dim=1)
        slope = 2 * inputs.T @ (inputs @ weights - targets[:, 0]) / len(inputs)
        slope += 5e-4 * weights
        speed = 0.9 * speed + slope
        weights = weights - 0.05 * (1 + np.cos(np.pi * (update - 1) / 7)) * speed
    reached = torch.cat([fitted.weights["weight"][0], fitted.weights["bias"]])
    torch.testing.assert_close(reached, weights, rtol=1e-5, atol=1e-6)


def test_an_interrupted_descent_goes_on_with_the_same_bits():
    x, y = samples()
    plan = Plan(updates=20, batch_size=16, learning_rate=0.1, evaluate=5, **SGD)
    arguments = {"validation": (x, y), "plan": plan, "seed": 1}
    network = nn.Linear(3, 1)
    through = list(fit(network, squared, (x, y), **arguments))
    resumed = list(fit(network, squared, (x, y), resume=through[2].checkpoint(), **arguments))
    assert torch.equal(through[-1].weights["weight"], resumed[-1].weights["weight"])
    other = Plan(updates=20, batch_size=16, learning_rate=0.1, evaluate=5, decay="cosine")
    with pytest.raises(CheckpointError):
        fit(
            network, squared, (x, y), **{**arguments, "plan": other}, resume=through[2].checkpoint()
        )


def test_the_numbers_of_adam_are_what_they_were():
    settings = Plan(updates=10).settings()
    assert not {"optimiser", "momentum", "weight_decay"} & set(settings)
    assert Plan(updates=10, optimiser="sgd", momentum=0.9).settings()["momentum"] == 0.9


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"optimiser": "sdg"}, "optimiser must be adam or sgd; received 'sdg'"),
        ({"momentum": 0.9}, "numbers of sgd; adam has betas"),
        ({"weight_decay": 1e-4}, "numbers of sgd; adam has betas"),
        ({"optimiser": "sgd", "momentum": 1.0}, "momentum is out of range"),
        ({"optimiser": "sgd", "weight_decay": -1e-4}, "weight_decay is out of range"),
        ({"optimiser": "sgd", "betas": (0.5, 0.9)}, "betas are numbers of adam"),
    ],
)
def test_what_an_optimiser_does_not_have_is_refused(arguments, said):
    with pytest.raises(InvalidInputError, match=said):
        Plan(updates=10, **arguments)


def test_a_residual_classifier_and_its_heads_learn():
    train, held_out = split(load("digits"), test_fraction=0.3, seed=0)
    network = ResNet((1, 8, 8), 10, widths=(8, 16), blocks=1, levels=17)
    plan = Plan(updates=60, batch_size=64, learning_rate=0.1, evaluate=60, **SGD)
    *_, fitted = train_classifier(network, train, validation=held_out, plan=plan, seed=0)
    assert fitted.val_loss < 0.3
    model = fitted.best()
    encode = model.encoder("h1")
    before = encode(torch.tensor(held_out.inputs))
    # The frozen statistics are those of training: the measured loss is that of the evaluation.
    table = class_log_probabilities(model, held_out.inputs, batch_size=7)
    own = -table[np.arange(held_out.n), held_out.labels].mean()
    assert own == pytest.approx(fitted.val_loss, rel=1e-4)
    for reader in (model.head("h1", seed=1), model.probe("h1", seed=1)):
        *_, last = train_classifier(
            reader, train, validation=held_out, encode=encode, plan=plan, seed=0
        )
        assert last.val_loss < 1
    assert torch.equal(before, encode(torch.tensor(held_out.inputs)))


def test_a_residual_autoencoder_learns():
    train, held_out = split(load("digits"), test_fraction=0.3, seed=0)
    network = Autoencoder(ResNet((1, 8, 8), 10, widths=(8, 16), blocks=1, levels=17))
    plan = Plan(updates=250, batch_size=32, learning_rate=0.1, evaluate=250, **SGD)
    evaluations = train_reconstruction(
        network,
        Pairs(train.inputs),
        validation=Pairs(held_out.inputs),
        levels=17,
        plan=plan,
        seed=0,
    )
    *_, fitted = evaluations
    spread = (held_out.inputs / 16).var(axis=0).mean()  # what one image for all would leave
    assert fitted.val_loss < spread - 10 * fitted.val_loss_se
    made = reconstruct(fitted.best(), Pairs(held_out.inputs))
    assert made.shape == held_out.inputs.shape
