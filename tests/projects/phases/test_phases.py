"""The study of the phases through its door."""

import pandas as pd
import pytest

from ib_mlflow.errors import ConfigurationError
from projects.registry import load_study


def trains(*words):
    study = load_study("phases")
    return study.trains(study.configuration.parse(["--scale", "toy", *words]))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--network", "cnn"), "cnn learns images; give task=mnist or task=cifar10"),
        (("--network", "rnn"), "network: Input should be 'mlp' or 'cnn'"),
        (("--task", "digits"), "task: Input should be 'szt', 'mnist' or 'cifar10'"),
        (("--images", "25"), "images: Input should be a multiple of 10"),
        (("--variances", "1,1"), "name each value once"),
        (("--batch_size", "4000"), "must not be larger than the training set"),
    ],
)
def test_bad_input_is_one_line(words, message):
    with pytest.raises(ConfigurationError, match=message):
        trains(*words)


def test_gradients_are_recorded_of_one_ensemble():
    [spec] = trains("--members", "3", "--hidden", "5,4", "--activation", "relu")
    assert spec.gradients
    assert (spec.name, [group.name for group in spec.groups]) == ("mlp on szt", ["mlp on szt"])
    assert spec.activations == ("relu", "relu")
    assert spec.schedule.last == 8


def test_the_study_runs_and_judges_what_the_slides_say(store):
    code, printed = store.run("phases", scale="toy", seed=120, hidden="5,3", unit="bits")
    assert code == 0, printed
    study = store.study("phases")
    [child] = store.children(study)
    report = store.artifact(study, "report.md").read_text(encoding="utf-8")
    assert "(toy: a smoke test, no claim is judged)" in report.splitlines()[0]
    assert "nan" not in report
    for name in ("gradients.png", "paths.png", "turning_points.png", "information_plane.png"):
        assert store.artifact(study, name).read_bytes().startswith(b"\x89PNG"), name
    points = pd.read_parquet(store.artifact(study, "turning_points.parquet"))
    assert sorted(points["layer"].unique()) == [1, 2, 3]
    shares = pd.read_parquet(store.artifact(child, "gradient_shares.parquet"))
    assert shares["epoch"].max() == 8
