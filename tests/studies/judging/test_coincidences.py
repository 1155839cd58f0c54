import numpy as np
import pandas as pd
import pytest

from ib_mlflow.studies.judging.coincidences import (
    Coincidence,
    coincide,
    keep_apart,
    more_than_by_chance,
)
from ib_mlflow.studies.judging.intervals import share
from ib_mlflow.trajectory import at_the_turn
from ib_mlflow.units import text_of


def counted(holds, members=40, p_value=0.001):
    flags = np.arange(members) < holds
    return Coincidence(share(flags), 0.1, p_value, members)


@pytest.mark.parametrize(
    ("of", "together", "apart", "connected"),
    [
        (counted(36), "agrees", "disagrees", "agrees"),
        (counted(36, p_value=0.9), "undecided", "disagrees", "undecided"),  # all at one time
        (counted(20), "undecided", "disagrees", "agrees"),
        (counted(20, p_value=0.2), "undecided", "undecided", "undecided"),
        (counted(8), "disagrees", "disagrees", "agrees"),  # seldom, but not by chance
        (counted(2, p_value=0.4), "disagrees", "agrees", "undecided"),
    ],
)
def test_a_share_is_held_against_one_half_and_against_chance(of, together, apart, connected):
    verdicts = [judge(of).verdict for judge in (coincide, keep_apart, more_than_by_chance)]
    assert verdicts == [together, apart, connected]


def table(stops, turns):
    members = np.arange(len(stops))
    curves = {"member": members, "layer": 1, "estimator": "exact", "setting": "", "turns": True}
    of = pd.DataFrame({**curves, "epoch": turns, "last_epoch": turns, "before": 1, "after": 9999})
    return at_the_turn(pd.DataFrame({"member": members, "epoch": stops}), of)


def test_without_any_network_nothing_is_said():
    stops = pd.array([pd.NA, pd.NA], dtype="Int64")
    of = Coincidence.of(table(stops, [10, 20]).iloc[0])
    for judge in (coincide, keep_apart, more_than_by_chance):
        judgement = judge(of)
        assert judgement.verdict == "undecided"
        assert text_of(judgement.words) == "No network is left."


def test_stops_that_have_nothing_to_do_with_the_turns_are_rarely_said_to():
    generator = np.random.default_rng(0)
    wrong = 0
    for _ in range(200):
        stops, turns = np.exp(generator.uniform(2, 6, (2, 30))).round().astype(int)
        of = Coincidence.of(table(stops, turns).iloc[0])
        assert coincide(of).verdict == "disagrees"
        wrong += more_than_by_chance(of).verdict == "agrees"
    assert wrong <= 10  # of 200, where 5 are nominal


def test_stops_at_the_turn_of_each_network_are_told_from_those_at_one_time():
    turns = np.round(np.geomspace(20, 2000, 30)).astype(int)
    each, alike = (Coincidence.of(table(turns, of).iloc[0]) for of in (turns, np.full(30, 200)))
    assert coincide(each).verdict == "agrees"
    assert keep_apart(each).verdict == "disagrees"
    assert coincide(alike).verdict == "disagrees"
    together = Coincidence.of(table(np.full(30, 210), np.full(30, 200)).iloc[0])
    assert coincide(together).verdict == "undecided"
