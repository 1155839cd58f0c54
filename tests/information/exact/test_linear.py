import numpy as np
import pytest

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information import noisy_information
from ib_mlflow.information.exact.gaussian import (
    gaussian_entropy,
    gaussian_information,
    gaussian_noise_information,
)
from ib_mlflow.information.exact.linear import linear_information, posterior_covariance

RNG = np.random.default_rng(0)
M, D, NOISE = 5, 3, 0.3
WEIGHTS = RNG.normal(size=(D, M))
ROOT = RNG.normal(size=(M, M))
COVARIANCE = ROOT @ ROOT.T / M
SEEN = RNG.normal(size=(2, M))


def test_all_of_x_is_the_channel_of_what_the_layer_makes_of_it():
    signal = WEIGHTS @ COVARIANCE @ WEIGHTS.T
    exact = linear_information(WEIGHTS, variance=NOISE, before=COVARIANCE)
    assert exact == pytest.approx(gaussian_noise_information(signal, variance=NOISE), abs=1e-12)


@pytest.mark.parametrize("noise", [0.0, 0.7])
def test_a_part_of_x_is_known_as_the_joint_covariance_says(noise):
    """Z = V X + noise and T = W X + noise, both Gaussian: example 8.5.1 of Cover and Thomas."""
    both = np.vstack([WEIGHTS, SEEN])
    joint = both @ COVARIANCE @ both.T + np.diag([NOISE] * D + [noise] * 2)
    after = posterior_covariance(COVARIANCE, SEEN, variance=noise)
    exact = linear_information(WEIGHTS, variance=NOISE, before=COVARIANCE, after=after)
    assert exact == pytest.approx(gaussian_information(joint, D), abs=1e-10)


def test_it_is_the_mean_of_the_log_ratio_of_densities():
    """Monte Carlo: I(Z;T) = E[ln p(T|Z) - ln p(T)], within four standard errors."""
    rng = np.random.default_rng(1)
    x = rng.multivariate_normal(np.zeros(M), COVARIANCE, size=200_000)
    t = x @ WEIGHTS.T + np.sqrt(NOISE) * rng.normal(size=(len(x), D))
    z = x @ SEEN.T
    after = posterior_covariance(COVARIANCE, SEEN)
    gain = COVARIANCE @ SEEN.T @ np.linalg.inv(SEEN @ COVARIANCE @ SEEN.T)
    residual = t - z @ (WEIGHTS @ gain).T
    spread, given = (WEIGHTS @ of @ WEIGHTS.T + NOISE * np.eye(D) for of in (COVARIANCE, after))

    def log_density(values, covariance):
        half = np.einsum("ni,ij,nj->n", values, np.linalg.inv(covariance), values) / 2
        return -half - gaussian_entropy(covariance) + D / 2

    terms = log_density(residual, given) - log_density(t, spread)
    exact = linear_information(WEIGHTS, variance=NOISE, before=COVARIANCE, after=after)
    assert exact == pytest.approx(terms.mean(), abs=4 * terms.std() / np.sqrt(len(terms)))


def test_it_is_what_sample_propagation_finds_of_many_gaussian_inputs():
    rng = np.random.default_rng(2)
    m = 2000
    weights = np.array([[0.6, -0.4, 0.0], [0.3, 0.5, -0.2]])
    inputs = rng.normal(size=(m, 3))

    def propagate(inputs, *, seed, repeats=1):
        yield 1, np.repeat(inputs @ weights.T, repeats, axis=0)[None]

    layers = dict(
        noisy_information(
            propagate, inputs, np.arange(m) % 2, beta=[0.5], seed=0, repeats=4, n_queries=2000
        )
    )
    exact = linear_information(weights, variance=0.25, before=np.eye(3))
    estimate = layers[1].i_x[0]
    # h(T) of m drawn inputs scatters by sqrt(d / 2 m) and less about that of all.
    assert exact == pytest.approx(estimate, abs=4 * (layers[1].i_x_se[0] + np.sqrt(1 / m)))


def test_relevant_and_irrelevant_inputs_obey_the_chain_rule():
    """I(X;T) = I(A;T) + I(B;T|A), and of independent parts I(B;T|A) is at least I(B;T)."""
    independent = np.eye(M)
    first, others = (posterior_covariance(independent, independent[k]) for k in (
        slice(2), slice(2, None)))  # fmt: skip
    whole = linear_information(WEIGHTS, variance=NOISE, before=independent)
    of_first = linear_information(WEIGHTS, variance=NOISE, before=independent, after=first)
    of_others = linear_information(WEIGHTS, variance=NOISE, before=independent, after=others)
    given_first = linear_information(WEIGHTS, variance=NOISE, before=first)
    assert whole == pytest.approx(of_first + given_first, abs=1e-12)
    assert of_first + of_others < whole
    np.testing.assert_array_equal(np.diag(first), [0, 0, 1, 1, 1])


def test_leading_axes_are_layers_of_their_own():
    weights = RNG.normal(size=(4, 2, D, M))
    after = posterior_covariance(COVARIANCE, SEEN)
    together = linear_information(weights, variance=NOISE, before=COVARIANCE, after=after)
    assert together.shape == (4, 2)
    alone = linear_information(weights[3, 1], variance=NOISE, before=COVARIANCE, after=after)
    assert together[3, 1] == pytest.approx(float(alone), abs=1e-12)
    each = linear_information(
        weights[:, 0], variance=NOISE, before=COVARIANCE, after=np.stack([after] * 4)
    )
    np.testing.assert_allclose(each, together[:, 0], rtol=1e-12)


def test_what_is_seen_twice_or_does_not_vary_tells_nothing_more():
    once = posterior_covariance(np.eye(3), [[1.0, 0, 0]])
    twice = posterior_covariance(np.diag([1.0, 1.0, 0.0]), [[1.0, 0, 0], [2.0, 0, 0], [0, 0, 1.0]])
    np.testing.assert_allclose(twice, once * np.diag([1, 1, 0]), atol=1e-12)
    nothing = linear_information(np.zeros((2, 3)), variance=1.0, before=np.eye(3))
    assert nothing == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"weights": np.ones((2, 4))}, "weights must be"),
        ({"weights": np.ones(3)}, "weights must be"),
        ({"weights": np.full((2, 3), np.nan)}, "weights must be finite"),
        ({"variance": 0.0}, "variance must be positive"),
        ({"before": np.ones(3)}, "before must be one or more covariances"),
        ({"before": -np.eye(3)}, "a covariance must be"),
        ({"after": np.eye(2)}, "weights must be"),
    ],
)
def test_bad_input_is_one_clear_error(arguments, message):
    given = {"weights": np.ones((2, 3)), "variance": 1.0, "before": np.eye(3), **arguments}
    with pytest.raises(InvalidInputError, match=message):
        linear_information(given.pop("weights"), **given)


@pytest.mark.parametrize(
    ("observed", "variance"), [(np.ones((1, 2)), 0.0), (np.ones(3), 0.0), (np.ones((1, 3)), -1.0)]
)
def test_what_cannot_be_observed_is_refused(observed, variance):
    with pytest.raises(InvalidInputError, match="observed must be"):
        posterior_covariance(np.eye(3), observed, variance=variance)
