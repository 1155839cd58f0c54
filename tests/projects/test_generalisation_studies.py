"""The studies of generalisation at toy size."""

import pandas as pd
import pytest

CHILDREN = {
    "data_amount": {"5 % of the data", "85 % of the data"},
    "random_labels": {"0 % random labels", "100 % random labels"},
    "leaky": {"szt relu", "szt relu, fine bins", "szt leaky_relu", "szt leaky_relu, fine bins"},
    "stopping": {"szt tanh", "szt relu"},
}
LEFT = {
    "data_amount": ["information_plane_training_inputs.png", "last_hidden_layer.png",
                    "trajectory_training_inputs.parquet"],
    "random_labels": ["information_plane_true_labels.png", "last_hidden_layer.png",
                      "trajectory_true_labels.parquet"],
    "leaky": ["fine_bins.png"],
    "stopping": ["stopped_szt_tanh.png", "stopped_szt_relu.png", "stops_and_turns.png"],
}  # fmt: skip


IN_THE_SUITE = {"data_amount", "stopping"}
ENTRIES = [
    name if name in IN_THE_SUITE else pytest.param(name, marks=pytest.mark.slow)
    for name in sorted(CHILDREN)
]


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_study_leaves_its_children_claims_and_figures(store, entry):
    code, printed = store.run(entry, scale="toy", seed=40)
    assert code == 0, printed
    study = store.study(entry)
    children = store.children(study)
    assert {child.info.run_name for child in children} == CHILDREN[entry]
    assert {child.info.status for child in children} == {"FINISHED"}
    for name in ("information_plane.png", *LEFT[entry]):
        start = b"\x89PNG" if name.endswith("png") else b"PAR1"
        assert store.artifact(study, name).read_bytes().startswith(start), name
    report = store.artifact(study, "report.md").read_text(encoding="utf-8")
    assert "nan" not in report
    assert "(toy: a smoke test, no claim is judged)" in report.splitlines()[0]
    assert not any("claims" in key for key in study.data.metrics)
    table = pd.read_parquet(store.artifact(study, "trajectory.parquet"))
    assert set(table["run"]) == CHILDREN[entry]


@pytest.mark.parametrize(
    ("entry", "parameters", "message"),
    [
        ("data_amount", {"shares": "0.05,0.9"}, "no share may exceed the 0.85"),
        ("data_amount", {"shares": "0.1,0.1"}, "name each value once"),
        ("random_labels", {"shares": "0.5,1.5"}, "less than or equal to 1"),
        ("leaky", {"fine": 0}, "greater than or equal to 0.000000001"),
    ],
)  # fmt: skip
def test_bad_parameters_get_one_line(entry, parameters, message):
    from ib_mlflow.errors import ConfigurationError
    from projects.registry import load_study

    words = [word for name, value in parameters.items() for word in (f"--{name}", str(value))]
    with pytest.raises(ConfigurationError, match=message):
        load_study(entry).configuration.parse(["--scale", "toy", *words])
