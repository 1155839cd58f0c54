from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import pytest
from synthetic import GUIDES, SETTINGS, child, measure, train

from ib_mlflow.errors import CheckpointError
from ib_mlflow.tracking import checkpoints
from ib_mlflow.tracking.artifacts import Artifacts
from ib_mlflow.tracking.children import ChildSpec
from ib_mlflow.tracking.progress import find_progress
from ib_mlflow.trajectory import Guides, Trajectory

FINE, COARSE = child("fine"), child("coarse")


def folder(path: Path, specs: Sequence[ChildSpec] = (), epochs: Sequence[int] = ()) -> Artifacts:
    """The checkpoints of a training that measured for some children."""
    artifacts = Artifacts(cast("Any", None), path.name, str(path / "artifacts"))
    settings = {spec.name: SETTINGS[spec.name] for spec in specs}
    for step in train(max(epochs, default=0)):
        if step.epoch in epochs:
            rows = Trajectory(measure(step, settings), GUIDES)
            digests = [spec.digest for spec in specs]
            checkpoints.save(artifacts, step.epoch, rows, step.state(), digests)
    return artifacts


def cut(path: Path, epoch: int, suffix: str) -> None:
    file = path / "artifacts" / "checkpoints" / f"epoch_{epoch:06d}.{suffix}"
    file.write_bytes(file.read_bytes()[:-20])


def epochs_of(progress: Any) -> list[int]:
    return [rows.epochs[0] for rows in progress.rows]


def test_nothing_to_go_on_from(tmp_path: Path) -> None:
    progress = find_progress([folder(tmp_path)], [FINE], GUIDES)
    assert (progress.rows, progress.state) == ((), None)


def test_the_last_epoch(tmp_path: Path) -> None:
    progress = find_progress([folder(tmp_path, [FINE, COARSE], [0, 1, 5])], [FINE, COARSE], GUIDES)
    assert epochs_of(progress) == [0, 1, 5]
    assert progress.state is not None
    assert progress.state["epoch"] == 5


@pytest.mark.parametrize("suffix", ["pt", "parquet"])
def test_a_truncated_last_checkpoint_falls_back_to_the_one_before(
    tmp_path: Path, suffix: str
) -> None:
    source = folder(tmp_path, [FINE], [0, 1, 5])
    cut(tmp_path, 5, suffix)
    progress = find_progress([source], [FINE], GUIDES)
    assert epochs_of(progress) == [0, 1]
    assert progress.state is not None
    assert progress.state["epoch"] == 1


def test_a_last_checkpoint_of_zeros_falls_back_to_the_one_before(tmp_path: Path) -> None:
    source = folder(tmp_path, [FINE], [0, 1, 5])
    file = tmp_path / "artifacts" / "checkpoints" / "epoch_000005.pt"
    file.write_bytes(bytes(file.stat().st_size))
    assert epochs_of(find_progress([source], [FINE], GUIDES)) == [0, 1]


def test_no_epoch_of_the_table_is_skipped(tmp_path: Path) -> None:
    source = folder(tmp_path, [FINE], [0, 1, 5, 9])
    cut(tmp_path, 1, "parquet")
    assert epochs_of(find_progress([source], [FINE], GUIDES)) == [0]


def test_a_child_that_joins_late_takes_the_training_back_to_its_beginning(tmp_path: Path) -> None:
    progress = find_progress([folder(tmp_path, [FINE], [0, 1, 5])], [FINE, COARSE], GUIDES)
    assert (progress.rows, progress.state) == ((), None)


def test_one_child_of_two_goes_on_alone_and_leaves_the_others_rows(tmp_path: Path) -> None:
    source = folder(tmp_path, [FINE, COARSE], [0, 1, 5])
    progress = find_progress([source], [COARSE], GUIDES)
    assert epochs_of(progress) == [0, 1, 5]
    assert {setting for rows in progress.rows for setting in rows.frame["setting"]} == {
        "bin_size=0.3"
    }


def test_checkpoints_of_two_runs_are_put_together(tmp_path: Path) -> None:
    """Both began together, then one went on alone, then they are together again."""
    both = folder(tmp_path / "both", [FINE, COARSE], [0, 1])
    alone = folder(tmp_path / "alone", [COARSE], [2, 3])
    sources = [both, alone]
    assert epochs_of(find_progress(sources, [COARSE], GUIDES)) == [0, 1, 2, 3]
    together = find_progress(sources, [FINE, COARSE], GUIDES)
    assert epochs_of(together) == [0, 1]
    assert together.state is not None
    assert together.state["epoch"] == 1


def test_rows_of_one_epoch_in_two_runs(tmp_path: Path) -> None:
    fine = folder(tmp_path / "fine", [FINE], [0, 1])
    coarse = folder(tmp_path / "coarse", [COARSE], [0, 1, 2])
    progress = find_progress([fine, coarse], [FINE, COARSE], GUIDES)
    assert epochs_of(progress) == [0, 1]
    truth = Trajectory(measure(list(train(1))[1]), GUIDES)
    assert progress.rows[1].frame.equals(truth.frame)


def test_another_measured_set_is_refused(tmp_path: Path) -> None:
    source = folder(tmp_path, [FINE], [0])
    with pytest.raises(CheckpointError, match="the same measured set"):
        find_progress([source], [FINE], Guides(h_x=2.0, h_y=0.7, i_xy=0.6))


def test_the_checkpoint_of_another_training_is_refused(tmp_path: Path) -> None:
    source = folder(tmp_path, [FINE], [0])
    with pytest.raises(CheckpointError, match="must belong to the children"):
        find_progress([source], [child("fine", seed=7)], GUIDES)
