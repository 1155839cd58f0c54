"""State that begins empty, and changes no later pass."""

from collections import deque

import numpy as np
import pytest
import torch
from keeping import ROWS, Network, ensemble_of
from torch import nn

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks import stack
from ib_mlflow.training import Schedule, train
from ib_mlflow.training.rehearsal import rehearse


def positions(network, hidden):
    if network.kept is None:
        network.kept = torch.arange(hidden.shape[-1], device=hidden.device) / 10
    return hidden + network.kept


def by_shape(network, hidden):
    key = hidden.shape[-1]
    if key not in network.kept:
        network.kept[key] = hidden.new_ones(key).cumsum(0)
    return hidden * network.kept[key]


def by_weights_that_rest(network, hidden):
    if network.kept is None:
        network.kept = network.resting.detach().abs().mean()
    with torch.no_grad():
        shift = network.resting.sum()
    return hidden * network.kept + shift


def record(network, hidden):
    network.kept.append(hidden.detach())
    return hidden


def dropped(network, hidden):
    network.kept.append(float(len(network.kept)))
    return nn.functional.dropout(hidden, 0.5, network.training)


def not_a_number(network, hidden):
    network.kept.append(1)
    return hidden * float("nan")


@pytest.mark.parametrize(
    ("way", "kept"),
    [
        (positions, {"kept": None}),
        (by_shape, {"kept": {}}),
        (by_weights_that_rest, {"kept": None, "resting": nn.Parameter(torch.ones(4))}),
        (
            by_weights_that_rest,
            {"kept": None, "resting": nn.Parameter(torch.ones(4), requires_grad=False)},
        ),
        (record, {"kept": []}),
        (record, {"kept": deque()}),
        (dropped, {"kept": []}),
        (not_a_number, {"kept": []}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_began_empty_and_changes_nothing_is_let_be(way, kept):
    before = torch.random.get_rng_state()
    rehearse(ensemble_of(way, **kept), ROWS)
    assert torch.equal(before, torch.random.get_rng_state())


@pytest.mark.parametrize("rows", [1, 2, 8])
def test_batch_statistics_and_caches_go_together(rows):
    def factory():
        norm = nn.BatchNorm1d(3) if rows > 1 else nn.Identity()
        return nn.Sequential(norm, Network(positions, kept=None))

    rehearse(stack(factory, seeds=(0, 1), layers=[], device="cpu"), ROWS[:rows])


def picky(network, hidden):
    if not network.last.weight.abs().max() < 0.9:
        raise ValueError("weights must be small")
    network.kept.append(1)
    return hidden


def test_weights_that_no_network_takes_are_not_held_against_it():
    ensemble = ensemble_of(picky, kept=[])
    largest = float(ensemble.parameters["last.weight"][0].abs().max())
    with torch.no_grad():
        ensemble.parameters["last.weight"].mul_(0.899 / largest)
    rehearse(ensemble, ROWS)


def grows(network, hidden):
    network.kept = np.zeros(()) if network.kept is None else network.kept
    return hidden


def test_an_array_of_no_axes_is_a_number():
    rehearse(ensemble_of(grows, kept=None), ROWS)
    with pytest.raises(InvalidInputError, match=r"a pass that changes kept \(ndarray\)"):
        rehearse(ensemble_of(counts_in_place, kept=np.zeros(())), ROWS)


def counts_in_place(network, hidden):
    network.kept = network.kept + 1
    return hidden


def test_a_cache_trains_as_a_plain_loop(make_dataset):
    dataset = make_dataset(20, 3)
    cached, plain = ensemble_of(by_shape, kept={}), ensemble_of(lambda _, hidden: hidden)
    scaled = ensemble_of(lambda _, hidden: hidden * torch.arange(1.0, 5.0))
    ends = [
        list(train(each, dataset, Schedule.of([3]), learning_rate=0.1, batch_size=7))[-1]
        for each in (cached, plain, scaled)
    ]
    logits = [end.ensemble.logits(torch.from_numpy(dataset.features())) for end in ends]
    assert np.allclose(logits[0], logits[2], atol=1e-6)
    assert not np.allclose(logits[0], logits[1], atol=1e-3)
