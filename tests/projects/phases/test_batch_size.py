"""The study of batch sizes through its door."""

import pytest

from ib_mlflow.errors import ConfigurationError
from projects.registry import load_study


def trains(*words):
    study = load_study("batch_size")
    return study.trains(study.configuration.parse(["--scale", "toy", *words]))


def test_every_size_is_an_ensemble_of_the_same_networks():
    specs = trains("--batch_sizes", "512,64", "--learning_rate", "0.1", "--initialisation", "torch")
    assert [spec.name for spec in specs] == ["batches of 64", "batches of 512"]
    assert [spec.descent.batch_size for spec in specs] == [64, 512]
    assert {spec.descent.learning_rate for spec in specs} == {0.1}
    assert {spec.build.keywords["initialisation"] for spec in specs} == {"torch"}
    assert specs[0].members == specs[1].members
    assert all(spec.gradients for spec in specs)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("0,64", "batch_sizes.*greater than or equal to 1"),
        ("64,64", "name each value once"),
        ("64,4000", "must not be larger than the training set; received 4000 rows of 3276"),
    ],
)
def test_bad_input_is_one_line(value, message):
    with pytest.raises(ConfigurationError, match=message):
        trains("--batch_sizes", value)


def test_the_study_runs_and_judges_what_the_slides_say(store):
    code, printed = store.run("batch_size", scale="toy", seed=110, hidden="5,3", unit="bits")
    assert code == 0, printed
    study = store.study("batch_size")
    assert len(store.children(study)) == 3
    report = store.artifact(study, "report.md").read_text(encoding="utf-8")
    assert "(toy: a smoke test, no claim is judged)" in report.splitlines()[0]
    assert "nan" not in report
    for unit in ("epochs", "updates"):
        for turn in ("largest_I_X_T_of_the", "steepest_fall_of_SNR"):
            name = f"{unit}_to_the_{turn}_last_hidden_layer.png"
            assert store.artifact(study, name).read_bytes().startswith(b"\x89PNG")
