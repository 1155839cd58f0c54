import numpy as np
import pytest

from ib_mlflow.data import load, szt_rule
from ib_mlflow.errors import ConfigurationError
from ib_mlflow.information import ib_curve
from projects.phases.bound_rules import Configuration, rule_spec


def configuration(**parameters):
    words = [word for pair in parameters.items() for word in (f"--{pair[0]}", str(pair[1]))]
    return Configuration.parse(["--scale", "toy", *words])


def test_networks_learn_a_draw_and_are_measured_by_what_is_known():
    spec = rule_spec(0.7, configuration())
    joint = szt_rule(information_nats=0.7 * np.log(2))
    assert spec.task.measured.n == 4096
    assert spec.task.guides.i_xy == pytest.approx(ib_curve(joint, [2.0]).information)
    assert spec.task.guides.h_y == pytest.approx(
        -np.sum(joint.sum(axis=0) * np.log(joint.sum(axis=0)))
    )
    assert spec.task.guides.h_x == pytest.approx(12 * np.log(2))
    differing = (spec.task.measured.labels != joint.argmax(axis=1)).mean()
    assert differing == pytest.approx(4096 * joint.min(axis=1).mean(), abs=0.02)
    (estimator,) = spec.estimators
    np.testing.assert_allclose(estimator.conditionals, 4096 * joint, atol=1e-12)


def test_published_labels_have_no_noise():
    spec = rule_spec(0.7, configuration(labels="published"))
    np.testing.assert_array_equal(spec.task.measured.labels, load("szt").labels)
    assert spec.task.guides.i_xy == pytest.approx(0.7 * np.log(2))


@pytest.mark.parametrize(
    "parameters",
    [
        {"informations": 0.999},
        {"informations": 0},
        {"informations": "0.7,0.7"},
        {"largest_tradeoff": 0},
        {"labels": "random"},
        {"label_seed": -1},
    ],
)
def test_what_cannot_be_is_refused(parameters):
    with pytest.raises(ConfigurationError, match=next(iter(parameters))) as caught:
        configuration(**parameters)
    assert "\n" not in str(caught.value)


def test_a_batch_larger_than_the_data_is_refused():
    with pytest.raises(ConfigurationError, match="a batch must not be larger"):
        rule_spec(0.7, configuration(batch_size=4000))
