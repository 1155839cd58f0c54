import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
from mlflow import MlflowClient
from mlflow.entities import Run
from processes import start
from swept import Training, run, run_on

from ib_mlflow.errors import DataError, ExecutionError, InvalidInputError
from ib_mlflow.execution import LocalExecutor
from ib_mlflow.tracking import open_study, spread, tags
from ib_mlflow.trajectory import Trajectory

ALONE = LocalExecutor(1)


@pytest.fixture(scope="module")
def workers() -> Iterator[LocalExecutor]:
    """Two workers that import torch and mlflow once: it takes seconds."""
    with LocalExecutor(2) as executor:
        yield executor


@pytest.fixture(scope="module")
def expected(uri: str, tmp_path_factory: pytest.TempPathFactory) -> list[Trajectory]:
    """What one process finds, seed by seed."""
    folder = tmp_path_factory.mktemp("expected")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", uri)
        made = MlflowClient().create_experiment(str(folder), artifact_location=str(folder / "a"))
        patch.setenv("MLFLOW_EXPERIMENT_ID", made)
        return run(ALONE, [Training(folder, seed) for seed in range(4)])[0]


def assert_same(trajectories: list[Trajectory], expected: list[Trajectory]) -> None:
    for own, other in zip(trajectories, expected, strict=True):
        pd.testing.assert_frame_equal(own.frame, other.frame, check_exact=True)


def children(store: MlflowClient, study_id: str | None = None) -> dict[str, Run]:
    """The children by name: of one study, or of all where each has one of its own."""
    runs = store.search_runs([os.environ["MLFLOW_EXPERIMENT_ID"]])
    parents = [(run, run.data.tags.get("mlflow.parentRunId")) for run in runs]
    return {
        str(run.info.run_name): run
        for run, parent in parents
        if parent is not None and study_id in (None, parent)
    }


def statuses(store: MlflowClient) -> dict[str, str]:
    return {name: run.info.status for name, run in sorted(children(store).items())}


def studies(store: MlflowClient) -> list[str]:
    runs = store.search_runs([os.environ["MLFLOW_EXPERIMENT_ID"]], order_by=["start_time ASC"])
    return [run.info.status for run in runs if "mlflow.parentRunId" not in run.data.tags]


def computed(folder: Path) -> dict[tuple[int, int], list[int]]:
    """By seed and epoch: the processes that have computed it."""
    epochs: dict[tuple[int, int], list[int]] = {}
    for path in folder.glob("*.*.*"):
        seed, epoch, pid = map(int, path.name.split("."))
        epochs.setdefault((seed, epoch), []).append(pid)
    return epochs


def test_two_workers_find_what_one_process_finds(
    store: MlflowClient, tmp_path: Path, workers: LocalExecutor, expected: list[Trajectory]
) -> None:
    trainings = [Training(tmp_path, seed) for seed in range(4)]
    trajectories, study_id = run(workers, trainings)
    assert_same(trajectories, expected)
    assert [epochs for epochs in computed(tmp_path).values() if len(epochs) > 1] == []
    processes = {pid for pids in computed(tmp_path).values() for pid in pids}
    assert len(processes) == 2
    assert os.getpid() not in processes
    assert set(children(store, study_id)) == {f"seed {seed}" for seed in range(4)}
    assert set(statuses(store).values()) == {"FINISHED"}
    before = computed(tmp_path)
    again, second_id = run(workers, trainings)
    assert_same(again, expected)
    assert computed(tmp_path) == before
    note = store.get_run(second_id).data.tags["mlflow.note.content"]
    assert note.count("used again") == 4
    assert studies(store) == ["FINISHED", "FINISHED"]


def test_fresh_children_of_workers_are_the_studys_own(
    store: MlflowClient, tmp_path: Path, workers: LocalExecutor, expected: list[Trajectory]
) -> None:
    trainings = [Training(tmp_path, seed) for seed in range(2)]
    _, first_id = run(workers, trainings)
    trajectories, second_id = run(workers, trainings, fresh=True)
    assert_same(trajectories, expected[:2])
    own = children(store, second_id)
    assert set(own) == {"seed 0", "seed 1"}
    assert os.getpid() not in {pid for pids in computed(tmp_path).values() for pid in pids}
    assert not {run.info.run_id for run in own.values()} & {
        run.info.run_id for run in children(store, first_id).values()
    }


def test_two_items_of_one_child_are_computed_once(
    store: MlflowClient, tmp_path: Path, workers: LocalExecutor, expected: list[Trajectory]
) -> None:
    trajectories, _ = run(workers, [Training(tmp_path, 0, "slow"), Training(tmp_path, 0, "slow")])
    assert_same(trajectories, [expected[0], expected[0]])
    assert [len(pids) for pids in computed(tmp_path).values()] == [1] * 5
    assert statuses(store) == {"seed 0": "FINISHED"}


