import numpy as np
import pytest
import torch
from torch import nn

from ib_mlflow.networks import GaussianNoise, mlp, stack
from ib_mlflow.training import Schedule, train

RATES = {"learning_rate": 0.1, "momentum": 0.5, "weight_decay": 0.01, "batch_size": 32}


def convolutional(dropout=0.0, beta=0.0):
    return nn.Sequential(
        nn.Conv2d(1, 3, 3),
        nn.BatchNorm2d(3),
        nn.Tanh(),
        GaussianNoise(beta),
        nn.Dropout(dropout),
        nn.Flatten(),
        nn.Linear(48, 3),
    ).double()


def test_a_member_is_a_network_trained_alone(make_dataset, train_alone):
    """Convolution, noise, batch normalisation with its running statistics, and the last batch."""
    dataset = make_dataset(100, 1, 6, 6, classes=3)
    beta = [0.05, 0.2]
    ensemble = stack(convolutional, seeds=(3, 8), layers=["2"], beta=beta, device="cpu")
    more = {"orthonormality": [0, 0.01], "final_learning_rate": [0.1, 0.025]}
    *_, last = train(ensemble, dataset, Schedule.of([3]), **RATES, **more)
    for member, seed in enumerate((3, 8)):
        torch.manual_seed(seed)
        network = convolutional(beta=beta[member])
        rates = {"lr": 0.1, "momentum": 0.5, "weight_decay": 0.01}
        rates |= {"orthonormality": [0, 0.01][member], "factor": [1, 0.5][member]}
        train_alone(network, seed, dataset, 3, batch_size=32, **rates)
        for name, tensor in network.state_dict().items():
            trained = last.ensemble.state()[name][member]
            torch.testing.assert_close(trained, tensor, rtol=0, atol=1e-10)


def test_compiled_and_functional_training_agree(monkeypatch, make_dataset):
    def network():
        return nn.Sequential(
            nn.Linear(12, 5, dtype=torch.float64),
            nn.Tanh(),
            GaussianNoise(0),
            nn.Linear(5, 4, dtype=torch.float64),
            nn.LeakyReLU(),
            GaussianNoise(0),
            nn.Linear(4, 2, dtype=torch.float64),
        )

    dataset, beta = make_dataset(90, 12), [0, 0.1, 0.3]
    layers = mlp(
        (12, 5, 4, 2),
        activation=["tanh", "leaky_relu"],
        initialisation="torch",
        beta=beta,
        members=3,
        dtype=torch.float64,
        device="cpu",
    )
    rates = {**RATES, "learning_rate": [0.1, 0.2, 0.3], "orthonormality": [0, 0.01, 0.02]}
    rates["final_learning_rate"] = 0.05
    compiled = list(train(layers, dataset, Schedule.of([1, 4]), **rates))
    monkeypatch.setattr("ib_mlflow.networks.perceptrons.perceptron.LARGEST_COMPILED", 0)
    stacked = stack(network, seeds=(0, 1, 2), layers=["1", "4"], beta=beta, device="cpu")
    for ensemble in (layers, stacked):
        functional = list(train(ensemble, dataset, Schedule.of([1, 4]), **rates))
        for one, other in zip(compiled, functional, strict=True):
            parameters = other.ensemble.parameters.values()
            for a, b in zip(one.ensemble.parameters.values(), parameters, strict=True):
                torch.testing.assert_close(a, b, rtol=0, atol=1e-10)
            np.testing.assert_allclose(one.train_loss, other.train_loss, rtol=0, atol=1e-10)


@pytest.fixture
def dropped(make_dataset):
    def run(seeds, schedule=(2,), **arguments):
        dataset = make_dataset(100, 1, 6, 6, classes=3)
        ensemble = stack(lambda: convolutional(0.5), seeds=seeds, layers=[], device="cpu")
        return list(train(ensemble, dataset, Schedule.of(schedule), **RATES, **arguments))

    return run


def test_dropout_differs_between_members_and_repeats_itself(dropped):
    first, again = dropped((4, 4))[-1], dropped((4, 4))[-1]
    for name, tensor in first.ensemble.parameters.items():
        assert torch.equal(tensor, again.ensemble.parameters[name])
    weight = first.ensemble.parameters["6.weight"]
    assert not torch.equal(weight[0], weight[1])


def test_dropout_resumes_bit_for_bit(dropped):
    whole = dropped((4, 5), (1, 3))
    rest = dropped((4, 5), (1, 3), resume=whole[1].checkpoint())
    assert [snapshot.epoch for snapshot in rest] == [3]
    for name, tensor in whole[-1].ensemble.state().items():
        assert torch.equal(tensor, rest[-1].ensemble.state()[name])


def test_the_global_generator_is_not_touched(dropped):
    before = torch.random.get_rng_state()
    dropped((0, 1))
    assert torch.equal(before, torch.random.get_rng_state())
