import os
import random
import signal
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from mlflow import MlflowClient
from mlflow.entities import Run
from processes import dies_at_write, start
from synthetic import GUIDES, child, measure, restore, run, train

from ib_mlflow.errors import CheckpointError, InvalidInputError, TrackingError
from ib_mlflow.tracking import (
    ChildSpec,
    Models,
    buffer,
    models,
    open_study,
    owner,
    tags,
)
from ib_mlflow.tracking.metrics import curve_points
from ib_mlflow.trajectory import Guides, Trajectory

NAMES = ("fine", "coarse")
EPOCHS = 7


def runs(store: MlflowClient) -> list[Run]:
    return list(
        store.search_runs([os.environ["MLFLOW_EXPERIMENT_ID"]], order_by=["start_time ASC"])
    )


def children(store: MlflowClient) -> dict[str, Run]:
    found = [run for run in runs(store) if tags.IDENTITY in run.data.tags]
    by_name = {run.info.run_name: run for run in found}
    assert len(by_name) == len(found)
    return by_name


def points(store: MlflowClient, run_id: str) -> list[tuple[str, int, float]]:
    return sorted(
        (key, metric.step, metric.value)
        for key in store.get_run(run_id).data.metrics
        for metric in store.get_metric_history(run_id, key)
    )


def truth(epochs: int, name: str) -> tuple[pd.DataFrame, list[tuple[str, int, float]]]:
    """A child's table and curves, by a training that nothing interrupts and no store records."""
    whole = Trajectory(pd.concat([measure(step) for step in train(epochs)]), GUIDES)
    own = child(name, epochs=epochs).rows(whole.frame).reset_index(drop=True)
    return own, sorted((p.key, p.step, p.value) for p in curve_points(own)[0])


def check(store: MlflowClient, epochs: int, names: tuple[str, ...] = NAMES) -> None:
    """Every child is finished, and its table and its curves are the uninterrupted ones'."""
    found = children(store)
    assert set(found) == set(names)
    for name, one in found.items():
        assert one.info.status == "FINISHED"
        table, curves = truth(epochs, name)
        path = Path(one.info.artifact_uri) / "trajectory.parquet"
        loaded = Trajectory.load(path).frame
        assert all(
            loaded[c].to_numpy().tobytes() == table[c].to_numpy().tobytes()
            for c in loaded.select_dtypes("number")
        )
        pd.testing.assert_frame_equal(loaded, table, check_exact=True)
        assert points(store, one.info.run_id) == curves


def test_a_training_in_one_go(store: MlflowClient) -> None:
    table, study_id = run(epochs=EPOCHS, names=NAMES)
    check(store, EPOCHS)
    whole = Trajectory(pd.concat([measure(step) for step in train(EPOCHS)]), GUIDES)
    assert table.frame.equals(whole.frame)
    assert {one.data.tags["mlflow.parentRunId"] for one in children(store).values()} == {study_id}
    # One of the children holds the checkpoints for both.
    held = [
        len(list((Path(one.info.artifact_uri) / "checkpoints").glob("*")))
        for one in children(store).values()
    ]
    assert sorted(held) == [0, 2 * (EPOCHS + 1)]


def test_finished_children_are_not_computed_again(store: MlflowClient) -> None:
    table, _ = run(epochs=3, names=("fine",))
    with (
        open_study("synthetic", {}) as study,
        study.record([child("fine", epochs=3), child("coarse", epochs=3)], guides=GUIDES) as found,
    ):
        assert not found.finished
        assert [spec.name for spec in found.unfinished] == ["coarse"]
        assert found.checkpoint is None
        assert found.trajectory.frame.equals(table.frame)
        for step in train(3):
            found.log(measure(step, {"coarse": 0.3}), step.state())
    check(store, 3)
    again, _ = run(epochs=3, names=NAMES)
    assert again.frame.equals(found.trajectory.frame)
    assert len(children(store)) == 2


def test_fresh_computes_again_beside_the_old(store: MlflowClient) -> None:
    one, _ = run(epochs=2)
    two, _ = run(epochs=2, fresh=True)
    assert one.frame.equals(two.frame)
    assert len([r for r in runs(store) if tags.IDENTITY in r.data.tags]) == 2


def test_an_exception_keeps_what_was_measured_and_the_next_run_goes_on(store: MlflowClient) -> None:
    with pytest.raises(ZeroDivisionError):
        run(epochs=EPOCHS, names=NAMES, stop_at=4, error=ZeroDivisionError())
    for name, one in children(store).items():
        assert one.info.status == "FAILED"
        table, curves = truth(4, name)
        loaded = Trajectory.load(Path(one.info.artifact_uri) / "trajectory.parquet")
        assert loaded.frame.equals(table)
        assert points(store, one.info.run_id) == curves
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
    ends = sorted(one.info.status for one in children(store).values())
    assert ends == ["FINISHED", "KILLED"]
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
    (one,) = children(store).values()
    path = Path(one.info.artifact_uri) / "checkpoints" / "epoch_000004.pt"
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
    assert all(points(store, one.info.run_id) == [] for one in children(store).values())
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
    studies = [one for one in runs(store) if tags.IDENTITY not in one.data.tags]
    assert [one.info.status for one in studies] == ["KILLED"] * 3 + ["FINISHED"]
    chain = [one.data.tags.get(tags.CONTINUED_BY) for one in studies]
    assert chain == [*(one.info.run_id for one in studies[1:]), None]
    assert {one.data.tags["mlflow.parentRunId"] for one in children(store).values()} == {study_id}


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
    monkeypatch.setattr(owner, "BEAT_SECONDS", 0.0)

    def study_that_is_overtaken() -> None:
        with open_study("synthetic", {}) as study, study.record([child()], guides=GUIDES) as found:
            for step in train(3):
                found.log(measure(step), step.state())
                owner.Claims(store).take(found.child().run_id)

    with pytest.raises(TrackingError, match="a run has one writer"):
        study_that_is_overtaken()
    (one,) = children(store).values()
    assert one.info.status == "RUNNING"
    assert not (Path(one.info.artifact_uri) / "trajectory.parquet").exists()
    assert not (Path(one.info.artifact_uri) / "checkpoints" / "epoch_000001.pt").exists()
    (parent,) = [r for r in runs(store) if tags.IDENTITY not in r.data.tags]
    assert parent.info.status == "FAILED"


