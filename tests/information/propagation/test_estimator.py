import numpy as np
import pytest

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information import (
    NETWORK_ESTIMATORS,
    LayerEstimator,
    NetworkEstimator,
    SamplePropagation,
    noisy_information,
)


def test_it_is_registered_with_an_identity():
    for name, settings in NETWORK_ESTIMATORS.items():
        for estimator in settings:
            assert isinstance(estimator, NetworkEstimator)
            assert not isinstance(estimator, LayerEstimator)
            assert estimator.name == name
            assert all(part.count("=") == 1 for part in estimator.setting.split(","))


def test_it_says_what_the_function_says(small):
    net, inputs, labels = small
    estimator = SamplePropagation(repeats=8, n_queries=500, seed=3)
    expected = dict(
        noisy_information(net(0.4), inputs, labels, beta=0.4, repeats=8, n_queries=500, seed=3)
    )
    for layer, information in estimator.layers(net(0.4), inputs, labels, beta=0.4):
        assert information.i_x == expected[layer].i_x
        assert information.i_y_se == expected[layer].i_y_se
    assert layer == len(expected)


ALL = [estimator for settings in NETWORK_ESTIMATORS.values() for estimator in settings]


@pytest.mark.parametrize("estimator", ALL, ids=lambda estimator: estimator.setting)
def test_labels_as_many_as_inputs_or_continuous_are_never_reliable(truth, estimator):
    random = np.random.default_rng(0)
    inputs, noise = random.integers(5, size=(400, 1)) - 2.0, random.normal(size=400)
    net = truth["net"]([[[1.0]], [[1.0]]], beta=0.1)

    def measured(labels):
        return dict(estimator.layers(net, inputs, labels, beta=0.1))

    ordinary = measured(noise > 0)
    assert all(information.reliable for information in ordinary.values())
    for labels in (np.arange(400), noise, noise.round(2), random.permutation(400) // 2):
        for layer, information in measured(labels).items():
            assert not information.reliable
            assert information.i_x == pytest.approx(
                ordinary[layer].i_x, abs=4 * ordinary[layer].i_x_se
            )


@pytest.mark.parametrize("wrong", [{"repeats": 7}, {"n_queries": 0}, {"seed": 0.5}], ids=str)
def test_settings_are_checked_when_they_are_made(wrong):
    with pytest.raises(InvalidInputError):
        SamplePropagation(**wrong)
