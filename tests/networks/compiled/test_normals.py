import math

import numpy as np
import pytest
from scipy import stats

from ib_mlflow.networks.compiled import normals
from ib_mlflow.networks.compiled.elementwise import compiled

WORDS = 2**32


@compiled(cache=False)
def words(c0, c1, c2, c3, k0, k1):
    return normals.philox(
        np.uint32(c0), np.uint32(c1), np.uint32(c2), np.uint32(c3), np.uint32(k0), np.uint32(k1)
    )


@compiled(cache=False)
def run(start, group, across, layer, stream, b):
    scratch = np.empty((normals.GROUP, normals.RUN), np.uint32)
    z = np.empty((normals.GROUP, normals.RUN), np.float32)
    normals.normals(start, group, across, layer, stream[2], stream[0], stream[1], scratch, z, b)
    return z[:, :b]


@compiled(cache=False)
def noisy(a, beta, start, layer, stream):
    scratch = np.empty((normals.GROUP, normals.RUN), np.uint32)
    z = np.empty((normals.GROUP, normals.RUN), np.float32)
    t = np.zeros_like(a)
    normals.add_noise(a, t, a.shape[0], beta, start, layer, stream, scratch, z, a.shape[1])
    return t


@compiled(cache=False)
def filled(b, d, start, layer, stream):
    scratch = np.empty((normals.GROUP, normals.RUN), np.uint32)
    z = np.empty((normals.GROUP, normals.RUN), np.float32)
    out = np.empty((b, d), np.float32)
    normals.fill(out, start, layer, stream, scratch, z)
    return out


STREAM = np.array([11, 2**32 - 1, 3], np.uint32)


@pytest.mark.parametrize(
    ("counter", "key", "expected"),
    [
        ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        (
            (0xFFFFFFFF,) * 4,
            (0xFFFFFFFF,) * 2,
            (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD),
        ),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ],
)
def test_words_are_those_of_the_authors(counter, key, expected):
    """The known answers that Salmon et al. publish with their generator."""
    assert tuple(int(word) for word in words(*counter, *key)) == expected


def test_draws_are_radius_and_angle_of_the_words():
    draws = run(7, 5, False, 2, STREAM, 200).astype(np.float64)
    for j in range(200):
        w = [int(word) for word in words(7 + j, 5, 2, STREAM[2], STREAM[0], STREAM[1])]
        for first in (0, 2):
            radius = math.sqrt(-2 * math.log(((w[first] >> 1) + 0.5) / 2**31))
            # the upper two bits count quarters, the lower 30 are a signed angle around the middle
            low = w[first + 1] % 2**30
            signed = low - 2**30 if low >= 2**29 else low
            angle = math.pi / 2 * (w[first + 1] >> 30) + math.pi / 4 * signed / 2**29
            expected = radius * math.cos(angle), radius * math.sin(angle)
            np.testing.assert_allclose(draws[first : first + 2, j], expected, rtol=0, atol=3e-6)


def test_runs_along_the_units_have_the_draws_of_runs_along_the_samples():
    along = np.stack([run(j, 4, True, 1, STREAM, 30) for j in range(20)])
    across = np.stack([run(0, 4 + q, False, 1, STREAM, 20) for q in range(30)], axis=2)
    assert np.array_equal(along, across.transpose(1, 0, 2))


@pytest.mark.parametrize(("b", "d"), [(1, 1), (3, 2), (300, 3), (5, 4), (257, 10), (2, 2100)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_noise_is_beta_times_the_draws_whatever_the_precision(b, d, dtype):
    a = np.random.default_rng(0).normal(size=(d, b)).astype(dtype)
    expected = a + dtype(0.25) * filled(b, d, 1000, 3, STREAM).T.astype(dtype)
    np.testing.assert_allclose(
        noisy(a, dtype(0.25), 1000, 3, STREAM), expected, rtol=1e-6, atol=1e-7
    )


def test_a_draw_belongs_to_a_position():
    whole = filled(40, 7, 0, 1, STREAM)
    assert np.array_equal(whole[13:29], filled(16, 7, 13, 1, STREAM))


def test_draws_are_standard_normal_and_independent():
    draws = filled(200_000, 10, 0, 1, STREAM).astype(np.float64)
    n = draws.size
    assert stats.kstest(draws.ravel(), "norm").pvalue > 1e-4
    for power, moment, variance in ((1, 0, 1), (2, 1, 2), (3, 0, 15), (4, 3, 96)):
        assert abs((draws**power).mean() - moment) < 4 * math.sqrt(variance / n)
    correlations = np.corrcoef(draws.T)[np.triu_indices(10, 1)]
    assert np.abs(correlations).max() < 5 / math.sqrt(len(draws))
    squares = np.corrcoef((draws**2).T)[np.triu_indices(10, 1)]
    assert np.abs(squares).max() < 5 / math.sqrt(len(draws))
    neighbours = (draws[1:] * draws[:-1]).mean(axis=0)
    assert np.abs(neighbours).max() < 5 / math.sqrt(len(draws))


@pytest.mark.parametrize(
    "other", [(1, [12, 0, 3]), (1, [11, 1, 3]), (1, [11, 0, 4]), (2, [11, 0, 3])]
)
def test_streams_and_layers_are_uncorrelated(other):
    """Seeds, epochs, uses and layers that differ by one."""
    layer, stream = other
    first = filled(100_000, 4, 0, 1, np.array([11, 0, 3], np.uint32)).astype(np.float64)
    second = filled(100_000, 4, 0, layer, np.array(stream, np.uint32)).astype(np.float64)
    assert abs((first * second).mean()) < 4 / math.sqrt(first.size)
    assert abs((first**2 * second**2).mean() - 1) < 4 * math.sqrt(8 / first.size)


def test_tails_have_their_share():
    draws = filled(1_000_000, 4, 0, 1, STREAM)
    for bound in (2, 3, 4):
        expected = 2 * stats.norm.sf(bound) * draws.size
        assert abs((np.abs(draws) > bound).sum() - expected) < 4 * math.sqrt(expected)
