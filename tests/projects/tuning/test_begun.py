"""A search that leaves its sampler open goes on by the sampler that it was begun by."""

from types import SimpleNamespace

import pytest

from ib_mlflow.errors import StorageError
from ib_mlflow.tracking import StudyHandle
from ib_mlflow.tuning.candidates import Failure, Result
from ib_mlflow.tuning.search import search
from projects.tuning import jobs
from projects.tuning.jobs import begun_job, job_of
from projects.tuning.search_remarks import on_failures, on_sampler
from projects.tuning.tune import STUDY

FEW, MANY = {"trials": 20, "batch_trials": 10}, {"trials": 201, "batch_trials": 10}


@pytest.fixture
def parsed(tmp_path):
    """Parameters of `tune` with a storage of the test's own."""

    def parse(**parameters):
        pairs = {"scale": "toy", "storage": f"sqlite:///{tmp_path}/optuna.db", **parameters}
        words = [word for name, value in pairs.items() for word in (f"--{name}", str(value))]
        return STUDY.configuration.parse(words)

    return parse


@pytest.fixture
def handle(tmp_path):
    return StudyHandle("run", "1", f"sqlite:///{tmp_path}/mlflow.db", fresh=False)


@pytest.mark.parametrize(
    ("first", "later", "sampler"),
    [
        ({"trials": 200, "batch_trials": 10}, MANY, "gp"),
        (FEW, {"trials": 20, "batch_trials": 1}, "gp"),
        ({"trials": 20, "batch_trials": 1}, {"trials": 40, "batch_trials": 10}, "tpe"),
    ],
)
def test_more_trials_or_other_batches_are_of_the_same_search(parsed, handle, first, later, sampler):
    begun = begun_job(parsed(**first), handle)
    assert begun.plan.sampler == sampler
    # What nobody has begun is begun as its own parameters say.
    assert begun_job(parsed(**later), handle).name != begun.name
    begun.opened().close()
    goes_on = begun_job(parsed(**later), handle)
    assert (goes_on.name, goes_on.plan.sampler) == (begun.name, sampler)
    assert (goes_on.plan.trials, goes_on.plan.batch) == tuple(later.values())
    searched = SimpleNamespace(job=goes_on, study=goes_on.opened())
    (remark,) = on_sampler(searched, parsed(**later))
    assert remark.startswith(f"The search was begun by {sampler}, and goes on by it.")
    assert not list(on_sampler(SimpleNamespace(job=begun, study=begun.opened()), parsed(**first)))


def test_a_sampler_that_is_named_is_meant_and_of_two_searches_the_first_goes_on(parsed, handle):
    named = begun_job(parsed(sampler="tpe", **FEW), handle)
    named.opened().close()
    assert begun_job(parsed(sampler="gp", **FEW), handle).plan.sampler == "gp"
    job_of(parsed(sampler="gp", **FEW), handle).opened().close()
    for parameters in (FEW, MANY):
        assert begun_job(parsed(**parameters), handle).name == named.name
    other = begun_job(parsed(objective="summary/val_loss_nats:min", **FEW), handle)
    assert other.plan.sampler == "gp"


def test_trials_that_failed_are_told_with_their_reasons(parsed, handle):
    job = job_of(parsed(trials=4, sampler="random"), handle)
    study = job.opened()
    ends = [Result([1.0]), *(Failure(why, final=True) for why in ("slow", "deep", "slow"))]
    outcome = search(study, job.plan, lambda batch: [ends[each.number] for each in batch])
    study.close()
    assert list(on_failures(SimpleNamespace(outcome=outcome))) == [
        "Trials 1, 3 failed: slow",
        "Trial 2 failed: deep",
    ]


@pytest.mark.parametrize("written", ["", None])
def test_an_empty_address_in_the_environment_is_none(parsed, handle, monkeypatch, written):
    if written is None:
        monkeypatch.delenv("IB_STORAGE", raising=False)
    else:
        monkeypatch.setenv("IB_STORAGE", written)
    assert job_of(parsed(storage="auto"), handle).storage.endswith("/optuna.db")


def test_trials_of_another_version_are_of_another_search(parsed, handle, monkeypatch):
    own = job_of(parsed(**FEW), handle)
    own.opened().close()
    named = job_of(parsed(search="mine", **FEW), handle)
    named.opened().close()
    monkeypatch.setattr(jobs, "__version__", "0.0.1")
    assert job_of(parsed(**FEW), handle).name != own.name
    with pytest.raises(StorageError, match=r"version is 0\.0\.1 here and .* there"):
        job_of(parsed(search="mine", **FEW), handle).check()
