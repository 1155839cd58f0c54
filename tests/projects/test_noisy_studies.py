"""The studies of noisy networks at toy size."""

import pandas as pd
import pytest

from ib_mlflow.data import load
from ib_mlflow.errors import DataError
from ib_mlflow.trajectory import DIAGNOSTICS, Trajectory

CHILDREN = {
    "noise_sweep": [
        "tanh, beta=0.01",
        "tanh, beta=0.01, orthonormal",
        "tanh, beta=0.1",
        "tanh, beta=0.1, orthonormal",
    ],
    "spiral": ["deterministic", "tanh, beta=0.05", "tanh, beta=0.05, orthonormal"],
}
FIGURES = {
    "noise_sweep": ["information_tanh.png", "bin_entropy_tanh.png", "compression_tanh.png"],
    "spiral": ["information.png", "bin_entropy.png", "data.png"],
}


@pytest.mark.parametrize("entry", [pytest.param("noise_sweep", marks=pytest.mark.slow), "spiral"])
def test_noisy_networks_are_measured_by_sample_propagation(store, entry):
    code, printed = store.run(entry, scale="toy")
    assert code == 0, printed
    study = store.study(entry)
    children = {child.info.run_name: child for child in store.children(study)}
    assert sorted(children) == CHILDREN[entry]
    for name in ("information_plane.png", *FIGURES[entry]):
        assert store.artifact(study, name).read_bytes().startswith(b"\x89PNG"), name
    report = store.artifact(study, "report.md").read_text(encoding="utf-8")
    assert "Estimating Information Flow in DNNs" in report
    assert (
        "| lower bound [nats] | certificate [nats] | risk (re-derived Thm. 4, 5) [nats] |" in report
    )
    assert "nan" not in report
    table = pd.read_parquet(store.artifact(study, "trajectory.parquet"))
    assert {"i_x_se", "i_y_se", "reliable"} <= set(table.columns)
    for name, child in children.items():
        if name == "deterministic":
            continue
        assert child.info.status == "FINISHED"
        assert float(child.data.params["beta"]) > 0
        own = Trajectory.load(store.artifact(child, "trajectory.parquet")).frame
        sampled = own[own["estimator"] == "sp"]
        binned = own[own["estimator"] == "binned"]
        assert set(binned["layer"]) - set(sampled["layer"]) == {own["layer"].max()}
        assert (sampled["i_x_se"] > 0).all()
        assert sampled[DIAGNOSTICS].notna().all(axis=None)
        assert "i_x_nats.sp/layer_3" in child.data.metrics
        assert not any(".binned" in key or "half" in key for key in child.data.metrics)
        assert 0 <= child.data.metrics["summary/reliable_share"] <= 1
        assert len(child.data.metrics) <= 25
        most = Trajectory.load(store.artifact(child, "trajectory.parquet")).guides.h_x
        assert (sampled["i_x"] < most + 4 * sampled["i_x_se"]).all()
        assert (sampled["i_x"] > -4 * sampled["i_x_se"]).all()
        for picture in ("scatter.png", "distances.png", "bin_histograms.png"):
            assert store.artifact(child, picture).read_bytes().startswith(b"\x89PNG"), picture


def test_a_noise_of_zero_is_refused_in_one_line(store):
    code, printed = store.run("noise_sweep", scale="toy", betas="0,0.1")
    assert code != 0
    assert (
        "noise_sweep: betas: Input should be greater than or equal to 0.000001; received '0'."
        in printed
    )


def test_the_versions_of_the_mnist_cnn_are_compared(store):
    try:
        load("fashion_mnist", part="test")
    except DataError as error:
        pytest.skip(f"needs the files of Fashion-MNIST: {error}")
    code, printed = store.run("mnist_noise", scale="toy")
    assert code == 0, printed
    study = store.study("mnist_noise")
    children = {child.info.run_name: child for child in store.children(study)}
    assert sorted(children) == ["deterministic", "dropout", "noisy, beta=0.5"]
    for name in ("similarities.png", "unit_slopes.png", "distances.png", "bin_entropy.png"):
        assert store.artifact(study, name).read_bytes().startswith(b"\x89PNG"), name
    report = store.artifact(study, "report.md").read_text(encoding="utf-8")
    assert "## Table 1 of the paper" in report
    assert "output" not in report
    for name, child in children.items():
        own = Trajectory.load(store.artifact(child, "trajectory.parquet"))
        assert own.layers == (1, 2, 3, 4)
        assert own.epochs == (0, 1, 2, 3)
        similar = "summary/cosine_to_deterministic.layer_3" in child.data.metrics
        assert similar == (name != "deterministic")
