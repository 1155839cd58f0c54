import os

import pytest
from mlflow import MlflowClient
from synthetic import GUIDES, child, measure, run, train

from ib_mlflow.errors import CheckpointError, TrackingError
from ib_mlflow.tracking import tags
from ib_mlflow.tracking.children import Child
from ib_mlflow.tracking.files import TrainingFiles
from ib_mlflow.trajectory import Trajectory


def begin(store: MlflowClient, *names: str) -> list[Child]:
    return [
        Child(
            child(name),
            store.create_run(os.environ["MLFLOW_EXPERIMENT_ID"]),
            finished=False,
            resumed=False,
        )
        for name in names
    ]


def test_what_is_saved_is_gone_on_from_and_each_child_gets_its_table(store: MlflowClient) -> None:
    children = begin(store, "fine", "coarse")
    files = TrainingFiles(store, children, GUIDES)
    assert files.progress().state is None
    rows = []
    for step in train(2):
        rows.append(Trajectory(measure(step), GUIDES))
        files.save_checkpoint(step.epoch, rows[-1], step.state())
    files.save_tables(Trajectory.concat(rows))
    assert files.state(1)["epoch"] == 1
    with pytest.raises(CheckpointError, match="none of epoch 7"):
        files.state(7)

    later = [
        Child(each.spec, store.get_run(each.run_id), finished=False, resumed=True)
        for each in children
    ]
    again = TrainingFiles(store, later, GUIDES)
    progress = again.progress()
    assert progress.state is not None
    assert progress.state["epoch"] == 2
    assert [part.frame.equals(whole.frame) for part, whole in zip(progress.rows, rows, strict=True)]
    done = [Child(each.spec, each.run, finished=True, resumed=False) for each in children]
    tables = TrainingFiles(store, done, GUIDES).finished_tables()
    assert [set(table.frame["setting"]) for table in tables] == [
        {"bin_size=0.07"},
        {"bin_size=0.3"},
    ]


def test_a_run_that_held_checkpoints_and_is_gone_is_passed_over(store: MlflowClient) -> None:
    (fine,) = begin(store, "fine")
    store.set_tag(fine.run_id, tags.CHECKPOINTS, "0123456789abcdef,nothing")
    files = TrainingFiles(
        store, [Child(fine.spec, store.get_run(fine.run_id), finished=False, resumed=True)], GUIDES
    )
    assert files.progress().rows == ()


def test_a_finished_child_without_its_table_is_an_error(store: MlflowClient) -> None:
    (fine,) = begin(store, "fine")
    files = TrainingFiles(store, [fine], GUIDES)
    assert files.of[fine.run_id].names("") == []
    done = Child(fine.spec, fine.run, finished=True, resumed=False)
    with pytest.raises(TrackingError, match="keeps its trajectory"):
        TrainingFiles(store, [done], GUIDES).finished_tables()


def test_finished_children_have_no_progress(store: MlflowClient) -> None:
    run(epochs=1)
    assert TrainingFiles(store, [], GUIDES).progress().state is None
