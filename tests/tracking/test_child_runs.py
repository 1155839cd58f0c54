import json

import pytest
from child_studies import PARENT, Study, get
from mlflow import MlflowClient
from mlflow.entities import Run
from synthetic import child

from ib_mlflow.tracking import tags
from ib_mlflow.tracking.child_runs import checkpoint_runs
from ib_mlflow.tracking.children import ChildSpec
from ib_mlflow.tracking.lease import Holder


@pytest.fixture
def study(store: MlflowClient) -> Study:
    return Study(store)


def test_a_new_child_says_what_it_is(store: MlflowClient, study: Study) -> None:
    spec = ChildSpec("wide", {"bin_size": 0.3, "a": None}, {"bin_size": 0.3, "list": [1, 2]})
    (taken,) = study.take(spec)
    run = get(store, taken.run_id)
    assert not taken.finished
    assert not taken.resumed
    assert run.info.run_name == "wide"
    assert run.info.status == "RUNNING"
    assert run.data.params == {"bin_size": "0.3", "a": "None"}
    assert run.data.tags[PARENT] == study.run_id
    assert run.data.tags[tags.IDENTITY] == spec.digest
    assert run.data.tags["mlflow.user"] == "me"
    assert run.data.tags["mlflow.source.a"] == "b"
    holder = Holder.of(run)
    assert holder is not None
    assert holder.token == study.leases.holder.token
    identity = json.loads(store.download_artifacts(taken.run_id, "identity.json") and _read(run))
    assert identity["identity"] == {"bin_size": 0.3, "list": [1, 2]}


def _read(run: Run) -> str:
    with open(f"{run.info.artifact_uri}/identity.json", encoding="utf-8") as file:
        return file.read()


def test_many_parameters_go_in_several_calls(store: MlflowClient, study: Study) -> None:
    many = {f"p{number}": number for number in range(250)}
    (taken,) = study.take(ChildSpec("many", many, {}))
    assert len(get(store, taken.run_id).data.params) == 250


def test_a_child_of_a_study_that_stands_stays_there_and_is_named(
    store: MlflowClient, study: Study
) -> None:
    done = study.take()
    study.end("FINISHED", done)
    again = Study(store)
    (taken,) = again.take()
    assert taken.finished
    assert taken.run_id == done[0].run_id
    run = get(store, taken.run_id)
    assert run.data.tags[PARENT] == study.run_id
    assert run.info.status == "FINISHED"
    new = get(store, again.run_id).data.tags
    assert new[f"{tags.REUSED}{taken.run_id}"] == "fine"
    assert taken.run_id in new["mlflow.note.content"]
    assert not again.leases.holds(taken.run_id)


@pytest.mark.parametrize("status", ["KILLED", "FAILED"])
def test_the_children_of_a_study_that_failed_move_to_its_successor(
    store: MlflowClient, study: Study, status: str
) -> None:
    done, begun = study.take(child("fine"), child("coarse"))
    store.set_terminated(done.run_id, "FINISHED")
    store.set_terminated(begun.run_id, status)
    study.end(status)
    again = Study(store)
    first, second = again.take(child("fine"), child("coarse"))
    assert (first.finished, first.run_id) == (True, done.run_id)
    assert (second.finished, second.resumed, second.run_id) == (False, True, begun.run_id)
    for taken in (first, second):
        assert get(store, taken.run_id).data.tags[PARENT] == again.run_id
    assert get(store, begun.run_id).info.status == "RUNNING"
    old = get(store, study.run_id)
    assert old.info.status == status
    assert old.data.tags[tags.CONTINUED_BY] == again.run_id


def test_after_kill_9_the_abandoned_study_is_marked(store: MlflowClient, study: Study) -> None:
    (begun,) = study.take()
    study.die(begun)
    again = Study(store)
    (taken,) = again.take()
    assert (taken.run_id, taken.resumed) == (begun.run_id, True)
    old = get(store, study.run_id)
    assert old.info.status == "KILLED"
    assert old.data.tags[tags.CONTINUED_BY] == again.run_id
    last = Holder.of(old)
    assert last is not None
    assert old.info.end_time == int(last.beat * 1000)


def test_a_finished_child_of_a_study_that_still_runs_is_not_taken_away(
    store: MlflowClient, study: Study
) -> None:
    (done,) = study.take()
    store.set_terminated(done.run_id, "FINISHED")
    again = Study(store)
    (taken,) = again.take()
    assert taken.finished
    assert get(store, done.run_id).data.tags[PARENT] == study.run_id
    assert get(store, study.run_id).info.status == "RUNNING"


