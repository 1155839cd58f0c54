"""The entry point `tune`: trials, kills, batches, and what is refused."""

import os
import signal
import time

import optuna
import pandas as pd
import pytest
from clusters import dask_cluster

from ib_mlflow.tracking import StudyHandle
from ib_mlflow.tuning.ledger import HOLDER

SMALL = {"scale": "toy", "given": "scale=toy;members=2;epochs=6;hidden=4,3", "measured": 3}


@pytest.fixture(scope="module")
def own_store(store_at, tmp_path_factory):
    """A store with no networks of other tests."""
    return store_at(tmp_path_factory.mktemp("tune"))


def trials_of(store, study):
    return pd.read_parquet(store.artifact(study, "trials.parquet")).drop(columns="run_id")


def test_every_trial_is_a_child_run_and_the_winner_is_told(own_store):
    code, printed = own_store.run("tune", trials=5, batch_trials=5, pruner="median", **SMALL)
    assert code == 0, printed
    study = own_store.study("tune")
    children = own_store.children(study)
    assert {child.info.run_name for child in children} == {f"trial {k}" for k in range(5)}
    states = {child.data.tags["ib.trial_state"]: child.info.status for child in children}
    assert states.get("COMPLETE") == "FINISHED"
    assert states.get("PRUNED", "KILLED") == "KILLED"
    table = pd.read_parquet(own_store.artifact(study, "trials.parquet"))
    complete = table[table["state"] == "COMPLETE"]
    best = complete.loc[complete["summary/val_accuracy"].idxmax()]
    report = own_store.artifact(study, "report.md").read_text(encoding="utf-8")
    assert report.split("\n\n")[1].startswith(f"**Best: trial {best['number']}**")
    assert study.data.metrics["summary/best_1"] == best["summary/val_accuracy"]
    by_run = {child.info.run_id: child.data for child in children}
    for _, row in complete.iterrows():
        child = by_run[row["run_id"]]
        assert child.metrics["summary/val_accuracy"] == row["summary/val_accuracy"]
        assert child.params["learning_rate"] == row["learning_rate"]
    for name in ("history.html", "slice.html", "information_plane.png"):
        assert own_store.artifact(study, name).exists()
    assert "cdn.plot.ly" not in own_store.artifact(study, "history.html").read_text("utf-8")[:5000]


@pytest.mark.slow
def test_a_search_that_is_killed_goes_on_and_ends_as_it_would_have(store_at, tmp_path):
    search = {**SMALL, "trials": 6, "sampler": "qmc", "batch_trials": 2}
    whole = store_at(tmp_path / "whole")
    assert whole.run("tune", **search)[0] == 0
    killed = store_at(tmp_path / "killed")
    process = killed.start("tune", **search)
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline and process.poll() is None:
        if any(run.info.status == "FINISHED" for run in killed.runs("tags.`ib.trial` != ''")):
            break
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    code, printed = killed.run("tune", **search)
    assert code == 0, printed
    tables = [trials_of(store, store.study("tune")) for store in (whole, killed)]
    pd.testing.assert_frame_equal(*tables)
    ends = [run for run in killed.runs("tags.`ib.trial` != ''") if run.info.status == "FINISHED"]
    assert sorted(run.info.run_name for run in ends) == [f"trial {k}" for k in range(6)]


@pytest.mark.slow
def test_all_workers_of_a_cluster_search_and_the_trials_are_those_of_one_process(
    own_store, store_at, tmp_path
):
    search = {**SMALL, "trials": 12, "sampler": "qmc"}
    assert own_store.run("tune", **search)[0] == 0
    spread = store_at(tmp_path / "spread")
    (tmp_path / "dask").mkdir()
    with dask_cluster(tmp_path / "dask", workers=2, nanny=True) as cluster:
        code, printed = spread.run("tune", cluster=cluster.address, **search)
    assert code == 0, printed
    tables = [trials_of(store, store.study("tune")) for store in (own_store, spread)]
    pd.testing.assert_frame_equal(*tables)
    (kept,) = optuna.get_all_study_summaries(f"sqlite:///{tmp_path / 'spread' / 'optuna.db'}")
    trials = optuna.load_study(
        study_name=kept.study_name, storage=f"sqlite:///{tmp_path / 'spread' / 'optuna.db'}"
    ).trials
    assert len({trial.user_attrs[HOLDER]["token"] for trial in trials}) == 2


def test_a_named_search_is_of_one_thing(tmp_path):
    from ib_mlflow.errors import StorageError
    from projects.tuning.jobs import job_of
    from projects.tuning.tune import STUDY

    handle = StudyHandle("run", "0", f"sqlite:///{tmp_path}/mlflow.db", fresh=False)
    usual = {"scale": "toy", "search": "shared", "storage": f"sqlite:///{tmp_path}/optuna.db"}

    def open_search(**parameters):
        words = [w for pair in {**usual, **parameters}.items() for w in (f"--{pair[0]}", pair[1])]
        job_of(STUDY.configuration.parse(words), handle).opened().close()

    open_search(given="members=2;scale=toy")
    open_search(given="scale=toy;members=2")
    other = "scale=toy;members=3;activation=relu"
    here, there = "activation=relu;members=3;scale=toy", "members=2;scale=toy"
    with pytest.raises(StorageError, match=rf"given is {here} here and {there} there"):
        open_search(given=other)
    with pytest.raises(StorageError, match=r"study is leaky here and main there"):
        open_search(study="leaky", given=there, setting="szt relu")
