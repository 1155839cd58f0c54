"""A study's child runs on a real Dask cluster: the table of one process, whatever is killed."""

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from clusters import DaskCluster, dask_cluster, wait_for
from mlflow import MlflowClient
from processes import start
from swept import Training, run, run_on_cluster
from test_spreading import assert_same, computed, expected, statuses, studies

from ib_mlflow.errors import DataError, TrackingError
from ib_mlflow.execution import DaskExecutor
from ib_mlflow.tracking import StudyHandle, attach_study, open_study
from ib_mlflow.trajectory import Trajectory

__all__ = ["expected"]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskCluster]:
    with dask_cluster(tmp_path_factory.mktemp("dask"), workers=2, nanny=True) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def executor(cluster: DaskCluster) -> Iterator[DaskExecutor]:
    with DaskExecutor(cluster.address) as executor:
        yield executor


def test_a_cluster_finds_what_one_process_finds(
    store: MlflowClient,
    tmp_path: Path,
    executor: DaskExecutor,
    expected: list[Trajectory],
    cluster: DaskCluster,
) -> None:
    trainings = [Training(tmp_path, seed) for seed in range(4)]
    assert_same(run(executor, trainings)[0], expected)
    processes = {pid for pids in computed(tmp_path).values() for pid in pids}
    assert len(processes) == 2
    assert os.getpid() not in processes
    assert [len(pids) for pids in computed(tmp_path).values()] == [1] * 20
    assert set(statuses(store).values()) == {"FINISHED"}
    assert os.environ["MLFLOW_TRACKING_URI"] not in cluster.log


def test_a_killed_items_training_goes_on_from_its_checkpoint(
    store: MlflowClient, tmp_path: Path, executor: DaskExecutor, expected: list[Trajectory]
) -> None:
    trainings = [Training(tmp_path, seed, "dies once" * (seed == 1)) for seed in range(3)]
    assert_same(run(executor, trainings)[0], expected[:3])
    assert [len(pids) for pids in computed(tmp_path).values()] == [1] * 15
    assert set(statuses(store).values()) == {"FINISHED"}


def test_an_error_names_the_machine(
    store: MlflowClient, tmp_path: Path, executor: DaskExecutor
) -> None:
    with pytest.raises(DataError, match=f"received half of it, on {socket.gethostname()}"):
        run(executor, [Training(tmp_path, 0), Training(tmp_path, 1, "fails")])
    assert statuses(store) == {"seed 0": "FINISHED", "seed 1": "FAILED"}


@pytest.mark.slow
def test_a_dask_worker_that_is_killed_loses_no_epoch(
    store: MlflowClient, tmp_path: Path, expected: list[Trajectory]
) -> None:
    (tmp_path / "dask").mkdir()
    with dask_cluster(tmp_path / "dask", workers=2) as cluster:
        process = start(
            run_on_cluster, cluster.address, [Training(tmp_path, seed, "slow") for seed in range(3)]
        )
        wait_for(lambda: {(0, 1), (1, 1)} <= computed(tmp_path).keys())
        cluster.workers[0].kill()
        process.join(120)
        assert process.exitcode == 0
        assert set(statuses(store).values()) == {"FINISHED"}
        assert [len(pids) for pids in computed(tmp_path).values()] == [1] * 15
        with DaskExecutor(cluster.address) as executor:
            again = run(executor, [Training(tmp_path, seed) for seed in range(3)])[0]
    assert_same(again, expected[:3])


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_study_that_is_stopped_stops_its_children_and_goes_on(
    store: MlflowClient,
    tmp_path: Path,
    cluster: DaskCluster,
    executor: DaskExecutor,
    expected: list[Trajectory],
    number: signal.Signals,
) -> None:
    trainings = [Training(tmp_path, seed, "slower") for seed in range(3)]
    process = start(run_on_cluster, cluster.address, trainings)
    wait_for(lambda: {(0, 1), (1, 1)} <= computed(tmp_path).keys())
    os.kill(process.pid or 0, number)
    process.join(60)
    assert process.exitcode == (143 if number == signal.SIGTERM else -number)
    wait_for(lambda: statuses(store) == {"seed 0": "KILLED", "seed 1": "KILLED"})
    trainings = [Training(tmp_path, seed) for seed in range(3)]
    assert_same(run(executor, trainings)[0], expected[:3])
    assert studies(store) == ["KILLED", "FINISHED"]
    assert {len(pids) for pids in computed(tmp_path).values()} == {1}


def test_stores_of_another_machine_are_refused_by_name(store: MlflowClient, tmp_path: Path) -> None:
    absent = tmp_path / "absent.db"
    with (
        pytest.raises(TrackingError, match=rf"reach its tracking store; received {absent}, which"),
        attach_study(StudyHandle("0a1b", "0", f"sqlite:///{absent}", fresh=False)),
    ):
        pass
    assert not absent.exists()
    with open_study("swept", {}) as study:
        (tmp_path / "artifacts").rename(tmp_path / "moved")
        with (
            pytest.raises(TrackingError, match=r"reach its artifacts; received .*artifacts, which"),
            attach_study(study.handle),
        ):
            pass
        (tmp_path / "moved").rename(tmp_path / "artifacts")


def test_a_relative_store_is_found_from_another_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, experiment_id: str, uri: str
) -> None:
    relative = os.path.relpath(uri.removeprefix("sqlite:///"), tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{relative}")
    with open_study("swept", {}) as study:
        found = Path(study.handle.tracking_uri.removeprefix("sqlite:///"))
    assert found.is_absolute()
    assert f"sqlite:///{found.resolve()}" == uri
