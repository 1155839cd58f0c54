"""Every threshold that a report prints with half and twice is asked at both, but for a few."""

import numpy as np
import pytest
from sources import asked_once

from ib_mlflow.studies.judging import margins
from ib_mlflow.studies.judging.asking import AS_THEY_ARE, OF_EPOCHS, SHORT_OF_ONE, asked_at
from ib_mlflow.studies.judging.asking import asked_in_words as in_words
from ib_mlflow.studies.judging.judgements import steady
from ib_mlflow.studies.judging.margins import ABOUT_EPOCH, FITTED_LABELS, SETTLED
from ib_mlflow.studies.judging.published import Published, reproduces
from ib_mlflow.studies.judging.reach import functions_of
from ib_mlflow.studies.judging.shares import in_some, most_within, sometimes
from ib_mlflow.studies.judging.thresholds import NEAR
from ib_mlflow.studies.judging.verdicts import most
from ib_mlflow.units import nats, text_of
from projects.registry import STUDIES, load_study

ONCE = {
    "kept_up: NEAR": "how many layers end with nothing is only in its words",
    "drifts: NEAR": "how many layers have drifted is only in its words",
    "overtrains: NEAR": "how many networks fall by more is only in its words",
    "approaches: NEAR": "it only leaves verdicts open",
    "_ratio_rests: BIAS_RATIO": "it only leaves verdicts open",
    "fine_power: beyond": "its judge gives another number",
}
"""What is used once on purpose."""


def test_every_judge_asks_at_half_and_at_twice_of_what_it_compares_with():
    judges = [claim.judge for name in STUDIES for claim in load_study(name).claims]
    found = set()
    for function in functions_of(judges):
        if not function.__name__.startswith("__"):  # what dataclasses write has no source
            found.update(asked_once(function, set(AS_THEY_ARE)))
    assert found == set(ONCE)


def compares(values):
    return most(np.asarray(values) <= NEAR)


def renames(values):
    limit, other = 3 * NEAR, 1.0
    return most(np.asarray(values) <= limit), other


def hands_on(values):
    return within(values, NEAR)


def within(values, limit):
    return most(np.asarray(values) <= limit)


def asks(values):
    limit = 2 * NEAR
    words = ("up to ", nats(limit), f" or {limit:g}")
    return steady(lambda factor: most(values <= factor * limit, note=words)), most_within(
        values, NEAR
    )


@pytest.mark.parametrize(
    ("judge", "once"),
    [
        (compares, ["compares: NEAR"]),
        (renames, ["renames: limit"]),
        (hands_on, ["hands_on: NEAR"]),
        (asks, []),
    ],
)
def test_who_asks_once_is_found(judge, once):
    assert asked_once(judge, set()) == once
    assert asked_once(judge, {NEAR}) == []


def numbers_in(text):
    return [float(part) for part in text.split(", ")]


@pytest.mark.parametrize("threshold", sorted(SHORT_OF_ONE | OF_EPOCHS | {NEAR, margins.BULK}))
def test_what_is_printed_as_half_and_twice_could_be_asked(threshold):
    half, twice = numbers_in(in_words(threshold))
    assert min(half, twice) > 0
    if threshold in SHORT_OF_ONE:
        assert max(half, twice) < 1
    assert asked_at(threshold, 1.0) == pytest.approx(threshold)


def test_what_is_printed_is_what_is_asked():
    """A share of right answers decides from the printed numbers on, and not below."""
    half, twice = numbers_in(in_words(FITTED_LABELS))
    for limit, agrees in ((half, "half the threshold it agrees"), (twice, "twice it agrees")):
        above, below = (
            text_of(most_within([1 - (limit + way)] * 6, 1 - FITTED_LABELS).words)
            for way in (1e-6, -1e-6)
        )
        assert agrees in above
        assert agrees not in below
    assert in_words(ABOUT_EPOCH) == "1.414, 4"
    assert in_words(SETTLED).startswith("not asked: ")


def test_a_papers_number_is_asked_at_half_and_twice_its_margin():
    """Table 1 of Goldfeld et al., 50 ± 4.6 over 8, beside eight with a mean of 55.5."""
    ours = 55.5 + 4.6 * np.array([-1.3, -0.9, -0.5, -0.1, 0.1, 0.5, 0.9, 1.3])
    paper = Published(50, deviation=4.6, members=8)
    judged = reproduces(ours, paper, margin=10)
    assert judged.verdict == "undecided"
    assert "At half the margin it disagrees, at twice it agrees" in text_of(judged.words)
    assert reproduces(ours, paper, margin=30).verdict == "agrees"


def test_some_is_asked_at_half_and_twice_its_shares():
    few = text_of(in_some([True] * 5 + [False] * 15).words)
    assert "At half both shares it agrees, at twice it is undecided." in few
    never = text_of(sometimes([True] * 5 + [False] * 15).words)
    assert "At half the share of accidents it agrees, at twice it is undecided." in never
