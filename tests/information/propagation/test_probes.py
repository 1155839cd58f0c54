import math

import numpy as np
import pytest

from ib_mlflow.information.mixture.density import LogSums
from ib_mlflow.information.mixture.tree import grow_tree
from ib_mlflow.information.propagation.probes import PER_PAIR, place

M, R, D = 6, 10, 2
FEW, MANY = 200, 4000  # draws from all of the mixture, and as many around each of its centres


def placed(n, r=R):
    random = np.random.default_rng(0)
    centres = 5.0 * np.arange(M)[:, None, None] + random.normal(size=(M, r, D))
    fresh = centres + random.normal(size=centres.shape)
    rows = centres.reshape(-1, D)
    tree = grow_tree(rows.T.copy(), np.full(M * r, 1 / (M * r)))
    return centres, fresh, place(tree, centres, fresh, n, random, paired=True)


def sums(values):
    return LogSums(values, 0 * values, "brute", 0, 0.0)


@pytest.mark.parametrize("n", [FEW, MANY])
def test_queries_lie_around_the_propagations_that_they_are_said_to(n):
    centres, fresh, probes = placed(n)
    if n == MANY:
        k = 2 * round(n / (2 * M * R))
        assert probes.known.draws is probes.draws
        assert probes.known.shape == (M, R, k)
        assert probes.fresh.shape == (M, R, 2 * (k // 4))
        assert len(probes) == M * R * (k + 2 * (k // 4))
    else:
        # Pairs of as many propagations of each input.
        assert probes.known.shape == (M * round(n / PER_PAIR / M), 2, 2)
        assert probes.fresh.shape == (M * round(n / 8 / M), 2, 2)
        assert (
            len(probes.queries)
            == len(probes)
            == n + sum(len(around.draws.queries) for around in (probes.known, probes.fresh))
        )
    for around, known in ((probes.known, centres), (probes.fresh, fresh)):
        where = (around.draws.queries - around.draws.noise).reshape(*around.shape, D)
        np.testing.assert_allclose(where, np.broadcast_to(where[:, :, :1], where.shape), atol=1e-12)
        distances = np.abs(where[:, :, 0, None, None] - known).max(axis=4)
        which = distances.min(axis=3).argmin(axis=2)
        assert distances.min(axis=(2, 3)).max() < 1e-12
        assert (which == which[:, :1]).all()
        assert np.ptp(np.bincount(which[:, 0])) == 0
        each = distances.reshape(*distances.shape[:2], -1).argmin(axis=2)
        assert all(len(set(row)) == len(row) for row in each.tolist())


@pytest.mark.parametrize("n", [FEW, MANY])
def test_noise_is_standard_normal(n):
    noise = placed(n)[2].noise
    assert noise.mean(axis=0) == pytest.approx(0, abs=5 / math.sqrt(len(noise)))
    assert np.cov(noise.T) == pytest.approx(np.eye(D), abs=8 / math.sqrt(len(noise)))


@pytest.mark.parametrize(("n", "r"), [(MANY, R), (MANY, 20 * R)])
def test_the_variance_between_propagations_is_that_of_their_means(n, r):
    """A density whose logarithm is a coordinate: its mean around a propagation is the same."""
    centres, fresh, probes = placed(n, r)
    assert (probes.known.draws is probes.draws) == (r == R)
    values, nothing = probes.queries[:, 0], np.zeros(len(probes))
    entropy = probes.read(sums(values), nothing, M * r)
    assert entropy.value == pytest.approx(
        -centres[..., 0].mean(), abs=5 * math.sqrt(entropy.variance)
    )
    apart = [rows[..., 0].var(axis=1, ddof=1).mean() for rows in (centres, fresh)]
    draws = probes.read(sums(values), nothing, 10**12).variance
    assert entropy.variance - draws == pytest.approx(apart[0] / (M * r), rel=0.35)
    crossed = probes.read(sums(values), nothing, M * r, crossed=True)
    noise = probes.read(sums(values), nothing, 10**12, crossed=True).variance
    assert crossed.variance - noise == pytest.approx(np.mean(apart) / (M * r), rel=0.35)


def test_a_skewed_influence_is_told():
    """A density whose logarithm is known of each propagation, and rarely not 0."""
    _, _, probes = placed(MANY)
    each = np.where(np.arange(M * R) % R == 0, 1.0, 0.0).reshape(M, R, 1)
    shapes = probes.known.shape, probes.fresh.shape
    values = np.concatenate([np.broadcast_to(each, shape).ravel() for shape in shapes])
    entropy = probes.read(sums(-values), np.zeros(len(probes)), M * R)
    share = 1 / R
    assert entropy.value == pytest.approx(share)
    assert entropy.variance == pytest.approx(share * (1 - share) / (M * (R - 1)), rel=0.02)
    skewness = (1 - 2 * share) / math.sqrt(share * (1 - share)) / math.sqrt(M * R)
    assert entropy.third / entropy.variance**1.5 == pytest.approx(skewness, rel=0.02)


def test_without_other_propagations_there_are_draws_alone():
    centres, _, _ = placed(MANY)
    rows = centres.reshape(-1, D)
    tree = grow_tree(rows.T.copy(), np.full(M * R, 1 / (M * R)))
    probes = place(tree, centres, None, 40, np.random.default_rng(0), paired=False)
    assert len(probes) == len(probes.queries) == 40
    values = LogSums(np.full(40, -2.0), np.full(40, 1e-3), "brute", 0, 0.0)
    assert not probes.deleted(values, M * R).any()
    entropy = probes.read(values, np.zeros(40), M * R)
    assert (entropy.value, entropy.above, entropy.variance, entropy.lacks) == (2.0, 2.0, 0.0, 0.0)
    assert entropy.certificate == pytest.approx(1e-3)
