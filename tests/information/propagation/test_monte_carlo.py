import numpy as np
import pytest
from scipy.special import logsumexp

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information.propagation.monte_carlo import (
    mse_any,
    mse_bounded,
    mse_moment,
    mse_random,
)


def log_density(points, centres, beta):
    squares = ((points[..., None, :] - centres) ** 2).sum(-1)
    n, d = centres.shape
    return (
        logsumexp(-squares / (2 * beta**2), axis=-1)
        - np.log(n)
        - d / 2 * np.log(2 * np.pi * beta**2)
    )


MIXTURES = [
    ("tanh", 8, 1, 0.3),
    ("tanh", 5, 3, 1.0),
    ("tanh", 6, 2, 0.05),
    ("normal", 7, 2, 0.5),
    ("unequal", 9, 2, 0.2),
]


def centres_of(kind, n, d):
    generator = np.random.default_rng(n)
    if kind == "unequal":
        return np.where(np.arange(n)[:, None] < 1, 3.0, generator.normal(0, 0.01, (n, d)))
    samples = 2 * generator.normal(size=(n, d))
    return np.tanh(samples) if kind == "tanh" else samples


@pytest.mark.parametrize(("kind", "n", "d", "beta"), MIXTURES)
def test_the_error_of_repetitions_stays_below_every_bound(kind, n, d, beta):
    centres, generator = centres_of(kind, n, d), np.random.default_rng(0)
    repetitions, draws = 4000, 2
    noise = beta * generator.normal(size=(repetitions, n, draws, d))
    values = -log_density(centres[:, None] + noise, centres, beta).mean(axis=(1, 2))
    # The estimate is unbiased: its variance is its mean squared error, known here to 2.2 %.
    error = values.var(ddof=1) * 0.9
    assert error <= mse_any(n, draws, d)
    moment = (centres**2).sum(axis=1).mean()
    assert mse_any(n, draws, d) <= mse_moment(n, draws, d, beta=beta, second_moment=moment)
    if kind == "tanh":
        assert mse_any(n, draws, d) <= mse_bounded(n, draws, d, beta=beta)


@pytest.mark.parametrize(("kind", "n", "d", "beta"), MIXTURES)
def test_random_centres_stay_below_their_bound(kind, n, d, beta):
    centres, generator = centres_of(kind, n, d), np.random.default_rng(1)
    queries = 4
    around = centres[generator.integers(0, n, (4000, queries))]
    noise = beta * generator.normal(size=around.shape)
    values = -log_density(around + noise, centres, beta).mean(axis=1)
    assert values.var(ddof=1) * 0.9 <= mse_random(n, queries, d)


def test_bounds_are_the_printed_ones():
    assert mse_bounded(10, 5, 4, beta=0.5) == pytest.approx(8 * 2.25 / 0.25 / 50)
    printed = (9 * 4 * 0.25 + 8 * (2 + 0.5 * 2) * 9 + 3 * (11 * 0.5 * 2 + 1) * 3) / 0.25 / 50
    assert mse_moment(10, 5, 4, beta=0.5, second_moment=9.0) == pytest.approx(printed)


def test_bad_input_is_refused():
    for counts in ((0, 1, 1), (1, 0, 1), (1, 1, 0), (1.5, 1, 1)):
        with pytest.raises(InvalidInputError, match="must be a whole number"):
            mse_any(*counts)
        with pytest.raises(InvalidInputError, match="must be a whole number"):
            mse_random(*counts)
    with pytest.raises(InvalidInputError, match="beta must be positive"):
        mse_bounded(1, 1, 1, beta=0)
    with pytest.raises(InvalidInputError, match="second_moment must be positive"):
        mse_moment(1, 1, 1, beta=1, second_moment=-1)
