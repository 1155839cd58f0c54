"""What is read of a search that has ended: points once, the best first, and the front."""

from types import SimpleNamespace

import pytest

from ib_mlflow.studies.searching.searches import Searched
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
                state=SimpleNamespace(name="PRUNED" if values is None else "COMPLETE"),
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


def test_the_front_is_of_feasible_points_where_there_are_any(searched):
    trials = [(0.2, [0.8, 0.3], 0), (0.3, [0.9, 0.4], 0), (0.4, [0.7, 0.5], 0), (0.5, [1, 0.1], 1)]
    assert searched(trials, TWO).front["number"].tolist() == [0, 1]
    infeasible = [(rate, values, 1) for rate, values, _ in trials]
    assert searched(infeasible, TWO).front["number"].tolist() == [3]


def test_points_alike_in_everything_are_both_on_the_front(searched):
    trials = [(0.2, [0.8, 0.3], 0), (0.3, [0.8, 0.3], 0)]
    assert searched(trials, TWO).front["number"].tolist() == [0, 1]
