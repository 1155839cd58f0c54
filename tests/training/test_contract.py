"""Networks of one's own are trained as a plain loop of PyTorch trains them."""

import numpy as np
import pytest
import torch
from contracted import BY_CHANCE, LAYERS, OTHERWISE, SIZE, STOCHASTIC, TABLES, network_of
from torch import nn

from ib_mlflow.data import Dataset
from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks import stack
from ib_mlflow.training import Schedule, train

N, BATCH, EPOCHS = 40, 8, 2  # ten steps
RATES = {"momentum": 0.5, "weight_decay": 0.01}
TWINS = 32


def dataset_of(name):
    generator = np.random.default_rng(0)
    labels = generator.integers(0, 2, N)
    if name in TABLES:
        return Dataset.of(generator.integers(0, 7, (N, 5)), labels)
    return Dataset.of(generator.normal(size=(N, SIZE)), labels)


def trained(name, seeds):
    ensemble = stack(lambda: network_of(name), seeds=seeds, layers=["hidden_layer"], device="cpu")
    schedule = Schedule.of([EPOCHS])
    *_, last = train(
        ensemble, dataset_of(name), schedule, learning_rate=0.1, batch_size=BATCH, **RATES
    )
    return ensemble, last


def test_every_layer_of_torch_is_there():
    kinds = {
        name
        for name, kind in vars(nn).items()
        if isinstance(kind, type) and issubclass(kind, nn.Module)
    }
    kinds -= {name for name in kinds if "Loss" in name or name.startswith("Lazy")}
    known = {*LAYERS, *TABLES, *STOCHASTIC, *BY_CHANCE, *OTHERWISE}
    assert kinds - known == set()
    assert len({*LAYERS, *TABLES, *STOCHASTIC}) > 40


@pytest.mark.parametrize("name", [*LAYERS, *TABLES])
def test_members_learn_as_a_plain_loop_does(name, train_alone):
    seeds = (3, 8)
    before, last = trained(name, seeds)
    state = last.ensemble.state()
    for part in ("frozen.weight", "frozen.bias"):
        assert torch.equal(state[part], before.parameters[part])
    assert not torch.equal(state["last.weight"], before.parameters["last.weight"])
    for index, seed in enumerate(seeds):
        torch.manual_seed(seed)
        network = train_alone(
            network_of(name), seed, dataset_of(name), EPOCHS, batch_size=BATCH, lr=0.1, **RATES
        )
        tensors = dict((*network.named_parameters(), *network.named_buffers()))
        assert tensors.keys() == state.keys()
        for part, tensor in tensors.items():
            torch.testing.assert_close(state[part][index], tensor.detach(), rtol=0, atol=1e-9)


@pytest.mark.parametrize("name", STOCHASTIC)
def test_stochastic_layers_learn_so_on_average(name, train_alone):
    """Twins start alike and see the same batches; what torch draws differs between them."""
    _, last = trained(name, [3] * TWINS)
    alone = []
    for twin in range(TWINS):
        torch.manual_seed(3)
        network = network_of(name)
        torch.manual_seed(1000 + twin)
        network = train_alone(
            network, 3, dataset_of(name), EPOCHS, batch_size=BATCH, lr=0.1, **RATES
        )
        alone.append(network.last.weight.detach().numpy())
    mine, theirs = last.ensemble.parameters["last.weight"].numpy(), np.stack(alone)
    assert len(np.unique(mine, axis=0)) == TWINS
    directions = np.random.default_rng(1).normal(size=(3, *mine.shape[1:]))
    for direction in directions:
        one, other = ((weights * direction).sum((1, 2)) for weights in (mine, theirs))
        error = np.hypot(one.std(ddof=1), other.std(ddof=1)) / np.sqrt(TWINS)
        assert abs(one.mean() - other.mean()) < 4 * error


@pytest.mark.parametrize("name", BY_CHANCE)
def test_layers_that_draw_in_evaluation_are_refused(name):
    with pytest.raises(InvalidInputError, match=rf"'layer', {name}, .*from pass to pass"):
        trained(name, (0, 1))
