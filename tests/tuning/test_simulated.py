"""How often the searches of `tune` are wrong, and how far from the best they end."""

import math

import pytest
from simulated import NETWORKS, TRIALS, Way, plain_regret, simulations

from ib_mlflow.tuning import open_storage

SHARE = 0.6
"""Of plain TPE's trainings that ours may take."""
DECIDING = Way(trials=20, members=2, deciding=56)
WAYS = {
    "deciding": DECIDING,
    "racing": Way(trials=14, members=8, deciding=12, race=4),
    "enough": Way(trials=32, members=5, deciding=20, batch=8, enough=True),
}


@pytest.fixture
def storage(storage_uri):
    return open_storage(storage_uri)


def check(found):
    """At most 5 % and three Monte Carlo errors are wrong."""
    wrong = sum(each.wrong for each in found) / len(found)
    assert wrong <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / len(found))


def test_few_studies_in_which_networks_decide(storage):
    way = Way(trials=6, members=3, deciding=4)
    found = simulations(storage, way, 4)
    check(found)
    assert {each.trained for each in found} == {6 * 3 + 4}


def test_few_studies_that_race(storage):
    way = Way(trials=6, members=8, deciding=4, race=4, batch=2)
    found = simulations(storage, way, 4)
    check(found)
    trained = [each.trained for each in found]
    # A point takes four networks or eight; with noise of half the range few are told to be worse.
    assert all(6 * 4 + 4 <= count <= 6 * 8 + 4 and count % 4 == 0 for count in trained)
    assert sum(count < 6 * 8 for count in trained) >= 2


@pytest.mark.slow
@pytest.mark.parametrize("name", WAYS)
def test_two_hundred_simulated_studies_are_rarely_wrong(storage, name):
    found = simulations(storage, WAYS[name], 200)
    check(found)
    if WAYS[name].members > 4:  # of two networks a point next to nothing is told apart
        assert sum(each.claims for each in found) > 0
    if WAYS[name] is DECIDING:
        assert all(each.trained <= SHARE * TRIALS * NETWORKS for each in found)
        plain = [plain_regret(each.formula) for each in found]
        assert sum(each.regret for each in found) <= sum(plain)
