"""The study of pruning at toy size: killed in the middle of its second step, it goes on there."""

import os
import signal
import time

import pandas as pd
import pytest

COMMAND = {
    "scale": "toy", "tasks": "szt", "members": 6, "epochs": 60, "learning_rate": 0.5,
    "batch_size": 64, "hidden": "4,3", "added": 3, "bin_size": 0.5, "patience": 60,
}  # fmt: skip


def begun(store, name, *, least):
    """The child run of a name once it has so many checkpoints."""
    runs = [run for run in store.runs() if run.info.run_name == name]
    for run in runs:
        if len(list(store.artifact(run, "").glob("**/epoch_*.pt"))) >= least:
            return run
    return None


@pytest.mark.slow
def test_a_study_killed_in_its_second_step_goes_on_there(tmp_path, store_at):
    store = store_at(tmp_path / "broken")
    process = store.start("pruning", **COMMAND)
    deadline, step = time.monotonic() + 500, None
    while time.monotonic() < deadline and process.poll() is None and step is None:
        step = begun(store, "szt tanh, 1st pruning", least=3)
        time.sleep(0.05)
    assert process.poll() is None, process.communicate()[0]
    assert step is not None
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()

    code, printed = store.run("pruning", **COMMAND, workers=2)
    assert code == 0, printed
    study = store.study("pruning")
    children = {child.info.run_name: child for child in store.children(study)}
    names = ["szt tanh, big", "szt tanh, 1st pruning", "szt tanh, random layers 1"]
    everyone = [run for run in store.runs() if run.info.run_name in names]
    assert len(everyone) == 3, "no child was begun twice"
    assert {run.info.status for run in everyone} == {"FINISHED"}
    assert step.info.run_id in {run.info.run_id for run in everyone}
    assert names[-1] in children

    report = store.artifact(study, "report.md").read_text(encoding="utf-8")
    assert "Revisiting the Information Plane" in report
    assert "nan" not in report
    for name in ("information_plane.png", "accuracy_szt_tanh.png", "similarity_szt_tanh.png"):
        assert store.artifact(study, name).read_bytes().startswith(b"\x89PNG"), name
    table = pd.read_parquet(store.artifact(study, "trajectory.parquet"))
    layers = table.groupby("run")["layer"].max()
    assert layers["szt tanh, big"] == 6
    assert layers["szt tanh, 1st pruning"] == layers["szt tanh, random layers 1"] < 6
