"""A network fitted in a child run of its own: once, and with its best weights."""

import os
import pickle
from dataclasses import dataclass, field

import numpy as np
import pytest
import torch
from mlflow import MlflowClient
from mlflow.tracking._tracking_service import utils
from torch import nn

from ib_mlflow.errors import TrackingError
from ib_mlflow.studies.running.fits import (
    FittedNetwork,
    digest_of,
    run_computation,
    run_fit,
)
from ib_mlflow.tracking import ChildSpec, ensure_store, open_study
from ib_mlflow.tracking.tags import REUSED_FROM
from ib_mlflow.training.fitting import Plan, fit

PLAN = Plan(updates=30, learning_rate=0.5, evaluate=10)
X = np.linspace(-1, 1, 32, dtype=np.float32)[:, None]


@dataclass
class Line:
    """The line y = slope x, to be fitted; it may stop at an evaluation."""

    slope: float = 2.0
    name: str = "line"
    loss_unit: str = "mse"
    plan: Plan = PLAN
    stop: int | None = None
    fitted: list[int] = field(default_factory=list)

    @property
    def parameters(self):
        return {"slope": self.slope}

    @property
    def identity(self):
        return {"slope": self.slope}

    def network(self):
        with torch.random.fork_rng():
            torch.manual_seed(0)
            return nn.Linear(1, 1)

    def fits(self, network, resume):
        def squared(model, x, y):
            return (model(x) - y).square().sum(dim=1)

        arrays = (X, np.float32(self.slope) * X)
        evaluations = fit(
            network, squared, arrays, validation=arrays, plan=self.plan, seed=0, resume=resume
        )
        for fitted in evaluations:
            if fitted.update == self.stop:
                raise KeyboardInterrupt
            self.fitted.append(fitted.update)
            yield fitted

    def measure(self, network):
        return {"weight": network.weight.detach().numpy()}


@pytest.fixture(scope="module")
def uri(tmp_path_factory):
    address = f"sqlite:///{tmp_path_factory.mktemp('store') / 'mlflow.db'}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", address)
        ensure_store()
        engine = utils._get_store().engine
    yield address
    engine.dispose()


@pytest.fixture
def store(uri, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    made = MlflowClient().create_experiment(str(tmp_path), artifact_location=str(tmp_path / "runs"))
    monkeypatch.setenv("MLFLOW_EXPERIMENT_ID", str(made))
    return MlflowClient()


def run(job):
    with open_study("lines", {}) as study:
        return run_fit(study, job)


def child_of(store, job):
    where = [os.environ["MLFLOW_EXPERIMENT_ID"]]
    runs = store.search_runs(where, f"params.slope = '{job.slope}'")
    (child,) = (run for run in runs if REUSED_FROM not in run.data.tags)
    return child


def test_a_network_is_fitted_once(store):
    job = Line()
    first = run(job)
    assert job.fitted == [0, 10, 20, 30]
    assert first.updates == 30
    assert list(first.losses) == [0, 10, 20, 30]
    assert first.best_loss == min(first.losses.values())
    again_job = Line()
    again = run(again_job)
    assert again_job.fitted == []
    assert again.losses == first.losses
    assert torch.equal(again.network.weight, first.network.weight)
    np.testing.assert_array_equal(again.results["weight"], first.results["weight"])
    child = child_of(store, job)
    assert child.data.params["updates"] == "30"
    assert child.data.metrics["summary/best_update"] == first.best_update
    assert child.data.metrics["summary/val_loss_mse"] == first.best_loss
    assert "val_loss_se_mse" in child.data.metrics


def test_it_has_the_best_weights_and_is_measured_with_them(store):
    # With so high a rate the line overshoots: the last evaluation is not the best.
    fitted = run(Line(slope=3.0, plan=Plan(updates=5, learning_rate=2.5, evaluate=1)))
    assert fitted.best_update < fitted.updates
    assert float(fitted.results["weight"].item()) == float(fitted.network.weight.item())
    assert not fitted.network.training


def test_a_fit_that_was_interrupted_goes_on(store):
    with pytest.raises(KeyboardInterrupt):
        run(Line(slope=4.0, stop=20))
    job = Line(slope=4.0)
    resumed = run(job)
    assert job.fitted == [20, 30]
    whole = run(Line(slope=4.0))
    assert resumed.losses == whole.losses


def test_jobs_of_other_identities_are_other_children(store):
    first, other = (run(Line(slope=slope)) for slope in (5.0, 6.0))
    assert float(first.network.weight.item()) != float(other.network.weight.item())
    assert (
        child_of(store, Line(slope=5.0)).info.run_id != child_of(store, Line(slope=6.0)).info.run_id
    )


def test_a_finished_child_without_its_results_is_refused(store, tmp_path):
    run(Line(slope=7.0))
    (path,) = (tmp_path / "runs").rglob("measured.npz")
    path.unlink()
    with pytest.raises(TrackingError, match="without its checkpoint or its results"):
        run(Line(slope=7.0))


def test_arrays_are_computed_once(store):
    spec, calls = ChildSpec("arrays", {}, {"arrays": 1}), []

    def compute():
        calls.append(1)
        return {"numbers": np.arange(3)}

    for _ in range(2):
        with open_study("lines", {}) as study:
            arrays = run_computation(study, spec, compute)
        np.testing.assert_array_equal(arrays["numbers"], [0, 1, 2])
    assert calls == [1]


def test_a_network_has_the_digest_of_its_weights():
    network, other = Line().network(), nn.Linear(1, 1)
    assert digest_of(network) == digest_of(Line().network())
    assert digest_of(network) == digest_of(pickle.loads(pickle.dumps(network)))
    assert digest_of(network) != digest_of(other)


@pytest.mark.parametrize(
    ("loss", "update"), [(9.0, 0), (4.0, 10), (3.5, 20), (3.0, 20), (2.9, None)]
)
def test_the_first_update_with_a_loss(loss, update):
    fitted = FittedNetwork(nn.Identity(), {}, 30, 20, {0: 8.0, 10: 4.0, 20: 3.0, 30: 3.2})
    assert fitted.first_update_with(loss) == update
    assert fitted.best_loss == 3.0
