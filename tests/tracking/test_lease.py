import json
import os
import subprocess
import sys
import time
from dataclasses import asdict, replace

import pytest
from mlflow import MlflowClient

from ib_mlflow.errors import TrackingError
from ib_mlflow.tracking import lease as module
from ib_mlflow.tracking.lease import Holder, Leases, close_abandoned
from ib_mlflow.tracking.processes import started
from ib_mlflow.tracking.tags import HOLDER


def test_this_process_is_alive_and_a_dead_one_is_not() -> None:
    here = Holder.here()
    assert here.alive
    process = subprocess.Popen([sys.executable, "-c", ""])
    other = Holder(here.host, process.pid, "token", time.time(), started(process.pid))
    for _ in range(500):  # it is not waited for: it ends, and stays in the process table
        if not other.alive:
            break
        time.sleep(0.01)
    assert process.returncode is None
    assert not other.alive
    process.wait()
    assert not other.alive


@pytest.mark.parametrize(("age", "alive"), [(0.0, True), (599.0, True), (601.0, False)])
def test_another_machine_is_believed_while_its_heartbeat_is_fresh(age: float, alive: bool) -> None:
    assert Holder("another", 1, "token", time.time() - age).alive is alive


def test_a_process_of_this_machine_may_be_silent_for_hours() -> None:
    assert replace(Holder.here(), beat=time.time() - 36_000).alive


def test_a_reused_process_id_counts_as_dead_however_fresh_the_heartbeat() -> None:
    assert not replace(Holder.here(), start="another boot 12345").alive


@pytest.mark.parametrize(("age", "alive"), [(599.0, True), (601.0, False)])
def test_without_a_known_start_the_heartbeat_decides(age: float, alive: bool) -> None:
    assert replace(Holder.here(), start="", beat=time.time() - age).alive is alive


def test_the_tag_is_read_back(store: MlflowClient, run_id: str) -> None:
    assert Holder.of(store.get_run(run_id)) is None
    leases = Leases(store)
    leases.take(run_id)
    holder = Holder.of(store.get_run(run_id))
    assert holder is not None
    assert (holder.pid, holder.token) == (os.getpid(), leases.holder.token)
    assert holder.start == leases.holder.start
    assert str(os.getpid()) in str(holder)
    for nonsense in ("", "[]", '{"host": "a"}'):
        store.set_tag(run_id, HOLDER, nonsense)
        assert Holder.of(store.get_run(run_id)) is None


def test_a_heartbeat_is_renewed_when_due(
    store: MlflowClient, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    leases = Leases(store)
    leases.take(run_id)
    before = store.get_run(run_id).data.tags[HOLDER]
    leases.beat()
    assert store.get_run(run_id).data.tags[HOLDER] == before
    monkeypatch.setattr(module, "BEAT_SECONDS", 0.0)
    leases.beat()
    assert json.loads(store.get_run(run_id).data.tags[HOLDER])["beat"] > json.loads(before)["beat"]


def test_a_process_whose_run_was_taken_over_stops_before_it_writes(
    store: MlflowClient, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BEAT_SECONDS", 0.0)
    sleeper, taker = Leases(store), Leases(store)
    sleeper.take(run_id)
    taker.take(run_id)
    with pytest.raises(TrackingError, match="a run has one writer"):
        sleeper.beat()
    assert not sleeper.holds(run_id)
    sleeper.abandon(status="KILLED")
    assert store.get_run(run_id).info.status == "RUNNING"
    taker.beat()
    taker.abandon(status="KILLED")
    assert store.get_run(run_id).info.status == "KILLED"


def test_runs_of_dead_processes_are_closed_and_no_others(store: MlflowClient) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    here, now = Holder.here(), time.time()
    holders = {
        "dead": Holder(here.host, gone.pid, "a", now - 5),
        "alive": here,
        "slow": replace(here, beat=now - 10000),
        "reused": replace(here, start="another", beat=now - 5),
        "elsewhere": Holder("another", gone.pid, "a", now - 10000),
        "nobody's": None,
    }
    runs = {}
    for name, holder in holders.items():
        runs[name] = store.create_run(os.environ["MLFLOW_EXPERIMENT_ID"], run_name=name).info.run_id
        if holder is not None:
            store.set_tag(runs[name], HOLDER, json.dumps(asdict(holder)))
    close_abandoned(store, os.environ["MLFLOW_EXPERIMENT_ID"])
    infos = {name: store.get_run(run_id).info for name, run_id in runs.items()}
    assert {name: info.status for name, info in infos.items()} == {
        "dead": "KILLED",
        "alive": "RUNNING",
        "slow": "RUNNING",
        "reused": "KILLED",
        "elsewhere": "RUNNING",
        "nobody's": "RUNNING",
    }
    assert infos["dead"].end_time == int((now - 5) * 1000)


def test_what_fails_while_runs_are_abandoned_is_logged(
    store: MlflowClient,
    run_id: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    leases = Leases(store)
    leases.take(run_id)

    def fail(*_: object) -> None:
        raise ConnectionError("gone")

    monkeypatch.setattr(store, "set_terminated", fail)
    leases.abandon(status="FAILED")
    assert "could not be ended" in caplog.text
    assert not leases.holds(run_id)
