import numpy as np
import pytest

from ib_mlflow.information.kdekernel import FARTHEST, _kernels, kernel_entropies
from ib_mlflow.information.search import fours


def test_the_kernels_are_exponentials():
    gaps = np.concatenate([[0.0], np.geomspace(1e-12, FARTHEST, 4000)])
    wide, narrow = gaps.copy(), np.empty_like(gaps)
    sums = np.ones((2, gaps.size))
    totals = _kernels(wide, narrow, sums[0], sums[1])
    # Seven squarings double the rounding seven times.
    np.testing.assert_allclose(wide, np.exp(-gaps), rtol=5e-14)
    np.testing.assert_allclose(narrow, np.exp(-4 * gaps), rtol=2e-13)
    np.testing.assert_array_equal(sums, 1 + np.stack([narrow, wide]))
    np.testing.assert_allclose(totals, [narrow.sum(), wide.sum()], rtol=1e-14)


def test_far_pairs_have_kernels_too_small_to_count():
    gaps = np.array([FARTHEST, 1e3, 1e300, np.inf])
    _kernels(gaps, np.empty(4), np.zeros(4), np.zeros(4))
    assert (gaps < 1e-20).all()


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
