import json
import os
import subprocess
import time
from collections.abc import Sequence

import pytest
from mlflow import MlflowClient
from mlflow.entities import Run
from synthetic import child

from ib_mlflow.errors import TrackingError
from ib_mlflow.tracking import tags
from ib_mlflow.tracking.child_runs import ChildRuns, share_checkpoints
from ib_mlflow.tracking.children import Child, ChildSpec
from ib_mlflow.tracking.interrupts import Interrupts
from ib_mlflow.tracking.lease import Claims, Owner

PARENT = "mlflow.parentRunId"


class Study:
    """A study's run, and a process that claims children for it."""

    def __init__(self, store: MlflowClient, *, fresh: bool = False) -> None:
        given = {
            tags.STUDY: "synthetic",
            tags.VERSION: "0",
            "mlflow.user": "me",
            "mlflow.source.a": "b",
        }
        run = store.create_run(os.environ["MLFLOW_EXPERIMENT_ID"], tags=given)
        self.run_id = run.info.run_id
        self.claims = Claims(store)
        self.claims.take(self.run_id)
        self._store = store
        self._runs = ChildRuns(store, run, claims=self.claims, interrupts=Interrupts(), fresh=fresh)

    def joined_by(self, store: MlflowClient, claims: Claims) -> ChildRuns:
        """The children as another process of the study claims them."""
        run = store.get_run(self.run_id)
        return ChildRuns(store, run, claims=claims, interrupts=Interrupts(), fresh=False)

    def claim(self, *specs: ChildSpec, patience: float = 0.0) -> list[Child]:
        return self._runs.claim(specs or (child(),), patience)

    def end(self, status: str, children: Sequence[Child] = ()) -> None:
        for run_id in [*(one.run_id for one in children), self.run_id]:
            self._store.set_terminated(run_id, status)

    def die(self, *children: Child, host: str | None = None, age: float = 0.0) -> None:
        """As after kill -9: the runs stay RUNNING, and name a process that is gone."""
        gone = subprocess.Popen(["true"])
        gone.wait()
        owner = Owner(host or Owner.here().host, gone.pid, "gone", 0.0)
        said = json.loads(owner.said()) | {"beat": time.time() - age}
        for run_id in [*(one.run_id for one in children), self.run_id]:
            self._store.set_tag(run_id, tags.OWNER, json.dumps(said))


@pytest.fixture
def study(store: MlflowClient) -> Study:
    return Study(store)


def get(store: MlflowClient, run_id: str) -> Run:
    return store.get_run(run_id)


def test_a_new_child_says_what_it_is(store: MlflowClient, study: Study) -> None:
    spec = ChildSpec("wide", {"bin_size": 0.3, "a": None}, {"bin_size": 0.3, "list": [1, 2]})
    (found,) = study.claim(spec)
    run = get(store, found.run_id)
    assert not found.finished
    assert not found.resumed
    assert run.info.run_name == "wide"
    assert run.info.status == "RUNNING"
    assert run.data.params == {"bin_size": "0.3", "a": "None"}
    assert run.data.tags[PARENT] == study.run_id
    assert run.data.tags[tags.IDENTITY] == spec.digest
    assert run.data.tags["mlflow.user"] == "me"
    assert run.data.tags["mlflow.source.a"] == "b"
    owner = Owner.of(run)
    assert owner is not None
    assert owner.token == study.claims.owner.token
    said = json.loads(store.download_artifacts(found.run_id, "identity.json") and _read(run))
    assert said["identity"] == {"bin_size": 0.3, "list": [1, 2]}


def _read(run: Run) -> str:
    with open(f"{run.info.artifact_uri}/identity.json", encoding="utf-8") as file:
        return file.read()


def test_many_parameters_go_in_several_calls(store: MlflowClient, study: Study) -> None:
    many = {f"p{number}": number for number in range(250)}
    (found,) = study.claim(ChildSpec("many", many, {}))
    assert len(get(store, found.run_id).data.params) == 250


