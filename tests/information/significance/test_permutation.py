import itertools
import math

import numpy as np
import pytest
from scipy.stats import fisher_exact, kstest

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information import (
    Estimate,
    edge_information,
    ksg_information,
    mutual_information,
    permutation_test,
)
from ib_mlflow.information.significance.permutation import p_value_of


def product(x, y):
    """A statistic without ties, which no estimator's bias disturbs."""
    return Estimate(float(np.dot(x, y)), 0.0, "point", n=len(x))


@pytest.mark.parametrize("permutations", [1, 2, 3])
def test_p_values_are_exactly_uniform_under_independence_by_enumeration(permutations):
    # All arrangements of three samples: the given one and the permuted ones are equally likely.
    values = [np.dot([1.0, 2.0, 4.5], order) for order in itertools.permutations([0.0, 1.0, 5.0])]
    assert len(set(values)) == 6
    p_values = np.array(
        [
            p_value_of(given, np.array(null))
            for given, *null in itertools.product(values, repeat=permutations + 1)
        ]
    )
    for rank in range(1, permutations + 2):
        level = rank / (permutations + 1)
        # Permutations drawn twice are ties, which can only raise p.
        assert np.mean(p_values <= level + 1e-12) <= level + 1e-12
    assert p_values.min() == 1 / (permutations + 1)


def test_without_ties_each_p_value_is_equally_likely():
    values = np.random.default_rng(0).normal(size=5)
    p_values = [p_value_of(values[k], np.delete(values, k)) for k in range(5)]
    assert sorted(p_values) == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])


def test_the_p_value_is_that_of_all_permutations():
    generator = np.random.default_rng(1)
    x, y = generator.normal(size=(2, 6))
    given = np.dot(x, y)
    every = [np.dot(x, order) for order in itertools.permutations(y)]
    exact = np.mean(np.array(every) >= given - 1e-12)
    test = permutation_test(product, x, y, permutations=4000)
    assert abs(test.p_value - exact) < 4 * test.p_value_se
    assert test.p_value_se == pytest.approx(math.sqrt(exact * (1 - exact) / 4000), rel=0.2)
    assert test.null_mean == pytest.approx(np.mean(every), abs=4 * np.std(every) / 60)
    for level, quantile in test.null_quantiles.items():
        assert abs(np.mean(np.array(every) <= quantile) - level) < 4 * 0.5 / 60


def test_tables_of_two_by_two_have_fishers_p_value():
    x = np.array([1] * 6 + [0] * 8)
    y = np.array([1] * 5 + [0] * 6 + [1] * 3)
    table = [[np.sum((x == a) & (y == b)) for b in (1, 0)] for a in (1, 0)]
    # Two-sided: information does not know the sign, and here orders tables as probability does.
    exact = fisher_exact(table, alternative="two-sided").pvalue
    test = permutation_test(mutual_information, x, y, permutations=4000)
    assert abs(test.p_value - exact) < 4 * test.p_value_se


def test_p_values_of_independent_variables_are_uniform():
    p_values = []
    for seed in range(120):
        x, y = np.random.default_rng([1, seed]).normal(size=(2, 60))
        p_values.append(
            permutation_test(
                lambda x, y: ksg_information(x, y, k=3), x, y, permutations=39, seed=seed
            ).p_value
        )
    # They have steps of 1/40, which the test counts as a deviation.
    assert kstest(np.array(p_values) - 0.5 / 40, "uniform").pvalue > 1e-3


@pytest.mark.parametrize(
    "estimator", [edge_information, lambda x, y: ksg_information(x, y, k=3)], ids=["edge", "ksg"]
)
def test_dependence_is_seen(estimator):
    x, noise = np.random.default_rng(2).normal(size=(2, 300))
    test = permutation_test(estimator, x, x**2 + noise, permutations=99)
    assert test.p_value == 0.01
    assert test.estimate.value > max(test.null_quantiles.values())
    assert test.permutations == 99
    assert 0 < test.p_value_se < 0.02


def test_the_same_seed_gives_the_same_and_another_another():
    x, y = np.random.default_rng(3).normal(size=(2, 40))
    first, again, other = (
        permutation_test(product, x, y, permutations=50, seed=seed) for seed in (4, 4, 5)
    )
    assert first == again
    assert first.null_mean != other.null_mean


def test_rows_stay_together_and_the_given_arrays_stay_as_they_are():
    x, y = np.arange(20), np.column_stack([np.arange(20), 100 + np.arange(20)])

    def estimator(x, y):
        assert (y[:, 1] - y[:, 0] == 100).all()
        assert sorted(y[:, 0]) == list(range(20))
        np.testing.assert_array_equal(x, np.arange(20))
        return Estimate(0.0, 0.0, "point", n=20)

    # Equal values are ties, and all of them count.
    assert permutation_test(estimator, x, y, permutations=9).p_value == 1
    np.testing.assert_array_equal(y[:, 0], np.arange(20))


@pytest.mark.parametrize("permutations", [0, -3, 1.5, True])
def test_a_number_of_permutations_is_whole(permutations):
    with pytest.raises(InvalidInputError, match="permutations must be a whole number"):
        permutation_test(product, [1, 2, 3], [1, 2, 3], permutations=permutations)


def test_bad_input_is_refused():
    with pytest.raises(InvalidInputError, match="one row per sample"):
        permutation_test(product, [1, 2, 3], [1, 2])
    with pytest.raises(InvalidInputError, match="seed must be a whole number"):
        permutation_test(product, [1, 2], [1, 2], seed=-1)
    with pytest.raises(InvalidInputError, match="returns an Estimate"):
        permutation_test(np.dot, [1, 2], [1, 2])
