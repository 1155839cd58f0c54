"""State that begins empty, or lies outside the network: harmless, or another network's training."""

from collections import deque

import numpy as np
import pytest
import torch
from torch import nn

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks import stack
from ib_mlflow.training import Schedule, train
from ib_mlflow.training.rehearsal import rehearse

ROWS = torch.rand(8, 3, generator=torch.Generator().manual_seed(0))
OUTSIDE: dict[str, torch.Tensor] = {}
GENERATOR = torch.Generator()


class Network(nn.Module):
    """A network whose way of using what it keeps is given."""

    of_all: torch.Tensor | None = None

    def __init__(self, way, **kept):
        super().__init__()
        self.first, self.last, self.way = nn.Linear(3, 4), nn.Linear(4, 2), way
        for name, value in kept.items():
            setattr(self, name, value)

    def forward(self, inputs):
        return self.last(self.way(self, torch.tanh(self.first(inputs))))


def ensemble_of(way, **kept):
    return stack(lambda: Network(way, **kept), seeds=(0, 1), layers=[], device="cpu")


def average(network, hidden):
    if network.training:
        mean = hidden.detach().mean()
        network.kept = mean if network.kept is None else 0.5 * network.kept + 0.5 * mean
    return hidden if network.kept is None else hidden - network.kept


def average_of_list(network, hidden):
    if network.training:
        network.kept.append(hidden.detach().mean())
    return hidden - sum(network.kept) / max(len(network.kept), 1)


def average_by_name(network, hidden):
    if network.training:
        network.kept["mean"] = 0.5 * network.kept.get("mean", 1) + 0.5 * hidden.detach().mean()
    return hidden - network.kept.get("mean", 0)


def average_that_was_not_there(network, hidden):
    network.kept = getattr(network, "kept", None)
    return average(network, hidden)


def first_batch_decides(network, hidden):
    if network.kept is None and network.training:
        network.kept = hidden.detach().std()
    return hidden if network.kept is None else hidden / network.kept


def first_weights_decide(network, hidden):
    if network.kept is None:
        network.kept = network.last.weight.detach().abs().mean()
    return hidden * network.kept


def second_half_of_passes(network, hidden):
    network.kept = "second" if network.kept == "first" else "first"
    return hidden if network.kept == "first" else -hidden


def last_batch_in_evaluation(network, hidden):
    if network.training:
        network.kept = (hidden.detach().mean(),)
    return hidden if network.training or not network.kept else hidden - network.kept[0]


def only_once_trained(network, hidden):
    if network.training:
        network.kept = hidden.detach().mean()
        return hidden
    return hidden - network.kept


FOLLOWED = [
    (average, {"kept": None}),
    (average_of_list, {"kept": []}),
    (average_by_name, {"kept": {}}),
    (average_that_was_not_there, {}),
    (first_batch_decides, {"kept": None}),
    (first_weights_decide, {"kept": None}),
    (second_half_of_passes, {"kept": ""}),
    (last_batch_in_evaluation, {"kept": ()}),
]


@pytest.mark.parametrize(("way", "kept"), FOLLOWED, ids=[way.__name__ for way, _ in FOLLOWED])
def test_what_began_empty_and_is_followed_is_refused_by_name(make_dataset, way, kept):
    ensemble = ensemble_of(way, **kept)
    with pytest.raises(InvalidInputError, match=r"kept \(\w+\), empty at first.*register it as a"):
        train(ensemble, make_dataset(20, 3), Schedule.of([1]), learning_rate=0.1)


def test_evaluation_that_needs_training_first_is_refused_by_name():
    with pytest.raises(InvalidInputError, match=r"kept \(Tensor\), empty at first, .*evaluation"):
        rehearse(ensemble_of(only_once_trained, kept=None), ROWS)


def average_outside(network, hidden):
    mean = hidden.detach().mean()
    OUTSIDE["mean"] = 0.5 * OUTSIDE.get("mean", mean) + 0.5 * mean
    return hidden - OUTSIDE["mean"]


def average_of_the_class(network, hidden):
    mean = hidden.detach().mean()
    Network.of_all = mean if Network.of_all is None else 0.5 * Network.of_all + 0.5 * mean
    return hidden - Network.of_all


def drawn_by_another_generator(network, hidden):
    return hidden * torch.rand(4, generator=GENERATOR)


def drawn_by_numpy(network, hidden):
    return hidden * float(np.random.rand())  # noqa: NPY002


@pytest.mark.parametrize(
    "way",
    [average_outside, average_of_the_class, drawn_by_another_generator, drawn_by_numpy],
    ids=lambda way: way.__name__,
)
def test_state_outside_the_network_is_refused(way, monkeypatch):
    monkeypatch.setattr(Network, "of_all", None)
    OUTSIDE.clear()
    with pytest.raises(InvalidInputError, match=r"same, and other logits.*torch's own generator"):
        rehearse(ensemble_of(way), ROWS)


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


def test_a_large_offset_of_all_logits_hides_nothing():
    def shifted(network, hidden):
        return average(network, hidden)

    ensemble = ensemble_of(shifted, kept=None)
    ensemble.parameters["last.bias"].data.add_(1e3)
    with pytest.raises(InvalidInputError, match="empty at first"):
        rehearse(ensemble, ROWS)


def test_memory_that_runs_out_is_said_as_such(monkeypatch):
    def full(network, hidden):
        if OUTSIDE:
            raise torch.OutOfMemoryError("full")
        OUTSIDE["passed"] = hidden
        return hidden

    OUTSIDE.clear()
    with pytest.raises(torch.OutOfMemoryError):
        rehearse(ensemble_of(full), ROWS)


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
