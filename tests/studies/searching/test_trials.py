"""Points that Optuna draws, trained as ensembles: values, errors, states and what is reported."""

from types import SimpleNamespace

import numpy as np
import pytest

from ib_mlflow.information import Binned
from ib_mlflow.studies.configuration import TrainingConfiguration
from ib_mlflow.studies.running.groups import Group
from ib_mlflow.studies.running.training import run_ensemble
from ib_mlflow.studies.searching.targets import Target
from ib_mlflow.studies.searching.trials import Trials
from ib_mlflow.trajectory import learning
from ib_mlflow.tuning import Candidate, Failure, Objectives

LOSS = Objectives.parse("summary/val_loss_nats:min")


@pytest.fixture
def target(spec_of):
    """Networks of three seeds; those with rates above 1 are asked to diverge."""

    def trains(configuration):
        rate = configuration.learning_rate
        group = Group("small", (3, 4, 8), {"plane": Binned(0.1)})
        epochs = (1, 4, 9)
        rate = 1e38 if rate > 1 else rate
        return [spec_of([group], learning_rate=rate, activation="relu", epochs=epochs)]

    study = SimpleNamespace(configuration=TrainingConfiguration, trains=trains)
    return Target(lambda _: study, "some", {"members": "3", "epochs": "9"})


def candidates(*rates, report=None):
    return [
        Candidate(number, {"learning_rate": rate}, _report=report)
        for number, rate in enumerate(rates)
    ]


def test_values_are_means_and_errors_those_of_means(target, kept_study):
    batch = candidates("0.1", "0.4")
    results = Trials(kept_study, target, LOSS, reports=False)(batch)
    for candidate, result in zip(batch, results, strict=True):
        spec = target.spec("alone", candidate.parameters)
        curves = learning(run_ensemble(type(kept_study)(), spec).trajectory)
        losses = curves[curves["epoch"] == 9]["val_loss"].to_numpy()
        np.testing.assert_allclose(result.values, [losses.mean()])
        np.testing.assert_allclose(result.standard_errors, [losses.std(ddof=1) / np.sqrt(3)])
        assert result.degrees == 2
        notes = kept_study.recordings[candidate.number].child(f"trial {candidate.number}")
        assert notes.metrics["summary/val_loss_nats"] == result.values[0]
        assert notes.tags == {"trial": str(candidate.number), "trial_state": "COMPLETE"}


def test_a_share_is_told_with_the_rows_that_it_is_counted_on(target, kept_study):
    both = Objectives.parse("summary/val_accuracy:max,summary/val_loss_nats:min")
    (result,) = Trials(kept_study, target, both, reports=False)(candidates("0.1"))
    rows = target.spec("alone", {"learning_rate": "0.1"}).task.validation_set.n
    assert list(result.rows) == [rows, 0]
    assert result.values[0] * rows * 3 == pytest.approx(round(result.values[0] * rows * 3))


def test_what_diverges_or_is_refused_fails_for_good_and_alone(target, kept_study):
    batch = candidates("0.1", "50", "1000")
    good, diverged, refused = Trials(kept_study, target, LOSS, reports=False)(batch)
    assert len(good.values) == 1
    assert isinstance(diverged, Failure)
    assert diverged.final
    assert "diverged" in diverged.reason
    assert isinstance(refused, Failure)
    assert refused.final
    assert "less than or equal to 100" in refused.reason


def test_the_run_of_a_failed_trial_says_why(target, kept_study):
    _, diverged, refused = Trials(kept_study, target, LOSS, reports=False)(
        candidates("0.1", "50", "1000")
    )
    learned = kept_study.recordings[1].child("trial 1")
    for number, notes, failure in (
        (1, learned, diverged),
        (2, kept_study.failed["trial 2"], refused),
    ):
        assert notes.tags == {
            "trial": str(number), "trial_state": "FAIL", "trial_reason": failure.reason
        }  # fmt: skip
        assert failure.run_id == notes.run_id
    assert "trial_reason" not in kept_study.recordings[0].child("trial 0").tags


@pytest.mark.parametrize("reports", [True, False])
def test_the_run_of_a_trial_is_noted_before_it_learns(target, kept_study, reports):
    noted = []

    def note(candidate, key, value):
        noted.append((candidate.number, key, value, [len(r.rows) for r in kept_study.recordings]))

    rates = ("0.1", "0.4")
    batch = [
        Candidate(number, {"learning_rate": rate}, _note=note) for number, rate in enumerate(rates)
    ]
    Trials(kept_study, target, LOSS, reports=reports)(batch)
    assert noted[0] == (0, "run_id", "run of trial 0", [0])
    assert noted[1] == (1, "run_id", "run of trial 1", [0, 0])


def test_trials_report_each_measured_epoch_and_stop_where_they_are_told(target, kept_study):
    reports = []

    def report(candidate, step, value, by_seed):
        reports.append((candidate.number, step, value, len(by_seed)))
        return candidate.number == 1 and step == 4

    batch = candidates("0.1", "0.4", report=report)
    went_on, stopped = Trials(kept_study, target, LOSS, reports=True)(batch)
    assert [entry[:2] for entry in reports] == [(0, 1), (1, 1), (0, 4), (1, 4)]
    assert {entry[3] for entry in reports} == {3}
    assert len(went_on.values) == 1
    assert list(went_on.intermediate) == [1, 4, 9]
    assert went_on.intermediate[4] == reports[2][2]
    assert stopped.values == ()
    assert batch[1].checkpoint == "4"
