"""A child run whose updates take long: it is kept, and never looks dead to another machine."""

import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from mlflow import MlflowClient
from slow_fit import BEAT, EVERY, SlowFit

from ib_mlflow.studies.running.fits import run_fit
from ib_mlflow.tracking import lease, open_study
from ib_mlflow.tracking.lease import Holder
from ib_mlflow.tracking.tags import IDENTITY
from ib_mlflow.training.fitting import keeping

STALE, PACE = 3.0, 0.3
"""Seconds after which silence counts as death, and that an update takes."""


class StoppedError(Exception):
    """What ends a training between two evaluations."""


@pytest.fixture
def impatient(monkeypatch, tmp_path):
    """A store of its own, and clocks that run fast."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(lease, "STALE_SECONDS", STALE)
    monkeypatch.setattr(lease, "BEAT_SECONDS", BEAT)
    monkeypatch.setattr(keeping, "EVERY_SECONDS", EVERY)
    return MlflowClient(f"sqlite:///{tmp_path}/mlflow.db")


def child_of(client):
    ids = [experiment.experiment_id for experiment in client.search_experiments()]
    return next(run for run in client.search_runs(ids) if IDENTITY in run.data.tags)


def test_a_child_between_two_evaluations_never_looks_stale_and_goes_on_from_there(impatient):
    ages = []

    def look():
        holder = Holder.of(child_of(impatient))
        # As another machine sees it, which cannot look at the process.
        ages.append((time.time() - holder.beat, replace(holder, host="elsewhere").alive))
        if job.updates == 25:
            raise StoppedError

    job = SlowFit(look, PACE)
    with pytest.raises(StoppedError), open_study("alive", {}) as study:
        run_fit(study, job)
    assert len(ages) == 25
    assert 25 * PACE > 2 * STALE  # it would have looked dead
    assert all(alive for _, alive in ages)
    assert max(age for age, _ in ages) < STALE

    again = SlowFit()
    with open_study("alive", {}) as study:
        fitted = run_fit(study, again)
    # It goes on from an update, and not from before training, to the same bits.
    assert 0 < again.updates < 30 - 10
    with open_study("alive", {}, fresh=True) as study:
        whole = run_fit(study, SlowFit())
    assert np.array_equal(fitted.results["weight"], whole.results["weight"])
    assert fitted.losses == whole.losses


def test_a_process_that_is_killed_between_two_evaluations_goes_on_to_the_same_bits(impatient):
    """By a signal that cannot be handled, in the middle of an update."""
    killed_at = 24
    script = Path(__file__).with_name("slow_fit.py")
    process = subprocess.Popen(
        [sys.executable, script, str(killed_at)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert "stuck\n" in process.stdout
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == -9
    assert child_of(impatient).info.status == "RUNNING"  # nobody could say that it ended

    again = SlowFit(pace=0.0)
    with open_study("alive", {}) as study:
        fitted = run_fit(study, again)
    # It was kept every 0.2 seconds, which are 4 updates of 0.05, and was in the midst of one.
    assert 30 - killed_at < again.updates <= 30 - killed_at + 1 + 5
    with open_study("alive", {}, fresh=True) as study:
        whole = run_fit(study, SlowFit(pace=0.0))
    assert np.array_equal(fitted.results["weight"], whole.results["weight"])
    assert fitted.losses == whole.losses
