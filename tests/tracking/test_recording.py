from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from mlflow import MlflowClient
from recorded import NAMES, check, children, points, runs, truth
from synthetic import GUIDES, child, measure, restore, run, train

from ib_mlflow.errors import CheckpointError, InvalidInputError, TrackingError
from ib_mlflow.tracking import ChildSpec, Models, models, open_study, tags
from ib_mlflow.trajectory import Trajectory

EPOCHS = 7


def test_a_training_in_one_go(store: MlflowClient) -> None:
    table, study_id = run(epochs=EPOCHS, names=NAMES)
    check(store, EPOCHS)
    whole = Trajectory(pd.concat([measure(step) for step in train(EPOCHS)]), GUIDES)
    assert table.frame.equals(whole.frame)
    assert {
        child_run.data.tags["mlflow.parentRunId"] for child_run in children(store).values()
    } == {study_id}
    # One of the children holds the checkpoints for both.
    held = [
        len(list((Path(child_run.info.artifact_uri) / "checkpoints").glob("*")))
        for child_run in children(store).values()
    ]
    assert sorted(held) == [0, 2 * (EPOCHS + 1)]


def test_finished_children_are_not_computed_again(store: MlflowClient) -> None:
    table, _ = run(epochs=3, names=("fine",))
    with (
        open_study("synthetic", {}) as study,
        study.record(
            [child("fine", epochs=3), child("coarse", epochs=3)], guides=GUIDES
        ) as recording,
    ):
        assert not recording.finished
        assert [spec.name for spec in recording.unfinished] == ["coarse"]
        assert recording.checkpoint is None
        assert recording.trajectory.frame.equals(table.frame)
        for step in train(3):
            recording.log(measure(step, {"coarse": 0.3}), step.state())
    check(store, 3)
    again, _ = run(epochs=3, names=NAMES)
    assert again.frame.equals(recording.trajectory.frame)
    assert len(children(store)) == 2


def test_fresh_computes_again_beside_the_old(store: MlflowClient) -> None:
    first, _ = run(epochs=2)
    second, _ = run(epochs=2, fresh=True)
    assert first.frame.equals(second.frame)
    assert len([r for r in runs(store) if tags.IDENTITY in r.data.tags]) == 2


def test_what_a_study_may_ask_of_a_recording(store: MlflowClient) -> None:
    with (
        open_study("synthetic", {}) as study,
        study.record([child("fine"), child("coarse")], guides=GUIDES) as recording,
    ):
        with pytest.raises(TrackingError, match="must hold an epoch"):
            _ = recording.trajectory
        for step in train(2):
            recording.log(measure(step), step.state())
            recording.child().log_image(np.zeros((2, 2, 3), dtype=np.uint8), "plane", step.epoch)
        assert recording.epochs_logged == (0, 1, 2)
        assert recording.trajectory.epochs == (0, 1, 2)
        recording.child("coarse").log_metrics({"summary/a": 1.0})
        assert recording.child().run_id == children(store)["fine"].info.run_id
        with pytest.raises(InvalidInputError, match="It has fine, coarse"):
            recording.child("wide")
    coarse = children(store)["coarse"]
    assert coarse.data.metrics["summary/a"] == 1.0
    assert recording.epochs_logged == (0, 1, 2)
    assert recording.finished
    with (
        open_study("synthetic", {}) as study,
        study.record([child("coarse")], guides=GUIDES) as again,
    ):
        # The checkpoints lie with the other child, which is not asked for here.
        for opened in (recording, again):
            assert torch.equal(opened.state(1)["weights"], list(train(1))[1].weights)
            with pytest.raises(CheckpointError, match="none of epoch 9"):
                opened.state(9)
    with pytest.raises(TrackingError, match="rows for a finished recording"):
        recording.log(measure(step), step.state())


def test_what_a_child_came_to_is_written_as_it_ends_and_of_one_that_has_ended_at_once(
    store: MlflowClient,
) -> None:
    tag = {"trial": "3"}
    with (
        open_study("synthetic", {}) as study,
        study.record([child("fine", epochs=1)], guides=GUIDES) as recording,
    ):
        for step in train(1):
            recording.log(measure(step), step.state())
        recording.summarise("fine", {"summary/a": 1.0, "summary/b": np.nan}, tag)
        with pytest.raises(InvalidInputError, match="begins with summary/"):
            recording.summarise("fine", {"a": 1.0}, tag)
        with pytest.raises(InvalidInputError, match="It has fine"):
            recording.summarise("wide", {}, tag)
    recording.summarise("fine", {"summary/a": 1.0, "summary/c": 2.0}, {"trial": "4"})
    fine = children(store)["fine"]
    assert fine.data.metrics["summary/a"] == 1.0
    assert fine.data.metrics["summary/c"] == 2.0
    assert fine.data.tags["ib.trial"] == "4"
    assert fine.data.tags[f"{tags.NON_FINITE}summary/b"].startswith("no number")
    assert len(store.get_metric_history(fine.info.run_id, "summary/a")) == 1
    assert points(store, fine.info.run_id)


def log(*specs: ChildSpec, epochs: tuple[int, ...], columns: slice = slice(None)) -> None:
    steps = list(train(9))
    with open_study("synthetic", {}) as study, study.record(specs, guides=GUIDES) as recording:
        for epoch in epochs:
            rows = measure(steps[epoch], {"fine": 0.07})
            recording.log(rows.iloc[:, columns], steps[epoch].state())


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


def test_a_finished_child_that_lost_its_table_is_an_error_with_a_way_out(
    store: MlflowClient,
) -> None:
    run(epochs=2)
    (child_run,) = children(store).values()
    (Path(child_run.info.artifact_uri) / "trajectory.parquet").unlink()
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
        ) as recording,
    ):
        for step in train(3):
            recording.log(measure(step), step.state())
    assert asked[:3] == [0, 1, 3]
    assert len(asked) == len(set(asked))
    _, curves = truth(3, "fine")
    logged = points(store, recording.child().run_id)
    # What a model is ranked by is the run's own point, once.
    assert logged == curves


def test_tags_of_a_child_that_stays_elsewhere_stand_on_the_light_child(store: MlflowClient) -> None:
    run(epochs=3, names=("fine",))
    (own,) = children(store).values()
    with open_study("synthetic", {}) as study:
        for state in ("COMPLETE", "PRUNED"):
            with study.record([child("fine", epochs=3)], guides=GUIDES) as recording:
                recording.summarise("fine", {"summary/a": 1.0}, {"trial": "3", "state": state})
    (light,) = (each for each in runs(store) if tags.REUSED_FROM in each.data.tags)
    assert (light.data.tags["ib.trial"], light.data.tags["ib.state"]) == ("3", "PRUNED")
    kept = store.get_run(own.info.run_id).data
    assert "ib.trial" not in kept.tags
    assert kept.metrics["summary/a"] == 1.0
