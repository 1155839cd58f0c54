"""What is read of a search that has ended: points once, the best first, and the front."""

from types import SimpleNamespace

import numpy as np
import pytest
from optuna.trial import TrialState
from scipy import stats

from ib_mlflow.studies.reporting.scalars import SHARES, scalar_names
from ib_mlflow.studies.searching.searched import Searched
from ib_mlflow.tuning import Objectives, Space

ONE, TWO = "summary/val_accuracy:max", "summary/val_accuracy:max,summary/val_loss_nats:min"


@pytest.fixture
def searched():
    """A search with these trials: a rate, values or None, and what a constraint came to."""

    def build(trials, objectives=ONE):
        study = SimpleNamespace(
            space=Space.parse("learning_rate=0.1..1"), objectives=Objectives.parse(objectives)
        )
        ended = {
            number: SimpleNamespace(
                state=TrialState.PRUNED if values is None else TrialState.COMPLETE,
                params={"learning_rate": rate},
                values=values,
                user_attrs={"run_id": f"run {number}"},
                constraints={"reliable": constraint},
            )
            for number, (rate, values, constraint) in enumerate(trials)
        }
        return Searched(None, study, SimpleNamespace(trials=ended))

    return build


def test_a_point_that_was_drawn_twice_counts_once(searched):
    trials = [(0.2, [0.8], 0), (0.5, [0.9], 0), (0.2, [0.8], 0), (0.7, None, 0)]
    search = searched(trials)
    assert search.table["number"].tolist() == [0, 1, 2, 3]
    assert search.complete["number"].tolist() == [1, 0]


@pytest.mark.parametrize("direction", ["max", "min"])
def test_of_trials_that_tie_the_lowest_number_is_best_everywhere(searched, direction):
    """An unstable sort names another trial from some seventeen rows on."""
    generator = np.random.default_rng(0)
    for _ in range(10):
        values = generator.integers(0, 3, 40)
        trials = [(0.2 + n / 100, [int(value) / 2], 0) for n, value in enumerate(values)]
        search = searched(trials, f"summary/val_accuracy:{direction}")
        lowest = int(np.argmax(values) if direction == "max" else np.argmin(values))
        assert search.complete["number"].iloc[0] == search.comparison.best.number == lowest


def test_of_numbers_that_share_a_point_the_lowest_stands_for_it_everywhere(searched):
    """With several processes a lower number may be told the values of a higher one."""
    search = searched([(0.5, [0.7], 0), (0.2, [0.9], 0), (0.2, [0.9], 0)])
    search.outcome.trials[1].user_attrs.update(same_as=2)
    assert search.complete["number"].tolist() == [1, 0]
    assert search.comparison.best.number == 1


def test_networks_that_tie_have_the_limits_of_a_share_of_rows(searched):
    search = searched([(0.2, [0.9], 0), (0.5, [0.8], 0)])
    for number, rows in ((0, [100]), (1, [])):
        attributes = {"standard_errors": [0.0], "degrees": 4.0, "rows": rows}
        search.outcome.trials[number].user_attrs.update(attributes)
    counted, tied = (row for _, row in search.table.iterrows())
    name = "summary/val_accuracy"
    error = (452 / 504 * 52 / 504 / 500) ** 0.5
    assert counted[f"{name} se"] == pytest.approx(error)
    # 2.776 is the quantile of t for four degrees of freedom.
    assert counted[f"{name} high"] - 0.9 == pytest.approx(2.77645 * error, rel=1e-4)
    assert tied[[f"{name} se", f"{name} low", f"{name} high"]].isna().all()


@pytest.mark.parametrize("value", [0.02, 0.98])
@pytest.mark.parametrize("name", sorted(SHARES))
def test_limits_of_a_share_stay_inside_0_to_1(searched, name, value):
    """Of five networks whose mean alone would reach beyond; of a loss it may."""
    search = searched([(0.2, [value, value], 0)], f"{name}:min,summary/val_loss_nats:min")
    attributes = {"standard_errors": [0.1, 0.1], "degrees": 4.0}
    search.outcome.trials[0].user_attrs.update(attributes)
    (row,) = (row for _, row in search.table.iterrows())
    half = stats.t.ppf(0.975, 4) * 0.1
    low, high = row[f"{name} low"], row[f"{name} high"]
    assert (low, high) == pytest.approx((max(0, value - half), min(1, value + half)))
    of_loss = [row[f"summary/val_loss_nats {end}"] for end in ("low", "high")]
    assert of_loss == pytest.approx([value - half, value + half])


def test_the_shares_are_of_what_a_child_run_shows():
    assert set(scalar_names([1], bounded=True)) >= SHARES


def test_the_front_is_of_feasible_points_where_there_are_any(searched):
    trials = [(0.2, [0.8, 0.3], 0), (0.3, [0.9, 0.4], 0), (0.4, [0.7, 0.5], 0), (0.5, [1, 0.1], 1)]
    assert searched(trials, TWO).front["number"].tolist() == [0, 1]
    infeasible = [(rate, values, 1) for rate, values, _ in trials]
    assert searched(infeasible, TWO).front["number"].tolist() == [3]


def test_points_alike_in_everything_are_both_on_the_front(searched):
    trials = [(0.2, [0.8, 0.3], 0), (0.3, [0.8, 0.3], 0)]
    assert searched(trials, TWO).front["number"].tolist() == [0, 1]
