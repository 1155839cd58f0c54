import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import mlflow
import numpy as np
import pytest
import yaml
from mlflow import MlflowClient
from mlflow.entities import Run
from processes import start
from synthetic import run

from ib_mlflow.errors import ConfigurationError, InvalidInputError, TrackingError
from ib_mlflow.tracking import open_study, tags
from ib_mlflow.tracking.interrupts import Terminated
from ib_mlflow.tracking.open_study import parameters_of


def runs(store: MlflowClient) -> list[Run]:
    return list(
        store.search_runs([os.environ["MLFLOW_EXPERIMENT_ID"]], order_by=["start_time ASC"])
    )


def test_a_study_started_by_hand(store: MlflowClient) -> None:
    configuration = {"betas": [0.1, 0.2], "activation": "tanh", "seed": 3, "root": None}
    with open_study("synthetic", configuration) as study:
        assert store.get_run(study.run_id).info.status == "RUNNING"
    (run,) = runs(store)
    assert run.info.status == "FINISHED"
    assert str(run.info.run_name).startswith("synthetic 2")
    assert run.data.params == {
        "betas": "0.1,0.2",
        "activation": "tanh",
        "seed": "3",
        "root": "null",
    }
    assert run.data.tags[tags.STUDY] == "synthetic"
    assert run.data.tags[tags.VERSION]
    with study.artifacts.get("config.yaml") as path:
        assert yaml.safe_load(path.read_text(encoding="utf-8")) == configuration
    assert mlflow.active_run() is None


def test_a_run_that_nobody_named_is_called_after_the_study(
    store: MlflowClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for given, expected in ((None, "synthetic 2"), ("my sweep", "my sweep")):
        made = store.create_run(os.environ["MLFLOW_EXPERIMENT_ID"], run_name=given)
        monkeypatch.setenv("MLFLOW_RUN_ID", made.info.run_id)
        with open_study("synthetic", {}) as study:
            assert study.run_id == made.info.run_id
        assert str(store.get_run(study.run_id).info.run_name).startswith(expected)


def test_the_run_of_mlflow_run_is_taken_once(
    store: MlflowClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment_id = os.environ["MLFLOW_EXPERIMENT_ID"]
    made = store.create_run(experiment_id, run_name="as it was called")
    store.log_param(made.info.run_id, "betas", "0.1,0.2")
    monkeypatch.setenv("MLFLOW_RUN_ID", made.info.run_id)
    with open_study("synthetic", {"betas": [0.1, 0.2]}) as study:
        assert study.run_id == made.info.run_id
    with open_study("synthetic", {"betas": [0.1]}) as study:
        assert study.run_id != made.info.run_id
    run = store.get_run(made.info.run_id)
    assert run.info.run_name == "as it was called"
    assert run.data.params == {"betas": "0.1,0.2"}


def test_parameters_of_all_kinds_and_lengths(store: MlflowClient) -> None:
    long = "β" * 7000
    given = {"long": long, "nested": {"a": 1, "deep": {"b": [1, [2]]}}, "empty": {}, "flag": True}
    parameters = parameters_of(given)
    assert len(parameters["long"]) == 6000
    assert parameters["long"].endswith("(7000 characters, whole in config.yaml)")
    assert parameters["nested.a"] == "1"
    assert parameters["nested.deep.b"] == "[1, [2]]"
    assert parameters["empty"] == "{}"
    assert parameters["flag"] == "true"
    many = given | {f"p{number}": number for number in range(230)}
    with open_study("synthetic", many) as study:
        pass
    assert len(store.get_run(study.run_id).data.params) == len(parameters_of(many))
    with study.artifacts.get("config.yaml") as path:
        assert yaml.safe_load(path.read_text(encoding="utf-8")) == many


def test_what_cannot_be_written_down_is_refused_before_a_run_is_made(store: MlflowClient) -> None:
    with pytest.raises(ConfigurationError, match="a configuration is made of"):
        open_study("synthetic", {"path": Path("a")}).__enter__()
    with pytest.raises(ConfigurationError, match=r"np\.float64\(1\.5\) of type numpy.*tolist"):
        open_study("synthetic", {"beta": [np.float64(1.5)]}).__enter__()
    with pytest.raises(InvalidInputError, match="a name has letters"):
        open_study("a=b", {}).__enter__()
    assert runs(store) == []


def test_another_value_for_a_parameter_is_refused_and_the_run_does_not_stay_open(
    store: MlflowClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_study("synthetic", {"a": 1}) as study:
        pass
    monkeypatch.setenv("MLFLOW_RUN_ID", study.run_id)
    with pytest.raises(TrackingError, match="must take the study's run"):
        open_study("synthetic", {"a": 2}).__enter__()
    assert store.get_run(study.run_id).info.status == "FAILED"
    assert mlflow.active_run() is None


def test_a_study_within_another_run_is_refused(store: MlflowClient) -> None:
    with (
        open_study("synthetic", {}),
        pytest.raises(TrackingError, match="a run of its own"),
    ):
        open_study("synthetic", {}).__enter__()
    assert [run.info.status for run in runs(store)] == ["FINISHED"]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ValueError("broken"), "FAILED"),
        (KeyboardInterrupt(), "KILLED"),
        (Terminated(143), "KILLED"),
        (SystemExit(1), "FAILED"),
    ],
)
def test_how_a_study_and_its_child_end(
    store: MlflowClient, error: BaseException, status: str
) -> None:
    with pytest.raises(type(error)):
        run(epochs=3, stop_at=1, error=error)
    assert [run.info.status for run in runs(store)] == [status, status]
    assert mlflow.active_run() is None