def test_a_child_of_a_study_that_stands_stays_there_and_is_named(
    store: MlflowClient, study: Study
) -> None:
    done = study.claim()
    study.end("FINISHED", done)
    again = Study(store)
    (found,) = again.claim()
    assert found.finished
    assert found.run_id == done[0].run_id
    run = get(store, found.run_id)
    assert run.data.tags[PARENT] == study.run_id
    assert run.info.status == "FINISHED"
    new = get(store, again.run_id).data.tags
    assert new[f"{tags.REUSED}{found.run_id}"] == "fine"
    assert found.run_id in new["mlflow.note.content"]
    assert not again.claims.holds(found.run_id)


@pytest.mark.parametrize("status", ["KILLED", "FAILED"])
def test_the_children_of_a_study_that_failed_move_to_its_successor(
    store: MlflowClient, study: Study, status: str
) -> None:
    done, begun = study.claim(child("fine"), child("coarse"))
    store.set_terminated(done.run_id, "FINISHED")
    store.set_terminated(begun.run_id, status)
    study.end(status)
    again = Study(store)
    first, second = again.claim(child("fine"), child("coarse"))
    assert (first.finished, first.run_id) == (True, done.run_id)
    assert (second.finished, second.resumed, second.run_id) == (False, True, begun.run_id)
    for found in (first, second):
        assert get(store, found.run_id).data.tags[PARENT] == again.run_id
    assert get(store, begun.run_id).info.status == "RUNNING"
    old = get(store, study.run_id)
    assert old.info.status == status
    assert old.data.tags[tags.CONTINUED_BY] == again.run_id


def test_after_kill_9_the_abandoned_study_is_marked(store: MlflowClient, study: Study) -> None:
    (begun,) = study.claim()
    study.die(begun)
    again = Study(store)
    (found,) = again.claim()
    assert (found.run_id, found.resumed) == (begun.run_id, True)
    old = get(store, study.run_id)
    assert old.info.status == "KILLED"
    assert old.data.tags[tags.CONTINUED_BY] == again.run_id
    last = Owner.of(old)
    assert last is not None
    assert old.info.end_time == int(last.beat * 1000)


def test_a_finished_child_of_a_study_that_still_runs_is_not_taken_away(
    store: MlflowClient, study: Study
) -> None:
    (done,) = study.claim()
    store.set_terminated(done.run_id, "FINISHED")
    again = Study(store)
    (found,) = again.claim()
    assert found.finished
    assert get(store, done.run_id).data.tags[PARENT] == study.run_id
    assert get(store, study.run_id).info.status == "RUNNING"


def test_a_live_writer_is_waited_for_and_then_refused(store: MlflowClient, study: Study) -> None:
    (begun,) = study.claim()
    again = Study(store)
    with pytest.raises(TrackingError, match=f"one writer.*process {study.claims.owner.pid} on"):
        again.claim()
    began = time.monotonic()
    with pytest.raises(TrackingError, match=begun.run_id):
        again.claim(patience=0.3)
    assert time.monotonic() - began >= 0.3
    assert get(store, begun.run_id).data.tags[PARENT] == study.run_id


def test_one_busy_child_leaves_the_others_alone(store: MlflowClient, study: Study) -> None:
    study.claim(child("fine"))
    again = Study(store)
    with pytest.raises(TrackingError, match="'fine'"):
        again.claim(child("coarse"), child("fine"))
    runs = store.search_runs([get(store, study.run_id).info.experiment_id])
    assert "coarse" not in {run.info.run_name for run in runs}


