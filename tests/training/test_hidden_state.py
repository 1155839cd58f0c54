"""State that begins empty, or lies outside the network, and decides over later passes."""

import pytest
import torch
from keeping import ROWS, Network, average, ensemble_of

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.training import Schedule, train
from ib_mlflow.training.rehearsal import rehearse

OUTSIDE: dict[str, torch.Tensor] = {}
GENERATOR = torch.Generator()


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


@pytest.mark.parametrize(
    "way",
    [average_outside, average_of_the_class, drawn_by_another_generator],
    ids=lambda way: way.__name__,
)
def test_state_outside_the_network_is_refused(way, monkeypatch):
    monkeypatch.setattr(Network, "of_all", None)
    OUTSIDE.clear()
    with pytest.raises(InvalidInputError, match=r"same, and other logits.*torch's own generator"):
        rehearse(ensemble_of(way), ROWS)


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
