import dataclasses

import pytest
from mlflow import MlflowClient
from synthetic import child

from ib_mlflow.errors import TrackingError
from ib_mlflow.tracking import ChildSpec, attach_study, open_study
from ib_mlflow.tracking.interrupts import Terminated


def test_children_are_the_studys_and_the_study_stays_open(store: MlflowClient) -> None:
    with open_study("synthetic", {}, fresh=True) as study:
        with attach_study(study.handle) as joined:
            assert joined.handle == study.handle
            with joined.job(child()) as job:
                job.log_metrics({"summary/size": 1.0})
        assert store.get_run(study.run_id).info.status == "RUNNING"
        with study.job(child()) as again:
            assert (again.finished, again.run_id) == (True, job.run_id)
    parent = store.get_run(job.run_id).data.tags["mlflow.parentRunId"]
    assert parent == study.run_id
    assert store.get_run(study.run_id).info.status == "FINISHED"


@pytest.mark.parametrize(
    ("error", "status"), [(ValueError(), "FAILED"), (Terminated(143), "KILLED")]
)
def test_how_a_child_ends(store: MlflowClient, error: BaseException, status: str) -> None:
    def compute(spec: ChildSpec) -> None:
        with attach_study(study.handle) as joined, joined.job(spec) as job:
            run_ids.append(job.run_id)
            raise error

    run_ids: list[str] = []
    with open_study("synthetic", {}) as study:
        with pytest.raises(type(error)):
            compute(child())
        assert store.get_run(run_ids[0]).info.status == status
        assert store.get_run(study.run_id).info.status == "RUNNING"


def test_a_study_that_is_not_open_is_not_joined(store: MlflowClient) -> None:
    with open_study("synthetic", {}) as study:
        pass
    for handle in (study.handle, dataclasses.replace(study.handle, run_id="0" * 32)):
        with pytest.raises(TrackingError, match="a study is joined while"):
            attach_study(handle).__enter__()
