import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numba import config
from torch import nn

from ib_mlflow.networks import GaussianNoise, mlp
from ib_mlflow.networks.perceptrons.architecture import ACTIVATIONS
from ib_mlflow.training import Schedule, train
from ib_mlflow.training.engines import compiled


def alone(ensemble, member):
    """One member as a network of torch's modules."""
    modules = []
    for number in range(1, len(ensemble.spec.widths)):
        weight = ensemble.parameters[f"layer_{number}.weight"][member]
        linear = nn.Linear(*reversed(weight.shape), dtype=weight.dtype)
        linear.weight.data.copy_(weight)
        linear.bias.data.copy_(ensemble.parameters[f"layer_{number}.bias"][member])
        modules.append(linear)
        if number <= len(ensemble.spec.activations):
            modules.append(ACTIVATIONS[ensemble.spec.activations[number - 1]][1]())
            modules.append(GaussianNoise(ensemble.beta[member]))
    return nn.Sequential(*modules)


def largest_difference(ensemble, member, network):
    differences: list[torch.Tensor] = []
    for number, linear in enumerate((m for m in network if isinstance(m, nn.Linear)), start=1):
        weight = ensemble.parameters[f"layer_{number}.weight"][member]
        bias = ensemble.parameters[f"layer_{number}.bias"][member]
        differences += [(linear.weight - weight).abs().max(), (linear.bias - bias).abs().max()]
    return max(difference.item() for difference in differences)


@st.composite
def trainings(draw):
    hidden = draw(st.lists(st.integers(1, 20), max_size=4))
    rates = st.lists(st.floats(0, 0.5), min_size=2, max_size=2)
    return {
        "widths": (draw(st.integers(1, 40)), *hidden, draw(st.integers(2, 6))),
        "activations": [draw(st.sampled_from(sorted(ACTIVATIONS))) for _ in hidden],
        "seeds": draw(st.lists(st.integers(0, 1000), min_size=2, max_size=2)),
        "beta": draw(st.lists(st.sampled_from([0, 0.005, 0.5]), min_size=2, max_size=2)),
        "n": draw(st.integers(1, 40)),
        "batch_size": draw(st.integers(1, 40)),
        "learning_rate": draw(rates),
        "momentum": draw(rates),
        "weight_decay": draw(rates),
        "orthonormality": draw(st.lists(st.sampled_from([0, 0.01]), min_size=2, max_size=2)),
        "factor": draw(st.lists(st.sampled_from([1, 0.5]), min_size=2, max_size=2)),
    }


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(trainings())
def test_parameters_are_those_of_autograd(make_dataset, train_alone, case):
    """Random depths, widths, activations, noise, batches and rates; three epochs in float64."""
    dataset = make_dataset(case["n"], case["widths"][0], classes=case["widths"][-1])
    ensemble = mlp(
        case["widths"],
        activation=case["activations"],
        initialisation="torch",
        beta=case["beta"],
        seeds=case["seeds"],
        dtype=torch.float64,
        device="cpu",
    )
    assert ensemble.compiled
    names = "learning_rate", "momentum", "weight_decay", "orthonormality", "batch_size"
    rates = {name: case[name] for name in names}
    rates["learning_rate"] = np.array(case["learning_rate"]) + 1e-3
    rates["final_learning_rate"] = rates["learning_rate"] * np.square(case["factor"])
    *_, last = train(ensemble, dataset, Schedule.of([3]), **rates)
    for member, seed in enumerate(case["seeds"]):
        expected = train_alone(
            alone(ensemble, member),
            seed,
            dataset,
            3,
            batch_size=case["batch_size"],
            lr=rates["learning_rate"][member],
            momentum=rates["momentum"][member],
            weight_decay=rates["weight_decay"][member],
            orthonormality=rates["orthonormality"][member],
            factor=case["factor"][member],
        )
        assert largest_difference(last.ensemble, member, expected) < 1e-10


@pytest.mark.parametrize("beta", [0, [0, 0.005, 0.2]])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-10), (torch.float32, 2e-5)])
def test_twenty_steps_of_the_papers_network(make_dataset, train_alone, dtype, tolerance, beta):
    dataset = make_dataset(10 * 256 - 100, 12)
    ensemble = mlp((12, 10, 7, 5, 4, 3, 2), beta=beta, members=3, dtype=dtype, device="cpu")
    *_, last = train(ensemble, dataset, Schedule.of([2]), learning_rate=0.2, momentum=0.9)
    for member, seed in enumerate(ensemble.seeds):
        network = alone(ensemble, member)
        train_alone(network, seed, dataset, 2, batch_size=256, lr=0.2, momentum=0.9)
        assert largest_difference(last.ensemble, member, network) < tolerance


def test_threads_and_pauses_change_no_bit(monkeypatch, make_dataset):
    dataset = make_dataset(300, 12)
    ensemble = mlp((12, 10, 7, 2), beta=[0, 0.1, 0, 0.2, 0.3], members=5, device="cpu")

    def trained(threads, at_once, schedule):
        monkeypatch.setattr(config, "NUMBA_NUM_THREADS", threads)
        monkeypatch.setattr(compiled, "AT_ONCE", at_once)
        *_, last = train(ensemble, dataset, schedule, learning_rate=0.2, batch_size=64)
        return last.ensemble.state()

    expected = trained(1, 16, Schedule.of([6]))
    for state in (trained(3, 2, Schedule.of([6])), trained(2, 1, Schedule.of([1, 4, 6]))):
        for name, tensor in expected.items():
            assert torch.equal(tensor, state[name])


def test_twins_without_noise_have_the_bits_of_a_noise_free_ensemble(make_dataset):
    dataset = make_dataset(300, 12)

    def trained(beta):
        ensemble = mlp((12, 10, 7, 2), beta=beta, seeds=(4,) * len(beta), device="cpu")
        *_, last = train(ensemble, dataset, Schedule.of([5]), learning_rate=0.2, batch_size=64)
        return last.ensemble.parameters

    mixed, noise_free = trained([0.2, 0, 0.1]), trained([0])
    for name, tensor in noise_free.items():
        assert torch.equal(mixed[name][1], tensor[0])
        assert not torch.equal(mixed[name][0], mixed[name][2])


def test_small_noise_leaves_a_network_near_its_twin(make_dataset):
    """To first order in β twins differ by β times the same direction: they share the draws."""
    ensemble = mlp(
        (12, 8, 2), beta=[0, 1e-4, 2e-4], seeds=(4,) * 3, dtype=torch.float64, device="cpu"
    )
    *_, last = train(ensemble, make_dataset(200, 12), Schedule.of([2]), learning_rate=0.1)
    for tensor in last.ensemble.parameters.values():
        first, second = tensor[1] - tensor[0], tensor[2] - tensor[0]
        assert 1e-7 < first.norm() < 1e-2
        torch.testing.assert_close(second, 2 * first, rtol=0, atol=0.01 * float(first.norm()))


def test_torchs_threads_are_left_alone(make_dataset):
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        snapshots = train(
            mlp((12, 5, 2), members=4), make_dataset(50, 12), Schedule.of([1]), learning_rate=0.1
        )
        assert [len(list(s.activations(np.eye(12)))) for s in snapshots] == [2, 2]
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)
