import numpy as np
import pytest
import torch
from torch import nn

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks import GaussianNoise, stack
from ib_mlflow.training import Schedule, train
from ib_mlflow.training.rehearsal import rehearse

ROWS = torch.rand(8, 3, generator=torch.Generator().manual_seed(0))


class Changing(nn.Module):
    """A network that does something to itself in training."""

    def __init__(self, change, **start):
        super().__init__()
        self.last, self.change = nn.Linear(3, 2), change
        for name, value in start.items():
            if name.startswith("buffer"):
                self.register_buffer(name, value)
            else:
                setattr(self, name, value)

    def forward(self, inputs):
        output = self.last(inputs)
        changed = self.change(self, output) if self.training else None
        return output if changed is None else changed


def ensemble_of(change, **start):
    def factory():
        return Changing(change, **start)

    return stack(factory, seeds=(0, 1), layers=[], device="cpu")


def count(network, output):
    network.steps += 1


def remember(network, output):
    network.last_output = output
    network.cache["output"] = output


def average(network, output):
    network.buffer = 0.9 * network.buffer + output.detach().mean(0)


def draw(network, output):
    network.generator.normal()


@pytest.mark.parametrize("steps", [0, 3.0, torch.tensor(2)])
def test_state_that_no_member_keeps_is_refused(make_dataset, steps):
    ensemble = ensemble_of(count, steps=steps)
    with pytest.raises(
        InvalidInputError, match=r"a pass that changes steps .*register it as a buffer"
    ):
        train(ensemble, make_dataset(20, 3), Schedule.of([1]), learning_rate=0.1)


def test_generators_of_a_networks_own_are_refused():
    with pytest.raises(InvalidInputError, match=r"generator .*Draw from torch's own generator"):
        rehearse(ensemble_of(draw, generator=np.random.default_rng(0)), ROWS)


def test_caches_and_buffers_are_not():
    rehearse(ensemble_of(remember, last_output=None, cache={}), ROWS)
    rehearse(ensemble_of(average, buffer=torch.zeros(2)), ROWS)


@pytest.mark.parametrize("start", [torch.zeros(()), torch.zeros(2, dtype=torch.int64), None])
def test_a_buffer_keeps_its_shape_and_type(start):
    def become(network, output):
        network.buffer = output.detach().mean(0)

    with pytest.raises(
        InvalidInputError, match=r"buffer, registered as .*, then \(2,\) of torch.f"
    ):
        rehearse(ensemble_of(become, buffer=start), ROWS)


@pytest.mark.parametrize(
    ("output", "message"),
    [
        (lambda logits: (logits, logits), "received a tuple"),
        (lambda logits: {"logits": logits}, "received a dict"),
        (lambda logits: logits[None], r"output \(1, 8, 2\)"),
    ],
)
def test_what_is_put_out_in_training_is_logits(output, message):
    ensemble = ensemble_of(lambda _, logits: output(logits))
    assert ensemble.logits(ROWS).shape == (2, 8, 2)
    with pytest.raises(InvalidInputError, match=message):
        rehearse(ensemble, ROWS)


def test_nothing_is_changed_and_nothing_drawn():
    def factory():
        return nn.Sequential(
            nn.Linear(3, 4), nn.BatchNorm1d(4), GaussianNoise(0.1), nn.Dropout(), nn.Linear(4, 2)
        )

    ensemble = stack(factory, seeds=(0, 1), layers=[], device="cpu")
    before, generator = ensemble.state(), torch.random.get_rng_state()
    rehearse(ensemble, ROWS)
    assert all(torch.equal(before[name], tensor) for name, tensor in ensemble.state().items())
    assert torch.equal(generator, torch.random.get_rng_state())


def test_sparse_gradients_are_refused_by_name():
    def factory():
        layers = nn.Embedding(7, 4, sparse=True), nn.Flatten(), nn.Linear(12, 2)
        return nn.Sequential(*layers)

    ensemble = stack(factory, seeds=(0, 1), layers=[], device="cpu")
    with pytest.raises(InvalidInputError, match=r"parameter 0\.weight, .*Leave out sparse=True"):
        rehearse(ensemble, torch.zeros(5, 3, dtype=torch.int64))
