import numpy as np
import pytest
from scipy import stats

from ib_mlflow.information import Estimate
from ib_mlflow.studies.judging.verdicts import (
    interval_of,
    most,
    positive,
    reproduces,
    rises,
    sometimes,
)


def test_diverged_members_do_not_vote():
    held = np.array([1.0] * 7 + [np.nan] * 6)
    found = most("claim", "Fig. 1", held)
    assert found.verdict == "agrees"
    assert "In 7 of 7 networks" in found.found
    assert found.found.endswith("; 6 of 13 diverged, left out.")
    found = rises("claim", "Fig. 1", [1.0, 1.1, 0.9, np.nan], "nats")
    assert found.verdict == "agrees"
    assert "positive in 3 of 3 networks; 1 of 4 diverged, left out." in found.found


def test_where_all_members_diverged_nothing_is_decided_and_nothing_is_nan():
    lost = np.full(5, np.nan)
    for found in (
        most("claim", "Fig. 1", lost),
        sometimes("claim", "Fig. 1", lost),
        rises("claim", "Fig. 1", lost, "nats"),
        reproduces("claim", "Fig. 1", lost, 0.9),
    ):
        assert found.verdict == "undecided"
        assert "5 of 5 diverged, left out" in found.found
        assert "nan" not in found.found


def test_what_happens_sometimes_needs_one_network_and_no_number_of_them_refutes_it():
    assert sometimes("claim", "Fig. 9", [False] * 19 + [True]).verdict == "agrees"
    assert sometimes("claim", "Fig. 9", [False] * 20).verdict == "undecided"


@pytest.mark.parametrize(
    ("holds", "verdict"),
    [([True] * 20, "agrees"), ([False] * 20, "disagrees"), ([True, False] * 10, "undecided")],
)
def test_verdict_of_a_share(holds, verdict):
    assert most("claim", "Fig. 1", holds).verdict == verdict


def test_one_network_decides_nothing():
    assert rises("claim", "Fig. 1", [5.0], "nats").verdict == "undecided"
    assert most("claim", "Fig. 1", [True]).verdict == "undecided"


def test_verdict_of_a_difference():
    assert rises("claim", "Fig. 1", [1.0, 1.1, 0.9], "nats").verdict == "agrees"
    assert rises("claim", "Fig. 1", [-1.0, -1.1, -0.9], "nats").verdict == "disagrees"
    assert rises("claim", "Fig. 1", [-1.0, 1.0], "nats").verdict == "undecided"


def test_a_number_of_the_paper_is_reproduced_as_often_as_the_interval_says():
    generator = np.random.default_rng(1)
    draws = generator.normal(0.9, 0.01, size=(500, 9))
    verdicts = [reproduces("claim", "Tab. 1", d[:8], float(d[8])).verdict for d in draws]
    share_of_agreement = np.mean([verdict == "agrees" for verdict in verdicts])
    assert share_of_agreement == pytest.approx(0.95, abs=4 * np.sqrt(0.95 * 0.05 / 500))
    assert reproduces("claim", "Tab. 1", [0.9], 0.9).verdict == "undecided"


@pytest.mark.parametrize(
    ("value", "verdict"), [(0.3, "agrees"), (-0.3, "disagrees"), (0.19, "undecided")]
)
def test_one_number_is_judged_by_its_standard_error(value, verdict):
    finding = positive("It is there", "Sec. 1", Estimate(value, 0.1, "point", n=400), "nats")
    assert finding.verdict == verdict
    assert "over 400 images" in finding.found


def test_the_interval_of_an_estimate_holds_95_percent():
    found = interval_of(Estimate(2.0, 0.5, "lower", n=10))
    assert stats.norm(2.0, 0.5).cdf(found.high) == pytest.approx(0.975)
    assert stats.norm(2.0, 0.5).cdf(found.low) == pytest.approx(0.025)
