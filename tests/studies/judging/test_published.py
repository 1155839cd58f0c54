"""A paper's number: the same, another one, or not known."""

import numpy as np
import pytest

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.studies.judging.published import Published, reproduces

REPEATS = 500


def shares(draw, paper, **options):
    """How often each verdict is given, over draws of eight to twenty networks."""
    generator = np.random.default_rng(0)
    verdicts = [
        reproduces(draw(generator), paper(generator), **options).verdict for _ in range(REPEATS)
    ]
    return {of: np.mean([verdict == of for verdict in verdicts]) for of in set(verdicts)}


def at_most(share):
    return share + 4 * np.sqrt(share * (1 - share) / REPEATS)


def test_a_network_of_the_same_kind_is_seldom_said_to_be_another():
    found = shares(lambda g: g.normal(0.9, 0.02, 8), lambda g: Published(g.normal(0.9, 0.02), 9))
    assert found.get("disagrees", 0) <= at_most(0.05)


def test_a_paper_that_rounds_is_not_another_paper():
    found = shares(
        lambda g: g.normal(0.9, 0.002, 8),
        lambda g: Published(round(float(g.normal(0.9, 0.002)), 2), 2),
        margin=0.001,
    )
    assert found.get("disagrees", 0) <= at_most(0.05)


@pytest.mark.parametrize(("gap", "most_", "least"), [(0, 1, 0.9), (0.012, 0.025, 0)])
def test_what_is_beyond_the_margin_is_seldom_said_to_be_the_same(gap, most_, least):
    found = shares(lambda g: g.normal(0.9 + gap, 0.01, 20), lambda _: Published(0.9, 9))
    assert least <= found.get("agrees", 0) <= at_most(most_)


@pytest.mark.parametrize(("gap", "most_", "least"), [(0.0, 0.05, 0), (2.0, 1, 0.9)])
def test_a_mean_of_eight_is_held_against_a_mean(gap, most_, least):
    """Two standard deviations of a network between two means of eight."""

    def paper(generator):
        numbers = generator.normal(gap, 1, 8)
        return Published(float(numbers.mean()), 9, float(numbers.std(ddof=1)), 8)

    found = shares(lambda g: g.normal(0, 1, 8), paper)
    assert least <= found.get("disagrees", 0) <= at_most(most_)


def test_one_stuck_network_does_not_make_everything_agree():
    values = [0.95] * 7 + [0.5]
    for paper in (0.5, 0.7, 0.94, 1.2):
        assert reproduces(values, paper).verdict == "undecided"


def test_copies_of_one_network_are_no_sample():
    for value, paper in ((0.946, 0.946), (0.94628, 0.946), (0.5, 0.946)):
        for rows in (None, 819):
            judged = reproduces([value] * 20, paper, rows=rows)
            assert (judged.verdict, judged.p_value) == ("undecided", None)
    barely = 0.5 + 1e-4 * np.arange(20)
    assert reproduces(barely, 0.5).verdict == "agrees"
    assert reproduces(barely, 0.946).verdict == "disagrees"


def test_a_last_zero_that_a_number_does_not_show_makes_nothing_the_same():
    values = 0.94 + 0.001 * np.arange(-4, 5)
    assert reproduces(values, 0.9).verdict == "disagrees"
    assert reproduces(values, Published(0.9, decimals=1)).verdict == "undecided"


def test_few_or_diverged_networks_leave_it_open():
    assert reproduces([0.9] * 4, 0.9).verdict == "undecided"
    assert reproduces([0.9, 0.91, 0.92, 0.9, 0.9, np.nan], 0.5).verdict == "undecided"


def test_another_split_is_not_another_network():
    """One network each, alike, on 819 rows of their own: without these most would disagree."""
    generator = np.random.default_rng(3)
    wrong = {None: 0, 819: 0}
    for _ in range(REPEATS):
        ours, theirs = generator.binomial(819, 0.95, 2) / 819
        networks = ours + 0.002 * generator.normal(size=20)
        for rows in wrong:
            judged = reproduces(networks, Published(theirs, 9), margin=0.001, rows=rows)
            wrong[rows] += judged.verdict == "disagrees"
    assert wrong[819] / REPEATS <= at_most(0.05)
    assert wrong[None] / REPEATS > 0.3


def test_the_test_rows_make_agreement_harder():
    values = 0.9 + 1e-4 * np.arange(8)
    assert reproduces(values, 0.9).verdict == "agrees"
    assert reproduces(values, 0.9, rows=500).verdict == "undecided"


@pytest.mark.parametrize("given", [{"deviation": 1.0}, {"members": 8}])
def test_a_mean_without_its_spread_is_refused(given):
    with pytest.raises(InvalidInputError, match="or neither"):
        Published(1.0, **given)
