"""MLflow's store on a real PostgreSQL server: many writers, a restart, and its password."""

import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy
from clusters import dask_cluster, wait_for
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.tracking._tracking_service import utils
from postgres import PASSWORD, Postgres, pause
from processes import start
from recorded import check, children, truth
from sqlalchemy.engine import Engine
from swept import Training
from swept import run as sweep
from synthetic import GUIDES, child, measure, run, train
from test_passwords import STUDY, execute

from ib_mlflow.errors import DataError, ExecutionError, TrackingError
from ib_mlflow.execution import DaskExecutor
from ib_mlflow.tracking import StudyHandle, attach_study, client, ensure_store, open_study
from ib_mlflow.tracking.client import PatientClient

EPOCHS, WRITERS = 12, 8
TWICE = """
    SELECT run_uuid, key, step, count(*) FROM metrics GROUP BY run_uuid, key, step
    HAVING count(*) > 1
"""


@pytest.fixture(scope="module")
def address(postgres: Postgres) -> Iterator[str]:
    """A store of MLflow's on the server; making its tables takes a while."""
    uri = postgres.create("mlflow")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", uri)
        ensure_store()
        engine = utils._get_store().engine
    yield uri
    engine.dispose()


@pytest.fixture
def store(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MlflowClient:
    """The same with an experiment of the test's own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
    monkeypatch.delenv("MLFLOW_RUN_ID", raising=False)
    plain = MlflowClient()
    made = plain.create_experiment(str(tmp_path), artifact_location=str(tmp_path / "artifacts"))
    monkeypatch.setenv("MLFLOW_EXPERIMENT_ID", str(made))
    return plain


@contextmanager
def listening(engine: Engine, event: str, listener: Callable[..., None]) -> Iterator[None]:
    """Have a listener called at an event of the store's connections."""
    sqlalchemy.event.listen(engine, event, listener)
    try:
        yield
    finally:
        sqlalchemy.event.remove(engine, event, listener)


def record_in(handle: StudyHandle, number: int) -> None:
    """Record a child in another process's study."""
    with (
        attach_study(handle) as study,
        study.record([child(writer=number)], guides=GUIDES) as recording,
    ):
        for step in train(EPOCHS):
            recording.log(measure(step), checkpoint=step.state())


def run_impatiently() -> None:
    """Run a study that waits for its store for two seconds only."""
    client.OUTAGE_SECONDS = 2.0
    run(epochs=EPOCHS, delay=0.4)


def test_a_study_is_the_same_as_in_a_file(store: MlflowClient) -> None:
    run(epochs=EPOCHS, names=("fine", "coarse"))
    check(store, EPOCHS)
    run(epochs=EPOCHS, names=("fine", "coarse"))
    check(store, EPOCHS)


@pytest.mark.slow
def test_eight_writers_at_once_lose_nothing_and_double_nothing(
    store: MlflowClient, postgres: Postgres
) -> None:
    with open_study("synthetic", {}) as study:
        writers = [start(record_in, study.handle, number) for number in range(WRITERS)]
        for writer in writers:
            writer.join(300)
        assert [writer.exitcode for writer in writers] == [0] * WRITERS
        runs = (
            "SELECT run_uuid FROM tags "
            f"WHERE key = 'mlflow.parentRunId' AND value = '{study.run_id}'"
        )
    assert len(postgres.execute(runs, "mlflow")) == WRITERS
    (points,), *_ = postgres.execute(
        f"SELECT count(*) FROM metrics WHERE run_uuid IN ({runs})", "mlflow"
    )
    assert points == WRITERS * len(truth(EPOCHS, "fine")[1])
    assert postgres.execute(TWICE, "mlflow") == []


def test_a_restart_in_the_middle_is_waited_for(
    store: MlflowClient, postgres: Postgres, caplog: pytest.LogCaptureFixture
) -> None:
    outage = threading.Timer(1.0, pause, [postgres, 3.0])
    outage.start()
    run(epochs=EPOCHS, delay=0.4)
    outage.join()
    assert "the tracking store is away" in caplog.text
    assert "the tracking store is back" in caplog.text
    assert PASSWORD not in caplog.text
    check(store, EPOCHS, ("fine",))
    assert postgres.execute(TWICE, "mlflow") == []


def test_a_connection_that_ends_within_a_call_is_made_again(
    store: MlflowClient, postgres: Postgres, caplog: pytest.LogCaptureFixture
) -> None:
    ended: list[str] = []

    def end(connection: object, cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("INSERT INTO metrics") and len(ended) < 2:
            ended.append(statement)
            postgres.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = 'mlflow' AND pid <> pg_backend_pid()"
            )

    engine = utils._get_store().engine
    with listening(engine, "before_cursor_execute", end):
        run(epochs=EPOCHS)
    assert len(ended) == 2
    assert "the tracking store is back" in caplog.text
    assert PASSWORD not in caplog.text
    check(store, EPOCHS, ("fine",))
    assert postgres.execute(TWICE, "mlflow") == []


@pytest.mark.slow
def test_an_outage_without_an_end_ends_the_study_and_it_goes_on_later(
    store: MlflowClient, postgres: Postgres
) -> None:
    process = start(run_impatiently)
    wait_for(lambda: any(children(store)))
    postgres.stop()
    try:
        process.join(120)
    finally:
        postgres.start()
    assert process.exitcode == 1
    run(epochs=EPOCHS)
    check(store, EPOCHS, ("fine",))
    assert postgres.execute(TWICE, "mlflow") == []


def test_what_is_no_outage_is_raised_at_once(store: MlflowClient) -> None:
    began = time.monotonic()
    with pytest.raises(MlflowException, match="not found"):
        PatientClient().get_run("0" * 32)
    assert time.monotonic() - began < 30


def test_the_password_is_in_nothing_that_is_stored_or_printed(
    postgres: Postgres, tmp_path: Path
) -> None:
    uri = postgres.create("secret")
    code, printed = execute(STUDY, tmp_path, MLFLOW_TRACKING_URI=uri)
    assert code == 0, printed
    assert PASSWORD not in printed
    tables = postgres.execute(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'", "secret"
    )
    rows = [postgres.execute(f"SELECT * FROM {table}", "secret") for (table,) in tables]
    assert sum(map(len, rows)) > 10
    assert PASSWORD not in str(rows)
    for path in tmp_path.rglob("*"):
        assert path.is_dir() or PASSWORD.encode() not in path.read_bytes(), path


@pytest.mark.slow
def test_the_password_reaches_a_clusters_workers_and_none_of_their_logs(
    store: MlflowClient, tmp_path: Path
) -> None:
    (tmp_path / "dask").mkdir()
    with (
        dask_cluster(tmp_path / "dask", workers=1) as cluster,
        DaskExecutor(cluster.address, retries=0) as executor,
    ):
        trainings = [Training(tmp_path, seed, "fails" * (seed == 1)) for seed in range(2)]
        with pytest.raises(DataError) as failed:
            sweep(executor, trainings)
        with pytest.raises(ExecutionError) as lost:
            sweep(executor, [Training(tmp_path, 2, "dies")])
    for error in (failed.value, lost.value):
        assert PASSWORD not in "".join(traceback.format_exception(error))
    assert PASSWORD not in cluster.log
    assert {run.info.run_name: run.info.status for run in children(store).values()} == {
        "seed 0": "FINISHED",
        "seed 1": "FAILED",
        "seed 2": "KILLED",
    }


def test_a_wrong_password_is_refused_at_once_and_not_repeated(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_RUN_ID", raising=False)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", postgres.uri("postgres", "Wr0ng-Hidden"))
    began = time.monotonic()
    with (
        pytest.raises(
            TrackingError, match=r"must answer; received postgresql://studies@12"
        ) as error,
        open_study("synthetic", {}),
    ):
        pass
    assert "password authentication failed" in str(error.value)
    assert "Wr0ng" not in f"{error.value} {error.value.__cause__}"
    assert time.monotonic() - began < 60
