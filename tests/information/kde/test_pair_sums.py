import numpy as np
import pytest

from ib_mlflow.information.inputs.pairs import fours
from ib_mlflow.information.kde.pair_sums import (
    FARTHEST,
    _add_kernels,
    _weigh_kernels,
    kernel_entropies,
)


def test_the_kernels_are_exponentials():
    gaps = np.concatenate([[0.0], np.geomspace(1e-12, FARTHEST, 4000)])
    wide, narrow = np.exp(-gaps), np.exp(-4 * gaps)
    sums = np.zeros((2, gaps.size))
    totals = _add_kernels(gaps, sums[0], sums[1])
    # Seven squarings double the rounding seven times.
    np.testing.assert_allclose(sums, [narrow, wide], rtol=2e-13)
    np.testing.assert_allclose(totals, [narrow.sum(), wide.sum()], rtol=1e-13)
    weights = np.random.default_rng(0).random((2, gaps.size))
    expected = [weights[0] @ narrow, weights[1] @ wide]
    np.testing.assert_allclose(_weigh_kernels(gaps, *weights), expected, rtol=1e-13)


def test_far_pairs_have_kernels_too_small_to_count():
    sums = np.zeros((2, 4))
    _add_kernels(np.array([FARTHEST, 1e3, 1e300, np.inf]), sums[0], sums[1])
    assert (sums < 1e-20).all()


@pytest.mark.parametrize("n", [3, 40, 1300])
@pytest.mark.parametrize("d", [1, 4, 9])
def test_entropies_and_influences_are_those_of_the_kernel_matrix(n, d):
    generator = np.random.default_rng(n + d)
    points, codes = generator.normal(size=(n, d)), np.sort(generator.integers(0, 4, n))
    labels = np.append(np.unique(codes, return_index=True)[1], n)
    entropies, influences = np.empty(4), np.empty((4, n))
    kernel_entropies(fours(points), labels, np.arange(n), entropies, influences)
    squares = ((points[:, None] - points[None]) ** 2).sum(-1)
    same = codes[:, None] == codes
    matrices = [np.exp(-4 * squares), np.exp(-squares)]
    matrices += [matrix * same for matrix in matrices]
    for row, matrix in enumerate(matrices):
        among = n if row < 2 else same.sum(1)
        terms = -np.log(matrix.sum(1) / among)
        influence = terms - (matrix / matrix.sum(1, keepdims=True)).sum(0)
        assert entropies[row] == pytest.approx(terms.mean(), abs=1e-13)
        # Asked for by rank, which rounding may exchange where terms are equal.
        np.testing.assert_allclose(np.sort(influences[row]), np.sort(influence), atol=1e-12)
