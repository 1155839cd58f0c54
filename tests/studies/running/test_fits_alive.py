"""A child run whose updates take long: it is kept, and never looks dead to another machine."""

import time
from dataclasses import replace

import numpy as np
import pytest
from mlflow import MlflowClient
from torch import nn

from ib_mlflow.studies.running.fits import run_fit
from ib_mlflow.tracking import lease, open_study
from ib_mlflow.tracking.lease import Holder
from ib_mlflow.tracking.tags import IDENTITY
from ib_mlflow.training.fitting import Plan, fit, keeping

STALE, PACE = 3.0, 0.3
"""Seconds after which silence counts as death, and that an update takes."""


class StoppedError(Exception):
    """What ends a training between two evaluations."""


class SlowFit:
    """A line that is fitted slowly, and evaluated at its ends alone."""

    name, loss_unit = "slow", "mse"
    parameters, identity = {}, {"slow": True}
    plan = Plan(updates=30, batch_size=4, evaluate=30)

    def __init__(self, look=lambda: None):
        self.look, self.updates = look, 0

    def network(self):
        line = nn.Linear(1, 1)
        nn.init.zeros_(line.weight)
        nn.init.zeros_(line.bias)
        return line

    def fits(self, network, resume):
        x = np.linspace(-1, 1, 16, dtype=np.float32)[:, None]

        def squared(model, x, y):
            if model.training:
                self.updates += 1
                self.look()
                time.sleep(PACE)
            return (model(x) - y).square().sum(dim=1)

        arrays = (x, 2 * x)
        return fit(
            network, squared, arrays, validation=arrays, plan=self.plan, seed=0, resume=resume
        )

    def measure(self, network):
        return {"weight": network.weight.detach().numpy()}


@pytest.fixture
def impatient(monkeypatch, tmp_path):
    """A store of its own, and clocks that run fast."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(lease, "STALE_SECONDS", STALE)
    monkeypatch.setattr(lease, "BEAT_SECONDS", 0.2)
    monkeypatch.setattr(keeping, "EVERY_SECONDS", 0.2)
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

    job = SlowFit(look)
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
