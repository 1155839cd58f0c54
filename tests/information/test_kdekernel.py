from itertools import pairwise

import numpy as np
import pytest

from ib_mlflow.information.kdekernel import FARTHEST, _kernels, arrange, kernel_entropies
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


@pytest.mark.parametrize("n", [2, 5, 16, 17, 1000])
def test_groups_are_of_equal_size_and_sorted_by_label(n):
    codes = np.random.default_rng(n).integers(0, 3, n)
    order, starts, labels = arrange(codes, 3)
    assert sorted(order) == list(range(n))
    sizes = np.diff(starts)
    assert starts[0] == 0
    assert starts[-1] == n
    assert sizes.max() - sizes.min() <= 1
    np.testing.assert_array_equal(labels[:, 0], starts[:-1])
    np.testing.assert_array_equal(labels[:, -1], starts[1:])
    for group in labels:
        for label in range(3):
            assert (codes[order][group[label] : group[label + 1]] == label).all()


@pytest.mark.parametrize("n", [3, 40, 1100])
@pytest.mark.parametrize("d", [1, 4, 9])
def test_entropies_and_influences_are_those_of_the_kernel_matrix(n, d):
    generator = np.random.default_rng(n + d)
    points, codes = generator.normal(size=(n, d)), generator.integers(0, 4, n)
    _, codes, count = np.unique(codes, return_inverse=True, return_counts=True)
    order, starts, labels = arrange(codes, count.size)
    points, codes = points[order], codes[order]
    entropies, groups = np.empty(4), np.empty((4, starts.size - 1))
    kernel_entropies(fours(points), starts, labels, codes, count, entropies, groups)
    squares = ((points[:, None] - points[None]) ** 2).sum(-1)
    same = codes[:, None] == codes
    matrices = [np.exp(-4 * squares), np.exp(-squares)]
    matrices += [matrix * same for matrix in matrices]
    for row, matrix in enumerate(matrices):
        among = np.full(n, n) if row < 2 else count[codes]
        surprise = -np.log(matrix.sum(1) / among)
        influence = surprise - (matrix / matrix.sum(1, keepdims=True)).sum(0)
        means = [influence[a:b].mean() for a, b in pairwise(starts)]
        assert entropies[row] == pytest.approx(surprise.mean(), abs=1e-13)
        np.testing.assert_allclose(groups[row], means, atol=1e-12)