def test_a_killed_workers_item_goes_on_from_its_checkpoint(
    store: MlflowClient, tmp_path: Path, workers: LocalExecutor, expected: list[Trajectory]
) -> None:
    trainings = [Training(tmp_path, seed, "dies once" * (seed == 1)) for seed in range(4)]
    trajectories, _ = run(workers, trainings)
    assert_same(trajectories, expected)
    epochs = computed(tmp_path)
    assert [len(epochs[1, epoch]) for epoch in range(5)] == [1] * 5
    assert epochs[1, 2] != epochs[1, 3]
    assert set(statuses(store).values()) == {"FINISHED"}


@pytest.mark.slow
def test_what_is_lost_for_good_is_named_and_its_run_does_not_stay_open(
    store: MlflowClient, tmp_path: Path, expected: list[Trajectory]
) -> None:
    with LocalExecutor(2, retries=0) as workers:
        with pytest.raises(ExecutionError, match=r"SIGKILL at item 2 of 2.*seed=1"):
            run(workers, [Training(tmp_path, 0), Training(tmp_path, 1, "dies")])
        assert statuses(store) == {"seed 0": "FINISHED", "seed 1": "KILLED"}
        trajectories, _ = run(workers, [Training(tmp_path, seed) for seed in range(2)])
    assert_same(trajectories, expected[:2])
    assert [len(pids) for pids in computed(tmp_path).values()] == [1] * 10
    assert studies(store) == ["FAILED", "FINISHED"]


def test_an_item_that_fails_leaves_the_others_results(
    store: MlflowClient, tmp_path: Path, workers: LocalExecutor, expected: list[Trajectory]
) -> None:
    slow, bad = Training(tmp_path, 0, "slow"), Training(tmp_path, 1, "fails")
    with pytest.raises(DataError, match="a file must be whole; received half of it"):
        run(workers, [slow, bad, Training(tmp_path, 2)])
    assert statuses(store) == {"seed 0": "FINISHED", "seed 1": "FAILED"}
    trajectories, _ = run(workers, [Training(tmp_path, seed) for seed in range(3)])
    assert_same(trajectories, expected[:3])
    assert [len(pids) for pids in computed(tmp_path).values()] == [1] * 15
    assert studies(store) == ["FAILED", "FINISHED"]


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 100
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    assert condition()


@pytest.mark.slow
def test_told_to_stop_the_study_and_its_workers_children_are_killed_and_go_on(
    store: MlflowClient, tmp_path: Path, workers: LocalExecutor, expected: list[Trajectory]
) -> None:
    process = start(run_on, 2, [Training(tmp_path, seed, "slower") for seed in range(3)])
    wait_for(lambda: {(0, 1), (1, 1)} <= computed(tmp_path).keys())
    os.kill(process.pid or 0, signal.SIGTERM)
    process.join(60)
    assert process.exitcode == 143
    assert statuses(store) == {"seed 0": "KILLED", "seed 1": "KILLED"}
    trajectories, _ = run(workers, [Training(tmp_path, seed) for seed in range(3)])
    assert_same(trajectories, expected[:3])
    assert studies(store) == ["KILLED", "FINISHED"]
    assert {len(pids) for pids in computed(tmp_path).values()} == {1}
    continued = store.search_runs(
        [os.environ["MLFLOW_EXPERIMENT_ID"]], f"tags.`{tags.CONTINUED_BY}` LIKE '%'"
    )
    assert len(continued) == 1


@pytest.mark.slow
def test_a_killed_studys_workers_stop_and_their_children_go_on(
    store: MlflowClient, tmp_path: Path, workers: LocalExecutor, expected: list[Trajectory]
) -> None:
    process = start(run_on, 2, [Training(tmp_path, seed, "slower") for seed in range(2)])
    wait_for(lambda: {(0, 1), (1, 1)} <= computed(tmp_path).keys())
    process.kill()
    process.join(60)
    wait_for(lambda: statuses(store) == {"seed 0": "KILLED", "seed 1": "KILLED"})
    trajectories, _ = run(workers, [Training(tmp_path, seed) for seed in range(2)])
    assert_same(trajectories, expected[:2])
    assert studies(store) == ["KILLED", "FINISHED"]


def test_a_function_of_no_module_is_refused(store: MlflowClient, workers: LocalExecutor) -> None:
    with (
        open_study("swept", {}) as study,
        pytest.raises(InvalidInputError, match=r"a function must be picklable.*<lambda>"),
    ):
        spread(study, workers, lambda _, item: item, [1])


def test_in_this_process_nothing_must_be_picklable(store: MlflowClient) -> None:
    with open_study("swept", {}) as study:
        assert spread(study, ALONE, lambda own, item: (own is study, item), [1, 2]) == [
            (True, 1),
            (True, 2),
        ]
