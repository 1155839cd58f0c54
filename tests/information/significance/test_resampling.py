import numpy as np
import pytest

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information import (
    Estimate,
    bootstrap,
    edge_information,
    entropy,
    ksg_information,
    mutual_information,
)

PROBABILITIES = np.array([0.5, 0.3, 0.15, 0.05])


def mean_product(x, y):
    return Estimate(float(np.mean(x * y)), 0.0, "point", n=len(x))


def test_the_standard_error_of_a_multinomials_entropy_is_the_analytic_one():
    generator = np.random.default_rng(0)
    x = generator.choice(4, size=400, p=PROBABILITIES)
    analytic = np.sqrt(np.var(np.log(np.bincount(x)[x] / 400)) / 400)
    estimate = bootstrap(entropy, x, np.zeros(400, int), resamples=1500)
    assert estimate.value == entropy(x).value
    # 1500 resamples know it to 1.8 %; the rest is the second order, 1 / n.
    assert estimate.standard_error == pytest.approx(analytic, rel=0.08)
    # The plug-in is too low by (4 - 1) / 2n, and the bootstrap sees it.
    error = estimate.standard_error / np.sqrt(1500)
    assert estimate.diagnostics["bias"] == pytest.approx(-3 / 800, abs=4 * error + 1e-3)


@pytest.mark.parametrize("size", [None, 150, 75])
def test_the_standard_error_of_a_mean_is_the_closed_form(size):
    x = np.random.default_rng(1).exponential(size=300)
    estimate = bootstrap(mean_product, x, np.ones(300), resamples=2000, size=size)
    assert estimate.standard_error == pytest.approx(x.std() / np.sqrt(300), rel=4 / np.sqrt(4000))
    assert abs(estimate.diagnostics["bias"]) < 4 * estimate.standard_error * 2 / np.sqrt(2000)
    assert estimate.diagnostics["size"] == (size or 300)


def test_the_interval_covers_the_truth():
    truth = -(PROBABILITIES * np.log(PROBABILITIES)).sum()
    covered = []
    for seed in range(150):
        x = np.random.default_rng([2, seed]).choice(4, size=200, p=PROBABILITIES)
        notes = bootstrap(entropy, x, np.zeros(200, int), resamples=199, seed=seed).diagnostics
        covered.append(notes["lower"] < truth < notes["upper"])
    # 150 intervals of 95 %: four standard errors are 7 %.
    assert abs(np.mean(covered) - 0.95) < 4 * np.sqrt(0.95 * 0.05 / 150)


def test_subsamples_cover_where_nearest_neighbours_forbid_ties():
    truth = -np.log(1 - 0.6**2) / 2
    covered, errors, values = [], [], []
    for seed in range(60):
        x, noise = np.random.default_rng([3, seed]).normal(size=(2, 300))
        estimate = bootstrap(
            lambda x, y: ksg_information(x, y, k=3),
            x,
            0.6 * x + 0.8 * noise,
            resamples=60,
            seed=seed,
            size=150,
        )
        notes = estimate.diagnostics
        covered.append(notes["lower"] < truth < notes["upper"])
        errors.append(estimate.standard_error)
        values.append(estimate.value)
    assert np.mean(covered) > 0.95 - 4 * np.sqrt(0.95 * 0.05 / 60)
    # 60 repetitions know their spread to 9 %; subsamples of half are too large by up to 30 %.
    assert 0.9 - 0.36 < np.mean(errors) / np.std(values, ddof=1) < 1.3 + 0.36


@pytest.mark.parametrize(
    "estimator", [edge_information, lambda x, y: ksg_information(x, y, k=3)], ids=["edge", "ksg"]
)
def test_estimators_that_mind_samples_drawn_twice_are_refused(estimator):
    x, noise = np.random.default_rng(4).normal(size=(2, 200))
    with pytest.raises(InvalidInputError, match="must not mind samples drawn twice"):
        bootstrap(estimator, x, x + noise, resamples=9)
    estimate = bootstrap(estimator, x, x + noise, resamples=9, size=100)
    assert estimate.diagnostics["duplicates"] == 0


def test_one_that_hides_them_shows_a_bias_and_is_not_settled():
    def hidden(x, y):
        return Estimate(ksg_information(x, y, k=3).value, 0.0, "point", n=len(x))

    x, noise = np.random.default_rng(5).normal(size=(2, 300))
    notes = bootstrap(hidden, x, x + noise, resamples=49).diagnostics
    assert notes["bias"] > 0.3
    assert not notes["settled"]
    # Without a verdict of the estimator's own there is none.
    assert "reliable" not in notes


def test_the_estimators_verdict_is_kept():
    x = np.random.default_rng(6).integers(3, size=600)
    assert bootstrap(mutual_information, x, x, resamples=49).diagnostics["reliable"]
    assert not bootstrap(
        mutual_information, np.arange(60), np.arange(60), resamples=49
    ).diagnostics["reliable"]
    # Independent variables: the bias of counting is larger than the standard error.
    many = np.random.default_rng(7).integers(12, size=(2, 600))
    assert not bootstrap(mutual_information, *many, resamples=49).diagnostics["reliable"]


def test_pairs_stay_together_and_seeds_decide():
    x = np.random.default_rng(8).normal(size=50)

    def estimator(x, y):
        np.testing.assert_array_equal(x, y)
        return mean_product(x, y)

    first, again, other = (
        bootstrap(estimator, x, x, resamples=20, seed=seed) for seed in (1, 1, 2)
    )
    assert first == again
    assert first.standard_error != other.standard_error


def test_the_kind_and_samples_of_the_estimate_stay():
    lower = bootstrap(
        lambda x, y: Estimate(float(x.mean()), 0.0, "lower", n=7), [1.0, 2.0], [0, 0], resamples=5
    )
    assert (lower.kind, lower.n) == ("lower", 7)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"resamples": 1}, "resamples must be a whole number"),
        ({"resamples": 2.5}, "resamples must be a whole number"),
        ({"size": 3}, "size must be a whole number"),
        ({"size": 1}, "size must be a whole number"),
        ({"seed": -1}, "seed must be a whole number"),
    ],
)
def test_numbers_outside_their_range_are_refused(options, message):
    with pytest.raises(InvalidInputError, match=message):
        bootstrap(mean_product, np.arange(3.0), np.arange(3.0), **options)


def test_bad_input_is_refused():
    with pytest.raises(InvalidInputError, match="one row per sample"):
        bootstrap(mean_product, [1, 2, 3], [1, 2])
    with pytest.raises(InvalidInputError, match="returns an Estimate"):
        bootstrap(np.dot, [1, 2], [1, 2])
