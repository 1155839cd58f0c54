"""Bins and clusters at toy size."""

import numpy as np
import pandas as pd
import pytest

from ib_mlflow.errors import ConfigurationError
from projects.noise.bin_clustering import Configuration


def test_bin_clustering_leaves_what_it_promises(store):
    code, printed = store.run(
        "bin_clustering", scale="toy", seed=70, bin_sizes="1e-08,0.5", coarse=0.5
    )
    assert code == 0, printed
    study = store.study("bin_clustering")
    assert study.info.status == "FINISHED"
    for name in ("bin_entropy.png", "distances.png", "scatter_layer_5.png", "loss_accuracy.png"):
        assert store.artifact(study, name).read_bytes().startswith(b"\x89PNG"), name
    report = store.artifact(study, "report.md").read_text(encoding="utf-8")
    assert "Estimating Information Flow" in report
    assert "nan" not in report
    table = pd.read_parquet(store.artifact(study, "trajectory.parquet"))
    assert set(table["setting"]) == {"bin_size=1e-08", "bin_size=0.5"}
    assert set(table["n"]) == {4096}
    fine = table[(table["setting"] == "bin_size=1e-08") & (table["layer"] < 6)]
    np.testing.assert_allclose(fine["i_x"], np.log(4096), atol=1e-2)
    assert {child.data.params["bin_size"] for child in store.children(study)} == {"1e-08", "0.5"}


def test_one_bin_size_compares_nothing():
    with pytest.raises(ConfigurationError, match="two or more values"):
        Configuration.parse(["--bin_sizes", "0.1"])