def test_what_a_study_may_ask_of_a_recording(store: MlflowClient) -> None:
    with (
        open_study("synthetic", {}) as study,
        study.record([child("fine"), child("coarse")], guides=GUIDES) as found,
    ):
        with pytest.raises(TrackingError, match="must hold an epoch"):
            _ = found.trajectory
        for step in train(2):
            found.log(measure(step), step.state())
            found.log_image(np.zeros((2, 2, 3), dtype=np.uint8), "plane", step.epoch)
        assert found.epochs_logged == (0, 1, 2)
        assert found.trajectory.epochs == (0, 1, 2)
        found.child("coarse").log_metrics({"summary/a": 1.0})
        assert found.child().run_id == children(store)["fine"].info.run_id
        with pytest.raises(InvalidInputError, match="It has fine, coarse"):
            found.child("wide")
    coarse = children(store)["coarse"]
    assert coarse.data.metrics["summary/a"] == 1.0
    assert found.epochs_logged == (0, 1, 2)
    assert found.finished
    with (
        open_study("synthetic", {}) as study,
        study.record([child("coarse")], guides=GUIDES) as again,
    ):
        # The checkpoints lie with the other child, which is not asked for here.
        for recording in (found, again):
            assert torch.equal(recording.state(1)["weights"], list(train(1))[1].weights)
            with pytest.raises(CheckpointError, match="none of epoch 9"):
                recording.state(9)
    with pytest.raises(TrackingError, match="rows for a finished recording"):
        found.log(measure(step), step.state())


def log(*specs: ChildSpec, epochs: tuple[int, ...], columns: slice = slice(None)) -> None:
    steps = list(train(9))
    with open_study("synthetic", {}) as study, study.record(specs, guides=GUIDES) as found:
        for epoch in epochs:
            rows = measure(steps[epoch], {"fine": 0.07})
            found.log(rows.iloc[:, columns], steps[epoch].state())


@pytest.mark.parametrize("epochs", [(0, 1, 1), (0, 3, 2)])
def test_an_epoch_is_logged_once_and_in_order(store: MlflowClient, epochs: tuple[int, ...]) -> None:
    with pytest.raises(TrackingError, match="each later than the one before"):
        log(child("fine"), epochs=epochs)


def test_a_child_without_rows_is_an_error(store: MlflowClient) -> None:
    with pytest.raises(TrackingError, match="too few for fine, coarse"):
        log(child("fine"), child("coarse"), epochs=(0,))


def test_a_recording_of_nothing_is_an_error(store: MlflowClient) -> None:
    with pytest.raises(TrackingError, match="must hold an epoch"):
        log(child("fine"), epochs=())
    assert children(store)["fine"].info.status == "FAILED"


def test_rows_that_break_a_rule_leave_no_checkpoint(store: MlflowClient) -> None:
    with pytest.raises(InvalidInputError, match="the columns of COLUMNS"):
        log(child(), epochs=(0,), columns=slice(3))
    assert list(Path().rglob("epoch_*")) == []


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
    assert {one.info.status for one in runs(store)} == {"FAILED"}


def test_a_finished_child_that_lost_its_table_is_an_error_with_a_way_out(
    store: MlflowClient,
) -> None:
    run(epochs=2)
    (one,) = children(store).values()
    (Path(one.info.artifact_uri) / "trajectory.parquet").unlink()
    with pytest.raises(TrackingError, match="start over with fresh=true"):
        run(epochs=2)
    run(epochs=2, fresh=True)


def test_models_do_not_touch_the_training(
    store: MlflowClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "_save", lambda *given: given[2].mkdir())
    asked: list[int] = []

    def remember(state: dict[str, object]) -> torch.nn.Module:
        asked.append(int(str(state["epoch"])))
        return restore(state)

    example = np.zeros((2, 4), dtype=np.float32)
    with (
        open_study("synthetic", {}) as study,
        study.record(
            [child("fine", epochs=3)], guides=GUIDES, models=Models(remember, example)
        ) as found,
    ):
        for step in train(3):
            found.log(measure(step), step.state())
    assert asked[:3] == [0, 1, 3]
    assert len(asked) == len(set(asked))
    _, curves = truth(3, "fine")
    logged = points(store, found.child().run_id)
    assert [
        point for point in logged if point[0].rpartition("/")[2] in ("mean", "std", "q05", "q95")
    ] == curves
