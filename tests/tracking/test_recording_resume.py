import os
import random
import signal
import time
from pathlib import Path

import pandas as pd
import pytest
from mlflow import MlflowClient
from processes import dies_at_write, start
from recorded import NAMES, check, children, points, runs, truth
from synthetic import GUIDES, child, measure, run, train

from ib_mlflow.errors import CheckpointError, TrackingError
from ib_mlflow.tracking import buffer, lease, open_study, tags
from ib_mlflow.trajectory import Guides, Trajectory

EPOCHS = 7


def test_an_exception_keeps_what_was_measured_and_the_next_run_goes_on(store: MlflowClient) -> None:
    with pytest.raises(ZeroDivisionError):
        run(epochs=EPOCHS, names=NAMES, stop_at=4, error=ZeroDivisionError())
    for name, child_run in children(store).items():
        assert child_run.info.status == "FAILED"
        table, curves = truth(4, name)
        loaded = Trajectory.load(Path(child_run.info.artifact_uri) / "trajectory.parquet")
        assert loaded.frame.equals(table)
        assert points(store, child_run.info.run_id) == curves
    table, study_id = run(epochs=EPOCHS, names=NAMES)
    check(store, EPOCHS)
    first, *_ = runs(store)
    assert first.info.status == "FAILED"
    assert first.data.tags[tags.CONTINUED_BY] == study_id
    assert table.epochs == tuple(range(EPOCHS + 1))


def test_death_between_the_ends_of_two_children(
    store: MlflowClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    end = MlflowClient.set_terminated
    ended: list[str] = []

    def dies(client: MlflowClient, run_id: str, status: str, **more: int) -> None:
        ended.append(run_id)
        if len(ended) == 2:
            raise KeyboardInterrupt
        end(client, run_id, status, **more)

    monkeypatch.setattr(MlflowClient, "set_terminated", dies)
    with pytest.raises(KeyboardInterrupt):
        run(epochs=3, names=NAMES)
    statuses = sorted(child_run.info.status for child_run in children(store).values())
    assert statuses == ["FINISHED", "KILLED"]
    table, _ = run(epochs=3, names=NAMES)
    check(store, 3)
    whole = Trajectory(pd.concat([measure(step) for step in train(3)]), GUIDES)
    assert table.frame.equals(whole.frame)


@pytest.mark.parametrize("damage", ["truncated", "missing"])
def test_a_damaged_last_checkpoint_costs_an_epoch_and_nothing_twice(
    store: MlflowClient, damage: str
) -> None:
    with pytest.raises(ZeroDivisionError):
        run(epochs=6, stop_at=4, error=ZeroDivisionError())
    (child_run,) = children(store).values()
    path = Path(child_run.info.artifact_uri) / "checkpoints" / "epoch_000004.pt"
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:100])
    run(epochs=6)
    check(store, 6, ("fine",))


def test_curves_that_were_lost_are_replayed_from_the_rows(
    store: MlflowClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(buffer.MetricBuffer, "flush", lambda _: None)
        with pytest.raises(ZeroDivisionError):
            run(epochs=6, names=NAMES, stop_at=4, error=ZeroDivisionError())
    assert all(points(store, child_run.info.run_id) == [] for child_run in children(store).values())
    run(epochs=6, names=NAMES)
    check(store, 6)


def test_kill_9_at_random_moments(store: MlflowClient) -> None:
    chance = random.Random(20)
    options = {"epochs": 24, "names": NAMES, "delay": 0.02, "patience": 30.0}
    kills = 0
    while kills < 3:
        before = len(list(Path().rglob("epoch_*.pt")))
        process = start(run, **options)
        # From the first new checkpoint on it is in the middle of the training.
        while process.is_alive() and len(list(Path().rglob("epoch_*.pt"))) <= before:
            time.sleep(0.005)
        process.join(chance.uniform(0, 0.3))
        assert process.exitcode is None, "the training was over before it was killed"
        os.kill(process.pid or 0, signal.SIGKILL)
        process.join()
        kills += 1
    _, study_id = run(**options)  # type: ignore[arg-type]
    check(store, 24)
    studies = [study_run for study_run in runs(store) if tags.IDENTITY not in study_run.data.tags]
    assert [study_run.info.status for study_run in studies] == ["KILLED"] * 3 + ["FINISHED"]
    chain = [study_run.data.tags.get(tags.CONTINUED_BY) for study_run in studies]
    assert chain == [*(study_run.info.run_id for study_run in studies[1:]), None]
    assert {
        child_run.data.tags["mlflow.parentRunId"] for child_run in children(store).values()
    } == {study_id}


@pytest.mark.slow
def test_death_before_any_write_loses_nothing_and_doubles_nothing(store: MlflowClient) -> None:
    chance = random.Random(6)
    options = {"epochs": 5, "names": NAMES, "patience": 30.0}
    for _ in range(6):
        process = start(dies_at_write, chance.randrange(1, 40), run, **options)
        process.join()
        assert process.exitcode in (0, 137, -9)
    run(**options)  # type: ignore[arg-type]
    check(store, 5)


def test_a_process_that_lost_its_run_writes_no_more(
    store: MlflowClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "BEAT_SECONDS", 0.0)

    def study_that_is_overtaken() -> None:
        with (
            open_study("synthetic", {}) as study,
            study.record([child()], guides=GUIDES) as recording,
        ):
            for step in train(3):
                recording.log(measure(step), step.state())
                lease.Leases(store).take(recording.child().run_id)

    with pytest.raises(TrackingError, match="a run has one writer"):
        study_that_is_overtaken()
    (child_run,) = children(store).values()
    assert child_run.info.status == "RUNNING"
    assert not (Path(child_run.info.artifact_uri) / "trajectory.parquet").exists()
    assert not (Path(child_run.info.artifact_uri) / "checkpoints" / "epoch_000001.pt").exists()
    (parent,) = [r for r in runs(store) if tags.IDENTITY not in r.data.tags]
    assert parent.info.status == "FAILED"


def test_a_checkpoint_of_another_measured_set_is_refused_and_nothing_stays_open(
    store: MlflowClient,
) -> None:
    with pytest.raises(ZeroDivisionError):
        run(epochs=6, stop_at=4, error=ZeroDivisionError())
    other = Guides(h_x=2.0, h_y=0.7, i_xy=0.6)
    with (
        pytest.raises(CheckpointError, match="the same measured set"),
        open_study("synthetic", {}) as study,
        study.record([child("fine", epochs=6)], guides=other),
    ):
        pytest.fail("entered")
    assert {each.info.status for each in runs(store)} == {"FAILED"}
