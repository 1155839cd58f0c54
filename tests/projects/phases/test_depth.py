"""The study of depth through its door."""

import pytest

from ib_mlflow.errors import ConfigurationError
from projects.registry import load_study


def test_a_network_of_each_depth_has_the_first_layers():
    study = load_study("depth")
    specs = study.trains(study.configuration.parse(["--scale", "toy", "--hidden", "5,4,3"]))
    assert [spec.name for spec in specs] == ["1 hidden layer", "2 hidden layers", "3 hidden layers"]
    assert [spec.build.args[0] for spec in specs] == [(12, 5, 2), (12, 5, 4, 2), (12, 5, 4, 3, 2)]
    assert [spec.groups[0].parameters["hidden_layers"] for spec in specs] == [1, 2, 3]


def test_the_study_runs_and_judges_what_the_slides_say(store):
    code, printed = store.run(
        "depth", scale="toy", seed=100, hidden="5,4,3", losses="0.65,0.6", learning_rate=0.2
    )
    assert code == 0, printed
    study = store.study("depth")
    assert len(store.children(study)) == 3
    report = store.artifact(study, "report.md").read_text(encoding="utf-8")
    assert "(toy: a smoke test, no claim is judged)" in report.splitlines()[0]
    assert "## Epochs to a validation loss of 0.65 nats" in report
    assert "nan" not in report
    for name in ("a_validation_loss_of_0.6_nats", "the_end_of_compression"):
        assert store.artifact(study, f"epochs_to_{name}.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("losses", "0", "losses: Input should be greater than or equal to 0.000000001"),
        ("losses", "0.2,0.2", "losses: name each value once"),
        ("batch_size", "4000", "a batch must not be larger than the training set; received 4000"),
    ],
)
def test_bad_input_is_one_line(name, value, message):
    study = load_study("depth")
    with pytest.raises(ConfigurationError, match=message):
        study.trains(study.configuration.parse(["--scale", "toy", f"--{name}", value]))
