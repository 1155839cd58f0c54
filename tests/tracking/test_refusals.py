import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from ib_mlflow.errors import TrackingError
from ib_mlflow.tracking import open_study
from ib_mlflow.tracking.refusals import refusal, refused


def test_a_deleted_experiment_is_restored_or_another_named(
    store: MlflowClient, experiment_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_EXPERIMENT_ID", experiment_id)
    store.delete_experiment(experiment_id)
    with (
        pytest.raises(TrackingError, match="mlflow experiments restore") as raised,
        open_study("main", {}),
    ):
        pass
    assert f"--experiment-id {experiment_id}`" in str(raised.value)
    assert ".." not in str(raised.value)


def test_a_deleted_experiment_that_is_named_is_restored_by_its_id(
    store: MlflowClient, experiment_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLFLOW_EXPERIMENT_ID", raising=False)
    name = store.get_experiment(experiment_id).name
    store.delete_experiment(experiment_id)
    with (
        pytest.raises(TrackingError, match=f"--experiment-id {experiment_id}`") as raised,
        open_study("main", {}, experiment=name),
    ):
        pass
    assert ".." not in str(raised.value)


def test_a_deleted_run_is_restored(
    store: MlflowClient, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.delete_run(run_id)
    monkeypatch.setenv("MLFLOW_RUN_ID", run_id)
    with pytest.raises(TrackingError, match="Restore the run"), open_study("main", {}):
        pass


def test_a_run_of_another_store_is_looked_for_there(
    store: MlflowClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_RUN_ID", "a" * 32)
    with pytest.raises(TrackingError, match="Give the store that holds"), open_study("main", {}):
        pass


@pytest.mark.parametrize("made", [True, False])
def test_system_metrics_without_their_package(made: bool) -> None:
    text = (
        "Failed to start system metrics monitoring as package `psutil` is not installed. Please "
        "run `pip install psutil` to resolve the issue"
    )
    received, fix = refusal(MlflowException(text), uri="sqlite:///m.db", made=made)
    assert "without the package psutil" in received
    assert "pip install psutil" in fix
    assert "MLFLOW_RUN_ID" not in fix


FULL = """\
(raised as a result of Query-invoked autoflush; consider using a session.no_autoflush block)
(sqlite3.OperationalError) {cause}
[SQL: INSERT INTO runs (run_uuid, deleted_time, experiment_id) VALUES (?, ?, ?)]
"""


@pytest.mark.parametrize("made", [True, False])
def test_a_databases_own_words_are_the_cause_and_its_sql_is_not(made: bool) -> None:
    error = MlflowException(FULL.format(cause="attempt to write a readonly database"))
    received, fix = refusal(error, uri="sqlite:////m.db", made=made)
    assert received == "(sqlite3.OperationalError) attempt to write a readonly database"
    assert "restore" not in fix.lower()


def test_a_full_disk_is_one() -> None:
    error = refused(MlflowException(FULL.format(cause="database or disk is full")), made=False)
    assert error.received == "none is left on it"
    assert "Make room" in error.fix
