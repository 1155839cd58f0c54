import random
import resource
import signal
from pathlib import Path

import numpy as np
import pytest
import torch
from mlflow import MlflowClient
from mlflow.entities import Run
from processes import dies_at_write, start
from synthetic import run_job, train

from ib_mlflow.errors import CheckpointError, InvalidInputError, TrackingError
from ib_mlflow.tracking import ChildSpec, lease, open_study, tags

SPEC = ChildSpec("descent", {"updates": 6}, {"descent": 6})


def runs(store: MlflowClient, experiment_id: str) -> tuple[list[Run], list[Run]]:
    """Studies and children, oldest first."""
    every_run = store.search_runs([experiment_id], order_by=["attributes.start_time ASC"])
    children = [run for run in every_run if tags.IDENTITY in run.data.tags]
    return [run for run in every_run if run not in children], children


def check(store: MlflowClient, experiment_id: str, updates: int) -> None:
    """One child, finished, with every step once and the right end."""
    _, (child,) = runs(store, experiment_id)
    assert child.info.status == "FINISHED"
    sizes = {step.epoch: float(step.weights.abs().mean()) for step in train(updates)}
    points = store.get_metric_history(child.info.run_id, "size")
    assert {point.step: point.value for point in points} == sizes
    assert len(points) == len(sizes)
    assert "nothing" not in child.data.metrics


def test_a_job_in_one_go(store: MlflowClient, experiment_id: str) -> None:
    weights, study_id = run_job(updates=6)
    np.testing.assert_array_equal(weights, list(train(6))[-1].weights.numpy())
    check(store, experiment_id, 6)
    _, (child,) = runs(store, experiment_id)
    assert child.data.tags["mlflow.parentRunId"] == study_id
    assert child.data.params["updates"] == "6"
    names = [file.path for file in store.list_artifacts(child.info.run_id, "checkpoints")]
    assert names == ["checkpoints/last.pt"]


def test_a_finished_job_is_not_computed_again(
    store: MlflowClient, experiment_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = run_job(updates=6)
    monkeypatch.setattr("synthetic.train", lambda *_, **__: pytest.fail("computed again"))
    again, _ = run_job(updates=6)
    np.testing.assert_array_equal(first, again)
    assert len(runs(store, experiment_id)[1]) == 1
    with open_study("synthetic", {}) as study, study.job(SPEC) as job:
        assert job.finished
        assert job.checkpoint is not None
        assert job.checkpoint["epoch"] == 6
        assert [step for step, _ in job.history] == list(range(7))
        assert job.results("absent") is None
        with pytest.raises(TrackingError, match="until it is done"):
            job.log(7, {}, {})


def test_fresh_computes_again_beside_the_old(store: MlflowClient, experiment_id: str) -> None:
    run_job(updates=6)
    run_job(updates=6, fresh=True)
    assert len(runs(store, experiment_id)[1]) == 2


@pytest.mark.parametrize(
    ("error", "status"), [(ValueError("no"), "FAILED"), (KeyboardInterrupt(), "KILLED")]
)
def test_a_job_that_was_stopped_goes_on(
    store: MlflowClient, experiment_id: str, error: BaseException, status: str
) -> None:
    with pytest.raises(type(error)):
        run_job(updates=6, stop_at=3, error=error)
    _, (child,) = runs(store, experiment_id)
    assert child.info.status == status
    run_job(updates=6)
    check(store, experiment_id, 6)


def test_death_before_any_write_loses_nothing_and_doubles_nothing(
    store: MlflowClient, experiment_id: str
) -> None:
    chance = random.Random(2)
    for _ in range(4):
        process = start(dies_at_write, chance.randrange(1, 30), run_job, updates=6, patience=30.0)
        process.join()
        assert process.exitcode in (0, 137, -9)
    run_job(updates=6, patience=30.0)
    check(store, experiment_id, 6)


def test_a_full_disk_fails_the_run_and_leaves_the_last_good_state(
    store: MlflowClient, experiment_id: str
) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    def study_whose_disk_fills() -> None:
        with open_study("synthetic", {}) as study, study.job(SPEC) as job:
            job.log(0, {"size": 1.0}, {"epoch": 0, "weights": torch.zeros(3)})
            # No file of this process grows beyond a size, as if the disk were full.
            resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, limits[1]))
            try:
                job.log(1, {"size": 2.0}, {"epoch": 1, "weights": torch.zeros(1_000_000)})
            finally:
                resource.setrlimit(resource.RLIMIT_FSIZE, limits)
                signal.signal(signal.SIGXFSZ, handler)

    with pytest.raises(TrackingError, match=r"checkpoints/last\.pt.*Make room on the disk"):
        study_whose_disk_fills()
    (parent,), (child,) = runs(store, experiment_id)
    assert [parent.info.status, child.info.status] == ["FAILED", "FAILED"]
    with open_study("synthetic", {}) as study, study.job(SPEC) as job:
        assert job.checkpoint is not None
        assert job.checkpoint["epoch"] == 0
        assert job.history == [(0, {"size": 1.0})]
        job.log(1, {}, {"epoch": 1})
        assert job.checkpoint == {"epoch": 1}


