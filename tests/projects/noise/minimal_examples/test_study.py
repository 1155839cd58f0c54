"""The minimal examples at toy size."""

import pandas as pd
import pytest

from ib_mlflow.errors import ConfigurationError
from ib_mlflow.trajectory import Trajectory
from projects.noise.minimal_examples.drawing import NEURON_EPOCHS
from projects.noise.minimal_examples.examples import tanh_neuron
from projects.noise.minimal_examples.study import Configuration

FIGURES = (
    "densities_tanh_neuron.png",
    "motion_tanh_neuron.png",
    "motion_leaky_ReLU_pair.png",
    "information_tanh_neuron.png",
    "information_leaky_ReLU_pair.png",
    "information_by_weight.png",
    "weights_leaky_ReLU_pair.png",
    "information_plane.png",
)


def test_minimal_examples_leave_what_they_promise(store):
    code, printed = store.run("minimal_examples", scale="toy")
    assert code == 0, printed
    study = store.study("minimal_examples")
    assert study.info.status == "FINISHED"
    for name in FIGURES:
        assert store.artifact(study, name).read_bytes().startswith(b"\x89PNG"), name
    report = store.artifact(study, "report.md").read_text(encoding="utf-8")
    assert "(toy: a smoke test, no claim is judged)" in report.splitlines()[0]
    assert "nan" not in report
    table = pd.read_parquet(store.artifact(study, "trajectory.parquet"))
    children = store.children(study)
    assert {child.info.run_name for child in children} == set(table["run"])
    assert set(table["estimator"]) == {"quadrature", "sp", "pairs_lower", "pairs_upper"}
    for child in children:
        assert child.data.params["beta"] == "0.01"
        own = Trajectory.load(store.artifact(child, "trajectory.parquet"))
        exact = own.select(estimator="quadrature", layers=[1]).frame
        last = exact[exact["epoch"] == own.epochs[-1]]["i_x"].mean()
        key = "i_x_nats.quadrature/layer_1"
        logged = store.client.get_metric_history(child.info.run_id, key)
        assert [point.step for point in logged] == list(own.epochs)
        assert child.data.metrics[key] == pytest.approx(last)


def test_a_schedule_holds_marked_epochs_as_far_as_training_goes():
    configuration = Configuration.parse(["--scale", "toy", "--seed", "5"])
    chain = tanh_neuron(configuration.beta)
    spec = configuration.spec(chain, 3000, NEURON_EPOCHS)
    assert {0, 1, 250, 2500, 3000} <= set(spec.schedule.epochs)
    short = configuration.spec(chain, 300, NEURON_EPOCHS)
    assert short.schedule.last == 300
    assert 250 in short.schedule.epochs
    assert spec.seeds == (5, 6)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("repeats", "5", "multiple of 2"),
        ("betas", "0.1,0.1", "name each value once"),
        ("betas", "0,0.1", "greater than or equal to 0.000001"),
        ("measured", "1", "greater than or equal to 2"),
    ],
)
def test_a_bad_value_is_refused(name, value, message):
    with pytest.raises(ConfigurationError, match=message):
        Configuration.parse([f"--{name}", value])