def test_handlers_are_the_old_ones_afterwards(store: MlflowClient) -> None:
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    with open_study("synthetic", {}):
        assert signal.getsignal(signal.SIGTERM) != before[0]
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 100
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    assert condition()


def test_told_to_stop_a_process_ends_its_runs_as_killed(store: MlflowClient) -> None:
    process = start(run, epochs=1000, delay=0.02)
    wait_for(lambda: any(Path().rglob("epoch_000003.pt")))
    os.kill(process.pid or 0, signal.SIGTERM)
    process.join(60)
    assert process.exitcode == 143
    study, child = runs(store)
    assert (study.info.status, child.info.status) == ("KILLED", "KILLED")
    assert (Path(child.info.artifact_uri) / "trajectory.parquet").exists()
    steps = store.get_metric_history(child.info.run_id, "val_accuracy")
    states = list((Path(child.info.artifact_uri) / "checkpoints").glob("*.pt"))
    assert len(steps) == len(states) >= 4


def test_a_run_given_in_the_store_of_another_folder_is_said(
    store: MlflowClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    monkeypatch.setenv("MLFLOW_RUN_ID", "0" * 32)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///rel.db")
    with (
        pytest.raises(TrackingError, match=r"rel\.db here and does not exist.*four slashes"),
        open_study("synthetic", {}),
    ):
        pytest.fail("entered")
    assert list((tmp_path / "project").iterdir()) == []


def test_the_default_store_keeps_to_its_folder_whatever_that_is_called(tmp_path: Path) -> None:
    """In a process of its own, for MLflow keeps the first default store that it has seen."""
    folder = tmp_path / "späces? #日本 100% ;a=b '$HOME"
    folder.mkdir()
    environment = {key: value for key, value in os.environ.items() if "MLFLOW" not in key}
    environment["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    script = "from synthetic import run, run_job; run(epochs=1); run_job(updates=1)"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=folder, env=environment, timeout=300, check=False
    )
    assert done.returncode == 0
    assert list(tmp_path.iterdir()) == [folder]
    assert {path.name for path in folder.iterdir()} == {"mlflow.db", "mlflow.db.lock", "mlruns"}
    for name in ("config.yaml", "epoch_000001.pt", "trajectory.parquet", "last.pt", "weights.npz"):
        assert list(folder.rglob(name)), name
