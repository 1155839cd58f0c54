import math

import numpy as np
import pytest

from ib_mlflow.information.mixture.density import LogSums
from ib_mlflow.information.mixture.tree import grow_tree
from ib_mlflow.information.propagation.probes import PER_PAIR, place

M, R, D = 6, 10, 2


@pytest.fixture
def placed():
    random = np.random.default_rng(0)
    centres = 5.0 * np.arange(M)[:, None, None] + random.normal(size=(M, R, D))
    fresh = centres + random.normal(size=centres.shape)
    rows = centres.reshape(-1, D)
    tree = grow_tree(rows.T.copy(), np.full(M * R, 1 / (M * R)))
    return centres, fresh, tree, place(tree, centres, fresh, 4000, random, paired=True)


def test_queries_lie_around_the_propagations_that_they_are_said_to(placed):
    centres, fresh, _, probes = placed
    where = probes.queries - probes.noise
    single, paired = len(probes.draws.queries), len(probes.pairs.queries)
    assert (single, paired, len(probes)) == (4000, 4 * 4000 // PER_PAIR, 4000 + 800 + 2000)
    known = centres.reshape(-1, D)
    for around, rows in (
        (where[single : single + paired], known),
        (where[single + paired :], fresh),
    ):
        distances = np.abs(around[:, None] - rows.reshape(-1, D)).max(axis=2).min(axis=1)
        assert distances.max() < 1e-12
    # Four rows are two draws around each of two propagations of one input.
    for rows, known in (
        (where[single : single + paired], centres),
        (where[single + paired :], fresh),
    ):
        four = rows.reshape(-1, 4, D)
        np.testing.assert_allclose(four[:, 0], four[:, 2], atol=1e-12)
        np.testing.assert_allclose(four[:, 1], four[:, 3], atol=1e-12)
        which = np.abs(four[:, :, None, None] - known).max(axis=4).min(axis=3).argmin(axis=2)
        assert (which == which[:, :1]).all()
        assert (np.abs(four[:, 0] - four[:, 1]).max(axis=1) > 1e-9).all()
        np.testing.assert_allclose(np.bincount(which[:, 0]), len(four) / M, atol=2)


def test_noise_is_standard_normal(placed):
    noise = placed[3].noise
    assert noise.mean(axis=0) == pytest.approx(0, abs=5 / math.sqrt(len(noise)))
    assert np.cov(noise.T) == pytest.approx(np.eye(D), abs=8 / math.sqrt(len(noise)))


def test_the_variance_between_propagations_is_that_of_their_means(placed):
    """A density whose logarithm is a coordinate: its mean around a propagation is the same."""
    centres, _, _, probes = placed
    values = probes.queries[:, 0]
    entropy = probes.read(LogSums(values, 0 * values, "brute", 0, 0.0), M * R)
    assert entropy.value == pytest.approx(
        -centres[..., 0].mean(), abs=5 * math.sqrt(entropy.variance)
    )
    # Of a uniform choice among other propagations of the input: twice half of the mean square.
    between = centres[..., 0].var(axis=1, ddof=1).mean() / (M * R)
    draws = probes.read(LogSums(values, 0 * values, "brute", 0, 0.0), 10**9).variance
    assert entropy.variance - draws == pytest.approx(between, rel=0.35)


def test_without_other_propagations_there_are_draws_alone(placed):
    centres, _, tree, _ = placed
    probes = place(tree, centres, None, 40, np.random.default_rng(0), paired=False)
    assert len(probes) == len(probes.queries) == 40
    values = np.full(40, -2.0)
    entropy = probes.read(LogSums(values, np.full(40, 1e-3), "brute", 0, 0.0), M * R)
    assert (entropy.value, entropy.above, entropy.variance) == (2.0, 2.0, 0.0)
    assert entropy.certificate == pytest.approx(1e-3)
