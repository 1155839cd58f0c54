import math

import numpy as np
import pytest
from scipy.special import entr
from scipy.stats import gamma, norm

from ib_mlflow.information.propagation.influence import (
    LEVEL,
    between,
    freed,
    jackknife,
    skewness,
    stated_error,
)

CENTRES = np.array([-6.0, -0.3, 0.0, 0.4, 2.5])
STEP = 0.02
LINE = np.arange(-16, 14, STEP)


def entropy(centres):
    """Of unit Gaussians around centres, by the trapezoidal rule."""
    return float(entr(norm.pdf(LINE[:, None], centres).mean(axis=1)).sum() * STEP)


def test_the_jackknife_is_what_entropies_without_each_centre_say():
    n, whole = len(CENTRES), norm.pdf(LINE[:, None], CENTRES).mean(axis=1)
    logs = np.log(whole * math.sqrt(2 * math.pi))
    unit = math.log(2 * math.pi) / 2
    added = []
    for left_out, centre in enumerate(CENTRES):
        around = norm.pdf(LINE, centre) * STEP
        more = jackknife(logs, (LINE - centre) ** 2, n)
        pseudo = n * entropy(CENTRES) - (n - 1) * entropy(np.delete(CENTRES, left_out))
        assert float(around @ (unit - logs + more)) == pytest.approx(pseudo, abs=1e-9)
        added.append(float(around @ more))
    rest = np.mean([entropy(np.delete(CENTRES, i)) for i in range(n)])
    assert np.mean(added) == pytest.approx((n - 1) * (entropy(CENTRES) - rest), abs=1e-9)
    # The one that is alone is worth more than its part of the density says, the others not.
    assert added[0] > 0.85 > 0.15 > max(added[1:4]) > min(added[1:4]) > -0.15


def test_a_centre_that_is_alone_or_that_all_share_has_no_other_limit():
    alone = jackknife(np.array(-math.log(5)), np.array(0.0), 5)
    assert alone == pytest.approx(4 * math.log(5 / 4), abs=1e-9)
    assert jackknife(np.array(0.0), np.array(0.0), 5) == pytest.approx(0.0, abs=1e-12)
    nothing = jackknife(np.array(0.0), np.array(1e6), 5)  # and no draw is lost to rounding
    assert nothing == pytest.approx(4 * math.log(5 / 4) - 1, abs=1e-9)


def test_values_are_freed_of_distances_alone():
    random = np.random.default_rng(0)
    noise, other = random.normal(size=(1000, 300)), random.normal(size=1000)
    rest = freed(other - np.square(noise).sum(axis=1) / 2, noise)
    assert np.ptp(rest - other) < 20 * np.ptp(other) / math.sqrt(1000)


def test_the_variance_between_is_free_of_that_within():
    random = np.random.default_rng(0)
    means = 3.0 * np.arange(50)[:, None, None] + 2.0 * random.normal(size=(50, 20, 1))
    values = means + 5.0 * random.normal(size=(50, 20, 4))
    # 950 degrees of freedom of means with a variance of 4 + 25 / 4
    error = math.sqrt(2 / 950) * (4 + 25 / 4)
    assert between(values) == pytest.approx(4.0, abs=4 * error)


def test_skewness_is_that_of_known_laws():
    quantiles = (np.arange(200_000) + 0.5) / 200_000
    assert skewness(gamma.ppf(quantiles, 4)) == pytest.approx(1.0, rel=0.01)
    assert skewness(norm.ppf(quantiles)) == pytest.approx(0.0, abs=1e-9)
    assert skewness(np.full(7, 0.5)) == 0.0


@pytest.mark.parametrize("n", [60, 200])
def test_errors_of_skewed_means_cover(n):
    """Means of gamma variables with a skewness of 2 and of 3."""
    repetitions = 4000
    for shape in (1.0, 4 / 9):
        samples = np.random.default_rng(n).gamma(shape, size=(repetitions, n))
        variances = samples.var(axis=1, ddof=1) / n
        plain = np.abs(samples.mean(axis=1) - shape) <= LEVEL * np.sqrt(variances)
        widened = [
            abs(row.mean() - shape)
            <= LEVEL * stated_error(variance, skewness(row) / math.sqrt(n) * variance**1.5, 0.0)
            for row, variance in zip(samples, variances, strict=True)
        ]
        error = math.sqrt(0.05 * 0.95 / repetitions)
        # Of the next order, 1 / n², nothing is said: it is what is left of 1 / n.
        left = 3 * error + (0.95 - plain.mean()) / 2
        assert plain.mean() < np.mean(widened)
        assert np.mean(widened) == pytest.approx(0.95, abs=left)


@pytest.mark.parametrize("bias", [0.0, 0.5, 1.0, 2.0])
def test_errors_of_biased_values_cover_by_the_normal_distribution(bias):
    width = LEVEL * stated_error(1.0, 0.0, bias)
    covers = norm.cdf(width - bias) - norm.cdf(-width - bias)
    assert 0.9499 < covers < (0.963 if bias <= 1 else 1.0)
