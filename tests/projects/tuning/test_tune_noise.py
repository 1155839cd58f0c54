"""The entry point `tune_noise`, through `mlflow run`: what it chooses is in the registry."""

import math

import mlflow
import numpy as np
import pytest
import torch

# With so little noise each input is told by every layer: all estimates are reliable.
CLEAR = {
    "scale": "toy",
    "trials": 2,
    "batch_trials": 2,
    "space": "betas=0.0001..0.001:log",
    "given": "scale=toy;members=2;repeats=16;queries=1600;orthonormality=0;activations=tanh;"
    "hidden=4,3",
}


@pytest.fixture(scope="module")
def own_store(store_at, tmp_path_factory):
    return store_at(tmp_path_factory.mktemp("tune_noise"))


def test_the_chosen_network_is_registered_and_loads_back(own_store, monkeypatch):
    # `mlflow.set_tracking_uri` would stay for the tests that come after.
    monkeypatch.setenv("MLFLOW_TRACKING_URI", own_store.uri)
    code, printed = own_store.launch("tune_noise", unknown=1, model="quiet", **CLEAR)
    assert code == 0, printed
    study = own_store.study("tune_noise")
    version = own_store.client.get_model_version_by_alias("quiet", "chosen")
    assert study.data.tags["ib.chosen_model"] == f"models:/quiet/{version.version}"
    children = {run.info.run_id: run.data for run in own_store.children(study)}
    losses = {key: data.metrics["summary/val_loss_nats"] for key, data in children.items()}
    unknown = {key: data.metrics["summary/i_x_unknown_share"] for key, data in children.items()}
    assert set(unknown.values()) == {1.0}, "layers that know all of X count as unknown"
    assert math.isfinite(losses[version.run_id])
    assert study.data.metrics["summary/smallest_beta_worth_something"] == pytest.approx(
        min(float(data.params["betas"]) for data in children.values())
    )
    network = mlflow.pytorch.load_model("models:/quiet@chosen")
    answers = network(torch.zeros(3, 12))
    assert answers.shape == (2, 3, 2)
    assert np.isfinite(answers.detach().numpy()).all()


def test_where_no_estimate_is_worth_something_nothing_is_registered(own_store):
    code, printed = own_store.run(
        "tune_noise", unknown=0.5, model="none_of_them", unit="bits", **CLEAR
    )
    assert code == 0, printed
    study = own_store.study("tune_noise")
    report = own_store.artifact(study, "report.md").read_text(encoding="utf-8")
    assert "No estimate was worth something" in report
    assert "at most `accuracy`, 0.58 bits" in report, "0.4 nats over ln 2"
    assert " nats" not in report
    assert "ib.chosen_model" not in study.data.tags
    assert not own_store.client.search_registered_models("name = 'none_of_them'")
