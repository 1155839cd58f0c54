import numpy as np
import pandas as pd
import pytest

from ib_mlflow.studies.judging.coincidences import (
    Coincidence,
    coincide,
    keep_apart,
    more_than_by_chance,
)
from ib_mlflow.studies.judging.intervals import Interval, share
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


@pytest.mark.parametrize("untold", range(9))
@pytest.mark.parametrize("held", range(13))
def test_networks_of_which_it_is_not_told_are_counted_as_whatever_is_against_the_verdict(
    held, untold
):
    """By the verdicts of all that they may be."""
    told = 12
    of = Coincidence(share(np.arange(told) < held), 0.1, 0.001, told + untold, untold=untold)
    every = [counted(held + more, told + untold) for more in range(untold + 1)]
    assert of.most == all(each.most for each in every)
    assert of.few == all(each.few for each in every)
    both_sides = len({np.sign(each.share.value - 0.5) for each in every}) > 1
    largest = 1.0 if both_sides else max(each.p_of_half for each in every)
    assert of.p_of_half == pytest.approx(largest)


def test_words_say_of_how_many_networks_it_is_not_told():
    some = Coincidence(Interval(0.5, 0.2, 0.9), 0.1, 0.5, 14, untold=4, without=3)
    text = text_of(some.words)
    assert text.startswith(
        "In 5 of 10 networks, a share of 0.50 [0.20, 0.90]; of 4 more the measured "
    )
    assert "3 are not seen to turn" in text
    none = Coincidence(Interval(np.nan, 0.0, 1.0), np.nan, 1.0, 14, untold=14)
    assert text_of(none.words) == "The measured epochs do not tell of any of 14 networks."
    for judge in (coincide, keep_apart, more_than_by_chance):
        assert judge(none).verdict == "undecided"


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