def test_a_child_that_stays_elsewhere_is_shown_in_the_study_that_uses_it(
    store: MlflowClient, study: Study
) -> None:
    (done,) = study.take(ChildSpec("wide", {"bin_size": 0.3}, {"bin_size": 0.3}))
    store.log_metric(done.run_id, "val_accuracy", 0.5, step=1)
    store.log_metric(done.run_id, "val_accuracy", 0.75, step=2)
    study.end("FINISHED", [done])
    again = Study(store)
    spec = ChildSpec("width 0.3", {"bin_size": 0.3}, {"bin_size": 0.3})
    shown = [again.take(spec)[0].light for _ in range(2)]
    (light,) = (
        run
        for run in store.search_runs([get(store, again.run_id).info.experiment_id])
        if run.data.tags.get(PARENT) == again.run_id
    )
    assert [run.info.run_id for run in shown if run is not None] == [light.info.run_id] * 2
    assert light.info.run_name == "width 0.3"
    assert light.info.status == "FINISHED"
    assert light.data.metrics == {"val_accuracy": 0.75}
    assert light.data.params == {"bin_size": "0.3"}
    assert light.data.tags[tags.REUSED_FROM] == done.run_id
    assert done.run_id in light.data.tags["mlflow.note.content"]
    # It is nothing to go on from.
    assert Study(store).take(spec)[0].run_id == done.run_id


def test_a_child_used_again_is_noted_once(store: MlflowClient, study: Study) -> None:
    study.end("FINISHED", study.take())
    again = Study(store)
    again.take()
    again.take()
    note = get(store, again.run_id).data.tags["mlflow.note.content"]
    assert note.count("used again") == 1


def test_many_children_used_again_leave_room_in_the_description(
    store: MlflowClient, study: Study
) -> None:
    specs = [ChildSpec(f"{k} {'x' * 200}", {}, {"number": k}) for k in range(25)]
    study.end("FINISHED", [child for spec in specs for child in study.take(spec)])
    again = Study(store)
    for spec in specs:
        again.take(spec)
    note = get(store, again.run_id).data.tags["mlflow.note.content"]
    assert len(note) < 8000
    assert 5 < note.count("used again") < 25
    assert note.count("each stands here as a light child") == 1


def test_fresh_looks_at_its_own_children_only(store: MlflowClient, study: Study) -> None:
    done = study.take()
    study.end("FINISHED", done)
    fresh = Study(store, fresh=True)
    (taken,) = fresh.take()
    assert taken.run_id != done[0].run_id
    store.set_terminated(taken.run_id, "FINISHED")
    (again,) = fresh.take()
    assert (again.finished, again.run_id) == (True, taken.run_id)


def test_a_child_whose_process_died_before_it_was_described_is_described(
    store: MlflowClient, study: Study
) -> None:
    spec = child()
    experiment_id = get(store, study.run_id).info.experiment_id
    bare = store.create_run(experiment_id, tags={tags.IDENTITY: spec.digest})
    (taken,) = study.take()
    run = get(store, bare.info.run_id)
    assert taken.run_id == bare.info.run_id
    assert run.data.params == {"bin_size": "0.07"}
    assert run.data.tags[PARENT] == study.run_id


def test_a_deleted_child_is_not_found_and_a_deleted_study_is_no_obstacle(
    store: MlflowClient, study: Study
) -> None:
    done = study.take()
    study.end("FINISHED", done)
    store.delete_run(study.run_id)
    again = Study(store)
    (taken,) = again.take()
    assert taken.finished
    assert get(store, taken.run_id).data.tags[PARENT] == again.run_id
    store.delete_run(taken.run_id)
    (new,) = Study(store).take()
    assert not new.finished
    assert new.run_id != taken.run_id


def test_children_name_the_runs_that_hold_their_checkpoints(
    store: MlflowClient, study: Study
) -> None:
    both = study.take(child("fine"), child("coarse"))
    fine, coarse = both
    assert checkpoint_runs(both) == [fine.run_id]
    study.end("KILLED", both)
    again = Study(store)
    alone = again.take(child("coarse"))
    assert checkpoint_runs(alone) == [fine.run_id, coarse.run_id]
    sources = get(store, coarse.run_id).data.tags[tags.CHECKPOINTS]
    assert sources == f"{fine.run_id},{coarse.run_id}"