@pytest.mark.parametrize("share", [0.0, 0.3, 0.99])
def test_a_truncated_checkpoint_counts_as_absent(
    store: MlflowClient, experiment_id: str, share: float
) -> None:
    with pytest.raises(ValueError, match="no"):
        run_job(updates=6, stop_at=3, error=ValueError("no"))
    _, (child,) = runs(store, experiment_id)
    path = Path(child.info.artifact_uri) / "checkpoints" / "last.pt"
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    weights, _ = run_job(updates=6)
    np.testing.assert_array_equal(weights, list(train(6))[-1].weights.numpy())


@pytest.mark.parametrize("foreign", [b"something else", None])
def test_a_foreign_checkpoint_is_one_clear_error(
    store: MlflowClient, experiment_id: str, foreign: bytes | None
) -> None:
    with pytest.raises(ValueError, match="no"):
        run_job(updates=6, stop_at=3, error=ValueError("no"))
    _, (child,) = runs(store, experiment_id)
    path = Path(child.info.artifact_uri) / "checkpoints" / "last.pt"
    if foreign is None:
        content = torch.load(path, weights_only=True)
        torch.save({**content, "identities": ["another"]}, path)
    else:
        path.write_bytes(foreign)
    with pytest.raises(CheckpointError, match=r"fresh=true"):
        run_job(updates=6)


def test_a_process_that_lost_its_run_writes_no_more(
    store: MlflowClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "BEAT_SECONDS", 0.0)

    def study_that_is_overtaken() -> None:
        with open_study("synthetic", {}) as study, study.job(SPEC) as job:
            for step in train(3):
                job.log(step.epoch, {}, step.state())
                lease.Leases(store).take(job.run_id)

    with pytest.raises(TrackingError, match="a run has one writer"):
        study_that_is_overtaken()


def test_what_cannot_be_kept_is_refused(store: MlflowClient) -> None:
    with open_study("synthetic", {}) as study, study.job(SPEC) as job:
        job.log(2, {}, {"epoch": 2})
        for step in (2, 1):
            with pytest.raises(TrackingError, match="later than the one before"):
                job.log(step, {}, {"epoch": step})
        with pytest.raises(InvalidInputError, match="letters, digits"):
            job.log(3, {"a=b": 1.0}, {})
        with pytest.raises(CheckpointError, match="made of tensors"):
            job.log(3, {}, {"array": np.zeros(2)})
        with pytest.raises(InvalidInputError, match="arrays of numbers"):
            job.save_results("texts", {"a": np.array(["text"])})


def test_results_come_back_bit_for_bit_or_not_at_all(
    store: MlflowClient, experiment_id: str
) -> None:
    arrays = {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.array([True])}
    with open_study("synthetic", {}) as study, study.job(SPEC) as job:
        job.save_results("all", arrays)
        results = job.results("all")
        assert results is not None
        assert results.keys() == arrays.keys()
        for name, array in arrays.items():
            np.testing.assert_array_equal(results[name], array, strict=True)
        path = job.artifacts._root / "results" / "all.npz"  # type: ignore[operator]
        path.write_bytes(path.read_bytes()[:40])
        with pytest.raises(TrackingError, match="must be readable"):
            job.results("all")


@pytest.mark.parametrize("name", ["../../../../escaped", "/tmp/escaped", "", "nul\0x", "a\\b"])
def test_results_stay_in_their_folder(store: MlflowClient, tmp_path: Path, name: str) -> None:
    with open_study("synthetic", {}) as study, study.job(ChildSpec("a", {}, {})) as job:
        with pytest.raises(InvalidInputError, match="a plain path below"):
            job.save_results(name, {"a": np.zeros(1)})
        with pytest.raises(InvalidInputError, match="a plain path below"):
            job.results(name)
    assert list(tmp_path.rglob("*.npz")) == []


def test_tags_of_a_job_that_stays_elsewhere_stand_on_the_light_child(
    store: MlflowClient, experiment_id: str
) -> None:
    run_job(updates=6)
    with open_study("synthetic", {}) as study, study.job(SPEC) as job:
        job.log_tags({"trial": "3"})
    tagged = store.search_runs([experiment_id], "tags.`ib.trial` = '3'")
    assert [run.data.tags[tags.REUSED_FROM] for run in tagged] == [job.run_id]
