"""What is trained next, and the refusals of the study of pruning."""

from types import SimpleNamespace

import pytest

from ib_mlflow.errors import ConfigurationError
from projects.planes.pruned_networks import big_networks, random_removals
from projects.planes.stops import LAYERS, PRUNINGS
from projects.registry import load_study


def parsed(*words):
    return load_study("pruning").configuration.parse(["--scale", "toy", *words])


def test_the_big_network_is_doubled_by_layers_as_wide_as_the_last():
    szt, digits = big_networks(parsed())
    assert szt.units == (10, 7, 5, 4, 3, 3, 3, 3, 3, 3)
    assert digits.units == (32, 24, 16, 12, 8, 8, 8, 8, 8, 8)
    assert (szt.name, digits.name) == ("szt tanh", "digits tanh")
    assert (szt.spec.descent.batch_size, digits.spec.descent.batch_size) == (256, 64)
    assert (szt.spec.schedule.last, digits.spec.schedule.last) == (20, 4)
    assert szt.spec.every_epoch
    assert digits.task.measured is digits.task.train_set


def test_a_pruned_network_is_the_last_one_without_its_similar_layers():
    big = big_networks(parsed())[0]
    last = SimpleNamespace(layers=(1, 2, 4, 5, 9), removable=(5, 9), prunings=2)
    spec = big.pruned(last)
    (group,) = spec.groups
    assert spec.name == group.name == "szt tanh, 3rd pruning"
    assert (group.parameters[LAYERS], group.parameters[PRUNINGS]) == ("1-2-4", 3)
    assert spec.build.args[0] == (12, 10, 7, 4, 2)
    assert group.seeds == big.spec.groups[0].seeds
    assert big.pruned(SimpleNamespace(**(vars(last) | {"prunings": 3}))).name.endswith(
        "4th pruning"
    )


def test_random_networks_have_as_many_layers_and_no_two_are_the_same():
    units, pruned = (10, 7, 5, 4, 3, 3, 3), (1, 2, 3, 4)
    removals = random_removals(units, pruned, 5, seed=0)
    widths = [tuple(units[layer - 1] for layer in kept) for kept in removals]
    assert len(set(widths)) == 5
    assert all(len(kept) == 4 and kept == tuple(sorted(set(kept))) for kept in removals)
    assert (10, 7, 5, 4) not in widths
    assert random_removals(units, pruned, 5, seed=0) == removals
    assert random_removals(units, pruned, 5, seed=1) != removals
    assert random_removals((3, 3, 3), (1, 2), 5, seed=0) == [], "all removals are the same"
    assert random_removals(units, pruned, 0, seed=0) == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--hidden", "5", "--added", "0"], r"added: one layer \(hidden\) leaves nothing to prune"),
        (["--wide", "5", "--added", "0"], r"added: one layer \(wide\) leaves nothing to prune"),
        (["--patience", "0"], "patience: Input should be greater than or equal to 1"),
        (["--error", "0.1"], "error: 4 members cannot tell an error rate below 1 / 4"),
        (["--error", "1"], "error: Input should be less than 1"),
        (["--images", "25"], "images: Input should be a multiple of 10"),
        (["--least_improvement", "-1"], "least_improvement: Input should be greater"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(words, message):
    with pytest.raises(ConfigurationError, match=message) as refused:
        parsed(*words)
    assert "\n" not in str(refused.value)


def test_one_hidden_layer_can_be_pruned_if_others_are_added():
    assert big_networks(parsed("--hidden", "5", "--added", "1"))[0].units == (5, 5)
