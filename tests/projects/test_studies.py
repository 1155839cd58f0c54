"""Studies at toy size, through the door its user uses: `mlflow run`."""

import os
import re
import signal
import time

import pandas as pd
import pytest

from ib_mlflow.trajectory import Trajectory

CHILDREN = {"main": 1, "bin_sweep": 12, "mixed_activations": 4, "bottleneck": 2}
SEEDS = {"main": 0, "bin_sweep": 10, "mixed_activations": 20, "bottleneck": 30}
"""Seeds of their own: a child that another study has finished would stay with that one."""
FIGURES = {
    "bin_sweep": ["bin_histograms_szt_tanh.png", "occupied_bins_szt_relu.png"],
}


IN_THE_SUITE = {"main"}
ENTRIES = [
    name if name in IN_THE_SUITE else pytest.param(name, marks=pytest.mark.slow)
    for name in sorted(CHILDREN)
]


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_study_runs_and_leaves_what_it_promises(store, entry):
    code, printed = store.launch(entry, scale="toy", seed=SEEDS[entry])
    assert code == 0, printed
    assert "mlflow ui --backend-store-uri" in printed
    study = store.study(entry)
    assert study.info.status == "FINISHED"
    assert f"runs/{study.info.run_id}" in printed
    assert study.data.params["epochs"] == "8"
    assert study.data.params["scale"] == "toy"
    assert not any(name.startswith("cfg.") for name in study.data.params), "each stands there once"
    for name in ("information_plane.png", "loss_accuracy.png", *FIGURES.get(entry, [])):
        assert store.artifact(study, name).read_bytes().startswith(b"\x89PNG"), name
    page = store.artifact(study, "information_plane.html").read_text(encoding="utf-8")
    assert len(page.encode()) < 6_000_000
    report = store.artifact(study, "report.md").read_text(encoding="utf-8")
    assert "(toy: a smoke test, no claim is judged)" in report.splitlines()[0]
    assert not re.search(r"\b(agrees|disagrees|undecided|verdict)\b", report)
    assert "nan" not in report
    assert study.inputs.dataset_inputs

    children = store.children(study)
    assert len(children) == CHILDREN[entry]
    table = pd.read_parquet(store.artifact(study, "trajectory.parquet"))
    assert {"run", "member", "epoch", "layer", "estimator", "i_x", "i_y"} <= set(table.columns)
    assert set(table["run"]) == {child.info.run_name for child in children}
    models = 0
    for child in children:
        assert child.info.status == "FINISHED"
        assert child.data.params["bin_size"]
        used = {(of.dataset.name, of.dataset.digest) for of in child.inputs.dataset_inputs}
        where = f"source_run_id = '{child.info.run_id}'"
        for model in store.client.search_logged_models([store.experiment], where):
            models += 1
            of = {(metric.dataset_name, metric.dataset_digest) for metric in model.metrics}
            assert of
            assert of <= used, "models are of the data of their run"
        shared = {"scale": "toy", "test_fraction": "0.2", "split_seed": "42"}
        assert shared.items() <= child.data.params.items()
        words = child.data.tags["mlflow.note.content"]
        assert f"trained on {child.data.params['task']} for 8 epochs" in words
        assert "in nats" in words
        own = Trajectory.load(store.artifact(child, "trajectory.parquet"))
        assert own.epochs == tuple(range(9))
        last = own.frame[(own.frame["epoch"] == 8) & (own.frame["layer"] == 3)]
        logged = store.client.get_metric_history(child.info.run_id, "i_x_nats.binned/layer_3")
        assert [point.step for point in logged] == list(own.epochs)
        assert logged[-1].value == pytest.approx(last["i_x"].mean(), abs=1e-12)
        assert len(child.data.metrics) <= 25
    assert models, "of the first child of each training"


