"""How often the searches of `tune` are wrong, and how far from the best they end."""

import math

import pytest
from simulated import NETWORKS, TRIALS, Way, simulations

from ib_mlflow.tuning import open_storage

SHARE = 0.6
"""Of plain TPE's trainings that ours may take."""
DECIDING = Way(trials=20, members=2, deciding=56)
WAYS = {
    "deciding": DECIDING,
    "racing": Way(trials=14, members=8, deciding=12, race=4),
    "enough": Way(trials=32, members=2, deciding=28, batch=8, enough=True),
}


@pytest.fixture
def storage(storage_uri):
    return open_storage(storage_uri)


def check(found):
    """At most 5 % and three Monte Carlo errors are wrong, and something is told apart."""
    wrong = sum(each.wrong for each in found) / len(found)
    assert wrong <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / len(found))
    assert sum(each.claims for each in found) > 0


def test_few_studies_in_which_networks_decide(storage):
    way = Way(trials=8, members=3, deciding=6)
    found = simulations(storage, way, 6)
    check(found)
    assert {each.trainings * TRIALS * NETWORKS for each in found} == {8 * 3 + 6}


def test_few_studies_that_race(storage):
    way = Way(trials=8, members=8, deciding=6, race=4, batch=2)
    found = simulations(storage, way, 6)
    check(found)
    trained = [round(each.trainings * TRIALS * NETWORKS) for each in found]
    # A point takes four networks or eight; with noise of half the range few are told to be worse.
    assert all(8 * 4 + 6 <= count <= 8 * 8 + 6 and (count - 6) % 4 == 0 for count in trained)
    assert sum(count < 8 * 8 for count in trained) >= 4


@pytest.mark.slow
@pytest.mark.parametrize("name", WAYS)
def test_two_hundred_simulated_studies_are_rarely_wrong(storage, name):
    found = simulations(storage, WAYS[name], 200)
    check(found)
    assert sum(each.trainings for each in found) / len(found) <= SHARE
    if WAYS[name] is DECIDING:
        assert sum(each.ours for each in found) <= sum(each.plain for each in found)