def test_waiting_ends_when_the_other_process_has_finished(
    store: MlflowClient,
    study: Study,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    (begun,) = study.claim()
    monkeypatch.setattr(time, "sleep", lambda _: store.set_terminated(begun.run_id, "FINISHED"))
    (found,) = Study(store).claim(patience=60)
    assert found.finished
    assert "is computed by process" in caplog.text


def test_waiting_ends_when_the_other_process_dies(
    store: MlflowClient, study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    (begun,) = study.claim()
    monkeypatch.setattr(time, "sleep", lambda _: study.die(begun))
    (found,) = Study(store).claim(patience=60)
    assert (found.run_id, found.resumed) == (begun.run_id, True)


def test_another_machine_is_believed_until_it_is_silent_for_long(
    store: MlflowClient, study: Study
) -> None:
    (begun,) = study.claim()
    study.die(begun, host="another", age=100)
    with pytest.raises(TrackingError, match="on another"):
        Study(store).claim()
    study.die(begun, host="another", age=1000)
    (found,) = Study(store).claim()
    assert found.resumed


def test_a_study_does_not_wait_for_itself(study: Study) -> None:
    study.claim()
    with pytest.raises(TrackingError, match="one writer"):
        study.claim(patience=60)


def test_workers_of_a_study_wait_for_each_other_as_long_as_it_takes(
    store: MlflowClient, study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (study.joined_by(store, Claims(store)) for _ in range(2))
    (begun,) = first.claim([child()], 0.0)
    naps: list[float] = []

    def sleep(seconds: float) -> None:
        naps.append(seconds)
        if len(naps) == 3:
            store.set_terminated(begun.run_id, "FINISHED")

    monkeypatch.setattr(time, "sleep", sleep)
    (found,) = second.claim([child()], 0.0)
    assert found.finished
    assert naps == [1.0] * 3


def test_a_worker_does_not_wait_for_the_process_that_waits_for_it(
    store: MlflowClient, study: Study
) -> None:
    study.claim()
    with pytest.raises(TrackingError, match="one writer"):
        study.joined_by(store, Claims(store)).claim([child()], 60.0)


def test_a_child_used_again_is_noted_once(store: MlflowClient, study: Study) -> None:
    study.end("FINISHED", study.claim())
    again = Study(store)
    again.claim()
    again.claim()
    note = get(store, again.run_id).data.tags["mlflow.note.content"]
    assert note.count("used again") == 1


def test_fresh_looks_at_its_own_children_only(store: MlflowClient, study: Study) -> None:
    done = study.claim()
    study.end("FINISHED", done)
    fresh = Study(store, fresh=True)
    (found,) = fresh.claim()
    assert found.run_id != done[0].run_id
    store.set_terminated(found.run_id, "FINISHED")
    (again,) = fresh.claim()
    assert (again.finished, again.run_id) == (True, found.run_id)


def test_a_child_whose_process_died_before_it_was_described_is_described(
    store: MlflowClient, study: Study
) -> None:
    spec = child()
    experiment_id = get(store, study.run_id).info.experiment_id
    bare = store.create_run(experiment_id, tags={tags.IDENTITY: spec.digest})
    (found,) = study.claim()
    run = get(store, bare.info.run_id)
    assert found.run_id == bare.info.run_id
    assert run.data.params == {"bin_size": "0.07"}
    assert run.data.tags[PARENT] == study.run_id


def test_a_deleted_child_is_not_found_and_a_deleted_study_is_no_obstacle(
    store: MlflowClient, study: Study
) -> None:
    done = study.claim()
    study.end("FINISHED", done)
    store.delete_run(study.run_id)
    again = Study(store)
    (found,) = again.claim()
    assert found.finished
    assert get(store, found.run_id).data.tags[PARENT] == again.run_id
    store.delete_run(found.run_id)
    (new,) = Study(store).claim()
    assert not new.finished
    assert new.run_id != found.run_id


def test_children_name_the_runs_that_hold_their_checkpoints(
    store: MlflowClient, study: Study
) -> None:
    both = study.claim(child("fine"), child("coarse"))
    fine, coarse = both
    assert share_checkpoints(store, both) == [fine.run_id]
    study.end("KILLED", both)
    again = Study(store)
    alone = again.claim(child("coarse"))
    assert share_checkpoints(store, alone) == [fine.run_id, coarse.run_id]
    said = get(store, coarse.run_id).data.tags[tags.CHECKPOINTS]
    assert said == f"{fine.run_id},{coarse.run_id}"
