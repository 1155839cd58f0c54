"""Tables and remarks of searches over a formula: intervals, importances, and what is not kept."""

from types import SimpleNamespace

import pytest
from scipy import stats

from ib_mlflow.studies.searching.searched import Searched
from ib_mlflow.tuning import (
    Objectives,
    Result,
    SearchPlan,
    Space,
    open_optuna_study,
    open_storage,
    search,
)
from projects.tuning.pruner_tables import decoder_remarks
from projects.tuning.readings import SearchReadings, network_remarks
from projects.tuning.tables import search_tables

ONE, TWO = "loss:min", "loss:min,error:min"
PLAN = SearchPlan(trials=12, sampler="random")


@pytest.fixture
def readings(tmp_path):
    """A search of 12 points: loss is all of x, error all of y, known from five networks each."""
    opened = []

    def build(objectives, *, constraint=0.0, degrees=4.0):
        study = open_optuna_study(
            open_storage(f"sqlite:///{tmp_path / 'o.db'}"),
            "formula",
            Space.parse("x=0..1.0;y=0..1.0"),
            Objectives.parse(objectives),
        )
        opened.append(study)
        count = len(study.objectives.names)

        def evaluate(batch):
            return [
                Result(
                    [float(candidate.parameters[name]) for name in ("x", "y")[:count]],
                    [0.1] * count,
                    degrees=degrees,
                    constraints={"reliable": constraint},
                )
                for candidate in batch
            ]

        job = SimpleNamespace(plan=PLAN, name="formula", target=SimpleNamespace())
        searched = Searched(job, study, search(study, PLAN, evaluate))
        return SearchReadings(SimpleNamespace(sampler=PLAN.sampler), searched, {})

    yield build
    for study in opened:
        study.close()


def test_values_stand_between_the_limits_of_their_networks(readings):
    of = readings(ONE)
    best = of.searched.complete.iloc[0]
    half = stats.t.ppf(0.975, 4) * 0.1
    text = f"{best['loss']:.4g} [{best['loss'] - half:.4g}, {best['loss'] + half:.4g}]"
    rows = list(search_tables(of.searched)["The best trials"].rows)
    assert rows[0][3] == text
    assert f"loss = {text}." in of.evidence.opening


def test_values_of_few_networks_stand_beside_their_errors(readings):
    of = readings(ONE, degrees=1.0)
    best = of.searched.complete.iloc[0]
    assert f"loss = {best['loss']:.4g} ± 0.1." in of.evidence.opening


def test_the_parameter_that_an_objective_is_made_of_is_the_more_important(readings):
    of = readings(TWO).searched
    table = search_tables(of)["Importances of parameters"]
    assert list(table.columns) == ["parameter", "loss", "error"]
    loss, error = ({row[0]: float(row[place]) for row in table.rows} for place in (1, 2))
    assert loss["x"] > 0.6 > 0.4 > loss["y"]
    assert error["y"] > 0.6 > 0.4 > error["x"]
    assert sum(loss.values()) == pytest.approx(1, abs=0.011)


def test_optunas_pages_are_led_to(readings):
    files = list(readings(TWO).evidence.files)
    assert {"pareto_front.html", "importances_1.html", "importances_2.html"} <= set(files)


def test_a_front_of_points_that_keep_no_constraint_says_so(readings):
    of = readings(TWO, constraint=0.5)
    assert "The front, of trials none of which is reliable" in search_tables(of.searched)
    assert of.evidence.opening.startswith("**On the front, of trials none of which is reliable: ")


def test_a_front_of_points_that_keep_theirs_says_nothing_of_them(readings):
    assert next(iter(search_tables(readings(TWO).searched))) == "The front"


@pytest.mark.parametrize(("objectives", "chosen"), [(ONE, True), (TWO, False)])
def test_only_a_best_trial_was_chosen_for_its_value(readings, objectives, chosen):
    remarks = " ".join(network_remarks(readings(objectives)))
    assert ("was chosen for its value" in remarks) == chosen
    assert "95 % t interval" in remarks
    assert "in 1 process." in remarks


def test_a_search_with_a_pruner_says_where_pruners_are_compared():
    plan = SearchPlan(trials=12, pruner="median")
    searched = SimpleNamespace(job=SimpleNamespace(plan=plan))
    (remark,) = decoder_remarks(SimpleNamespace(searched=searched))
    assert "`pruner=none`" in remark
