"""Noisy groups by their names, whatever the order in which they stand."""

from itertools import permutations
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from ib_mlflow.information import Binned
from ib_mlflow.studies.checkpoints.distances import Clusters
from ib_mlflow.studies.running.groups import Condition
from ib_mlflow.units import text_of
from projects.noise.claims import compresses, compresses_more, is_followed_by_bins
from projects.noise.readings import NoiseReadings, NoisyGroup

CONDITIONS = (Condition(0.01), Condition(0.01, 5e-5), Condition(0.1), Condition(0.1, 0.001))


def losing(condition, seed):
    """Curves of two layers whose last one loses what tells condition and seed."""
    lost = 20 * condition.beta + 1000 * condition.orthonormality + seed / 64
    return np.array([[6.0, 1.0], *[[6.0, 5.0]] * 3, [6.0, 5.0 - lost]])


def readings_of(*ensembles):
    groups = [
        NoisyGroup(group, Clusters(group.members, (), pd.DataFrame(), pd.DataFrame(), {}))
        for trained in ensembles
        for group in trained.groups
    ]
    return NoiseReadings(SimpleNamespace(groups=[]), groups)


@pytest.fixture
def readings(trained_of):
    return readings_of(
        trained_of(CONDITIONS, losing), trained_of(CONDITIONS[1:3], losing, activation="relu")
    )


def names(groups):
    return [group.name for group in groups]


def test_groups_are_called_by_activation_noise_and_weights(readings):
    assert names(readings.all_of("tanh")) == [
        "tanh, beta=0.01",
        "tanh, beta=0.01, orthonormal",
        "tanh, beta=0.1",
        "tanh, beta=0.1, orthonormality=0.001",
    ]
    runs = [group.group.name for group in readings.groups]
    assert names(readings.groups) == runs, "claims speak of the child runs by their names"
    assert readings.activations == ["tanh", "relu"]


def test_groups_are_asked_for_by_weights_activation_and_noise(readings):
    assert names(readings.free()) == ["tanh, beta=0.01", "tanh, beta=0.1", "relu, beta=0.1"]
    assert names(readings.free("tanh", 0.1)) == ["tanh, beta=0.1"]
    assert names(readings.regularised("relu")) == ["relu, beta=0.01, orthonormal"]
    assert names(readings.free("linear")) == []
    assert names(readings.least_noisy) == ["tanh, beta=0.01", "relu, beta=0.1"]
    assert [names(pair) for pair in readings.noises] == [["tanh, beta=0.01", "tanh, beta=0.1"]]


def test_regularised_groups_stand_beside_the_free_ones_of_their_noise(readings):
    pairs = [(pair.free.name, pair.regularised.name) for pair in readings.regularisations()]
    assert pairs == [
        ("tanh, beta=0.01", "tanh, beta=0.01, orthonormal"),
        ("tanh, beta=0.1", "tanh, beta=0.1, orthonormality=0.001"),
    ]
    assert readings.regularisations("relu") == []
    assert len(readings.regularisations("tanh", 0.1)) == 1


def test_several_strengths_are_each_compared_with_free_weights(trained_of):
    strengths = (Condition(0.1), Condition(0.1, 5e-5), Condition(0.1, 0.001))
    readings = readings_of(trained_of(strengths, losing))
    weights = [pair.regularised.weights for pair in readings.regularisations()]
    assert weights == ["orthonormal weights", "weights with orthonormality=0.001"]


def test_one_noise_is_not_compared_with_itself(trained_of):
    assert readings_of(trained_of(CONDITIONS[:2], losing)).noises == []


def judgements(readings):
    """What is said of every group and pair, by its name."""
    judged = {group.name: compresses(group) for group in readings.groups}
    judged |= {f"{group.name} binned": is_followed_by_bins(group) for group in readings.groups}
    for pair in readings.regularisations():
        judged[pair.free.name, pair.regularised.name] = compresses_more(pair.free, pair.regularised)
    (noises,) = readings.noises
    judged["noises"] = compresses_more(*noises)
    return {name: (each.verdict, text_of(each.words)) for name, each in judged.items()}


def binned(condition, seed):
    return losing(condition, seed) * (1 - seed / 100)


@pytest.mark.parametrize("conditions", [*permutations(CONDITIONS)][5::6])
@pytest.mark.parametrize("seeds", [(0, 1, 2, 3), (2, 0, 3, 1)])
def test_each_number_is_found_under_its_own_name_in_any_order(trained_of, conditions, seeds):
    usual = readings_of(trained_of(CONDITIONS, losing, binned=binned, seeds=(0, 1, 2, 3)))
    moved = readings_of(trained_of(conditions, losing, binned=binned, seeds=seeds))
    assert judgements(moved) == judgements(usual)


def test_a_group_has_the_losses_of_its_condition_seed_by_seed(trained_of):
    readings = readings_of(trained_of(CONDITIONS[::-1], losing, seeds=(2, 0, 1)))
    for group in readings.groups:
        lost = group.changes[0].lost
        expected = [5 - losing(group.condition, seed)[-1, 1] for seed in (0, 1, 2)]
        np.testing.assert_allclose(lost, expected)
        bins = Binned(bin_size=10 * group.condition.beta)
        assert set(group.binned.frame["setting"]) == {bins.setting}
        assert group.deepest == 2
