import numpy as np
import pytest
from scipy import stats

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information import Estimate
from projects.judging import interval_of, mean, most, positive, reproduces, rises, share


def test_wilson_limits_by_their_definition():
    found = share([True] * 14 + [False] * 6)
    z = stats.norm.ppf(0.975)
    for limit in (found.low, found.high):
        assert abs(0.7 - limit) == pytest.approx(z * np.sqrt(limit * (1 - limit) / 20), abs=1e-12)


def test_the_interval_of_a_mean_covers_it_as_often_as_it_says():
    generator = np.random.default_rng(0)
    draws = generator.normal(1.0, 3.0, size=(500, 6))
    covered = [found.low <= 1.0 <= found.high for found in map(mean, draws)]
    assert np.mean(covered) == pytest.approx(0.95, abs=4 * np.sqrt(0.95 * 0.05 / 500))


def test_diverged_members_are_left_out_of_a_mean():
    assert mean([1.0, np.nan, 3.0]).value == 2.0
    with pytest.raises(InvalidInputError):
        mean([np.nan])
    with pytest.raises(InvalidInputError):
        share([])


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