@pytest.mark.slow
def test_the_same_command_again_computes_nothing_again(store):
    command = {"scale": "toy", "seed": 70, "members": 2, "epochs": 3}

    def computed() -> set[str]:
        return {run.info.run_id for run in store.runs() if run.data.tags.get("ib.identity")}

    before = computed()
    code, printed = store.run("main", **command)
    assert code == 0, printed
    (child,) = computed() - before
    code, printed = store.run("main", **command)
    assert code == 0, printed
    assert computed() - before == {child}
    again, first = store.studies("main")[:2]
    assert again.info.run_id != first.info.run_id
    tables = [pd.read_parquet(store.artifact(run, "trajectory.parquet")) for run in (first, again)]
    pd.testing.assert_frame_equal(*tables, check_exact=True)


@pytest.mark.slow
def test_processes_side_by_side_leave_the_table_of_one(store, tmp_path, store_at):
    command = {"scale": "toy", "seed": 50, "members": 2, "epochs": 4}
    code, printed = store.run("bottleneck", **command)
    assert code == 0, printed
    spread = store_at(tmp_path / "spread")
    code, printed = spread.run("bottleneck", **command, workers=2)
    assert code == 0, printed
    alone, together = (
        pd.read_parquet(each.artifact(each.study("bottleneck"), "trajectory.parquet"))
        for each in (store, spread)
    )
    pd.testing.assert_frame_equal(alone, together, check_exact=True)
    statuses = {run.info.status for run in spread.runs()}
    assert statuses == {"FINISHED"}
    assert len(spread.children(spread.study("bottleneck"))) == 2


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (
            {"membrs": 3},
            "main: every parameter must be known; received membrs. Did you mean members?",
        ),
        (
            {"bin_size": -1},
            "main: bin_size: Input should be greater than or equal to 0.000000001; received '-1'. "
            "Allowed: ≥ 1e-09, ≤ 100;",
        ),
        (
            {"hidden": ",".join(["100000"] * 100)},  # 4 TB a network
            "main: the weights of the networks must fit in memory; received 2 members of widths",
        ),
    ],
)
def test_a_typo_gets_one_clear_line_and_leaves_no_run(store, parameters, message):
    before = [run.info.run_id for run in store.runs()]
    code, printed = store.launch("main", scale="toy", **parameters)
    assert code != 0
    assert message in printed
    assert "Traceback" not in printed.split(message)[0].rsplit("Running command", 1)[-1]
    assert "Traceback" not in printed.split(message)[1]
    assert [run.info.run_id for run in store.runs()] == before


@pytest.mark.slow
def test_a_killed_study_goes_on_and_ends_with_the_same_bits(tmp_path, store_at):
    """Killed twice in the middle, and compared with a study that nobody disturbed."""
    command = {"scale": "toy", "epochs": 300, "members": 3}
    whole = store_at(tmp_path / "whole")
    code, printed = whole.run("main", **command)
    assert code == 0, printed
    broken = store_at(tmp_path / "broken")
    for least in (5, 40):
        process = broken.start("main", **command)
        deadline = time.monotonic() + 300
        while time.monotonic() < deadline and process.poll() is None:
            if len(list((tmp_path / "broken").glob("mlruns/**/epoch_*.pt"))) >= least:
                break
            time.sleep(0.05)
        assert process.poll() is None, f"it ended before {least} checkpoints were written"
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    code, printed = broken.run("main", **command)
    assert code == 0, printed

    (child,) = broken.children(broken.study("main"))
    (undisturbed,) = whole.children(whole.study("main"))
    ours = Trajectory.load(broken.artifact(child, "trajectory.parquet"))
    theirs = Trajectory.load(whole.artifact(undisturbed, "trajectory.parquet"))
    pd.testing.assert_frame_equal(ours.frame, theirs.frame, check_exact=True)
    for key in ("i_x_nats.binned/layer_3", "val_loss_nats"):
        steps = [point.step for point in broken.client.get_metric_history(child.info.run_id, key)]
        assert sorted(steps) == list(ours.epochs)
    statuses = [run.info.status for run in broken.studies("main")]
    assert statuses == ["FINISHED", "KILLED", "KILLED"]
