import time

import pytest
from child_studies import PARENT, Study, get
from mlflow import MlflowClient
from synthetic import child

from ib_mlflow.errors import TrackingError
from ib_mlflow.tracking.lease import Leases


@pytest.fixture
def study(store: MlflowClient) -> Study:
    return Study(store)


def test_a_live_writer_is_waited_for_and_then_refused(store: MlflowClient, study: Study) -> None:
    (begun,) = study.take()
    again = Study(store)
    with pytest.raises(TrackingError, match=f"one writer.*process {study.leases.holder.pid} on"):
        again.take()
    began = time.monotonic()
    with pytest.raises(TrackingError, match=begun.run_id):
        again.take(patience=0.3)
    assert time.monotonic() - began >= 0.3
    assert get(store, begun.run_id).data.tags[PARENT] == study.run_id


def test_one_busy_child_leaves_the_others_alone(store: MlflowClient, study: Study) -> None:
    study.take(child("fine"))
    again = Study(store)
    with pytest.raises(TrackingError, match="'fine'"):
        again.take(child("coarse"), child("fine"))
    runs = store.search_runs([get(store, study.run_id).info.experiment_id])
    assert "coarse" not in {run.info.run_name for run in runs}


def test_waiting_ends_when_the_other_process_has_finished(
    store: MlflowClient,
    study: Study,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    (begun,) = study.take()
    monkeypatch.setattr(time, "sleep", lambda _: store.set_terminated(begun.run_id, "FINISHED"))
    (taken,) = Study(store).take(patience=60)
    assert taken.finished
    assert "is computed by process" in caplog.text


def test_waiting_ends_when_the_other_process_dies(
    store: MlflowClient, study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    (begun,) = study.take()
    monkeypatch.setattr(time, "sleep", lambda _: study.die(begun))
    (taken,) = Study(store).take(patience=60)
    assert (taken.run_id, taken.resumed) == (begun.run_id, True)


def test_another_machine_is_believed_until_it_is_silent_for_long(
    store: MlflowClient, study: Study
) -> None:
    (begun,) = study.take()
    study.die(begun, host="another", age=100)
    with pytest.raises(TrackingError, match="on another"):
        Study(store).take()
    study.die(begun, host="another", age=1000)
    (taken,) = Study(store).take()
    assert taken.resumed


def test_a_study_does_not_wait_for_itself(study: Study) -> None:
    study.take()
    with pytest.raises(TrackingError, match="one writer"):
        study.take(patience=60)


def test_workers_of_a_study_wait_for_each_other_as_long_as_it_takes(
    store: MlflowClient, study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (study.joined_by(store, Leases(store)) for _ in range(2))
    (begun,) = first.take([child()], 0.0)
    naps: list[float] = []

    def sleep(seconds: float) -> None:
        naps.append(seconds)
        if len(naps) == 3:
            store.set_terminated(begun.run_id, "FINISHED")

    monkeypatch.setattr(time, "sleep", sleep)
    (taken,) = second.take([child()], 0.0)
    assert taken.finished
    assert naps == [1.0] * 3


def test_a_worker_does_not_wait_for_the_process_that_waits_for_it(
    store: MlflowClient, study: Study
) -> None:
    study.take()
    with pytest.raises(TrackingError, match="one writer"):
        study.joined_by(store, Leases(store)).take([child()], 60.0)
