import numpy as np
import pytest

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information.calibrate import Calibration, calibrate
from ib_mlflow.information.estimate import Estimate
from ib_mlflow.information.exact.gaussian import gaussian_entropy, gaussian_information
from ib_mlflow.information.kde.bounds import kde_information
from ib_mlflow.information.neighbours.estimator import knn_entropy, ksg_information


def samples(n=5000, d=3):
    mixing = np.array([[1.0, 0.3, 0.0], [0.0, 0.5, 0.2], [0.0, 0.0, 2.0]])[:d, :d]
    return 5 + np.random.default_rng(0).laplace(size=(n, d)) @ mixing


def test_the_gaussian_has_the_samples_shape_mean_and_covariance():
    given = samples()
    calls = []

    def estimator(x):
        calls.append(x)
        return Estimate(0.0, 1.0, "point", n=len(x))

    calibration = calibrate(estimator, given, quantity="entropy", seed=1)
    gaussian = calls[0]
    assert gaussian.shape == given.shape
    scale = given.std(axis=0) / np.sqrt(len(given))
    assert (np.abs(gaussian.mean(axis=0) - given.mean(axis=0)) < 4 * scale).all()
    covariance = np.cov(given, rowvar=False)
    np.testing.assert_allclose(np.cov(gaussian, rowvar=False), covariance, atol=0.4, rtol=0.1)
    assert calibration.truth == pytest.approx(gaussian_entropy(covariance))
    assert calibration.error == -calibration.truth


def test_what_is_right_on_gaussians_is_found_right():
    x, y = samples()[:, :1], samples()[:, 1:2]
    for seed in range(3):
        entropy = calibrate(lambda p: knn_entropy(p, k=3), x, quantity="entropy", seed=seed)
        assert abs(entropy.deviations) < 4
        shared = calibrate(
            lambda a, b: ksg_information(a, b, k=3), x, y, quantity="information", seed=seed
        )
        assert abs(shared.deviations) < 4
        covariance = np.cov(np.hstack([x, y]), rowvar=False)
        assert shared.truth == pytest.approx(gaussian_information(covariance, 1))


def test_a_bound_on_noisy_information_keeps_its_side():
    layer = samples(2000, 2)
    for bound, sign in (("i_x_lower", -1), ("i_x_upper", 1)):
        calibration = calibrate(
            lambda t, bound=bound: getattr(
                kde_information(t, np.zeros(len(t), int), variance=0.5), bound
            ),
            layer,
            quantity="information",
            noise_variance=0.5,
            seed=0,
        )
        # Two thousand centres lie a little below the continuum that is the truth.
        assert sign * calibration.error > -0.02


def test_noisy_entropy_is_that_of_the_sum():
    layer = samples(500, 2)
    calibration = calibrate(
        lambda t: Estimate(0.0, 0.0, "point", n=len(t)),
        layer,
        quantity="entropy",
        noise_variance=0.25,
        seed=0,
    )
    covariance = np.cov(layer, rowvar=False) + 0.25 * np.eye(2)
    assert calibration.truth == pytest.approx(gaussian_entropy(covariance))
    assert calibration.deviations == -np.inf
    assert Calibration(Estimate(1.0, 0.0, "point", n=1), 1.0).deviations == 0


def test_high_dimension_shows_the_bias():
    layer = np.random.default_rng(0).normal(size=(500, 15))
    calibration = calibrate(lambda p: knn_entropy(p, k=3), layer, quantity="entropy", seed=0)
    assert calibration.deviations > 4


def test_bad_input_is_refused():
    def estimator(*parts):
        return knn_entropy(parts[0], k=1)

    good = samples(20, 2)
    for variables, options in (
        ((good, good), {"quantity": "entropy"}),
        ((good,), {"quantity": "information"}),
        ((good, good), {"quantity": "information", "noise_variance": 1.0}),
        ((good,), {"quantity": "redundancy"}),
        ((), {"quantity": "entropy"}),
    ):
        with pytest.raises(InvalidInputError, match="calibrate needs"):
            calibrate(estimator, *variables, seed=0, **options)
    with pytest.raises(InvalidInputError, match="one row per sample"):
        calibrate(estimator, good, good[1:], quantity="information", seed=0)
    with pytest.raises(InvalidInputError, match="full rank"):
        calibrate(estimator, good, good, quantity="information", seed=0)
    with pytest.raises(InvalidInputError, match="noise_variance must be positive"):
        calibrate(estimator, good, quantity="entropy", noise_variance=0.0, seed=0)
