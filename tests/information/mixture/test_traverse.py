import numpy as np
import pytest

from ib_mlflow.information.mixture import tree as tree_module
from ib_mlflow.information.mixture.density import Descent, all_pairs
from ib_mlflow.information.mixture.tree import grow_tree

CASES = 2400
KINDS = ("spread", "clustered", "duplicated", "anisotropic", "collapsed", "heavy")


def mixture(random, kind, d, k):
    """Centres in [-1, 1]^d or about, and weights; of the kinds that layers show, and worse."""
    centres = random.uniform(-1, 1, (k, d))
    if kind == "clustered":
        corners = np.sign(random.normal(size=(random.integers(1, 9), d)))
        spread = 10.0 ** random.uniform(-5, 0)
        centres = corners[random.integers(0, len(corners), k)] + spread * random.normal(size=(k, d))
    elif kind == "duplicated":
        centres = centres[random.integers(0, max(1, k // 20), k)]
    elif kind == "anisotropic":
        centres = centres * 10.0 ** random.uniform(-6, 0, d)
        centres = centres @ np.linalg.qr(random.normal(size=(d, d)))[0]
    elif kind == "collapsed":
        centres = centres[0] + 1e-5 * centres
    elif kind == "heavy":
        centres = random.standard_t(1.5, (k, d))
    weights = random.dirichlet(np.full(k, random.choice([0.1, 1.0, 100.0])))
    return centres, np.maximum(weights, 1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_no_query_errs_by_more_than_its_bound_nor_the_tolerance(monkeypatch, kind):
    random = np.random.default_rng(KINDS.index(kind))
    expanded = 0
    for case in range(CASES // len(KINDS)):
        d, k = 1 + case % 12, int(10 ** random.uniform(0.3, 3.2))
        beta, tolerance = 10.0 ** random.uniform(-3, 0), 10.0 ** random.uniform(-6, -0.3)
        monkeypatch.setattr(tree_module, "LEAF", int(random.choice([4, 16, 96])))
        centres, weights = mixture(random, kind, d, k)
        weights /= weights.sum()
        tree = grow_tree(np.ascontiguousarray(centres.T / beta), weights)
        components = random.choice(k, 24, p=tree.weights / tree.weights.sum())
        queries = tree.points[:, components].T + random.normal(size=(24, d))
        descent = Descent(tree, queries, tolerance)
        sums, truth = descent.sums(), all_pairs(tree, queries)
        # The difference of squares of coordinates of up to a thousand β is rounded, too.
        slack = 1e-12 * (10 + np.abs(tree.points).max())
        assert (np.abs(sums.values - truth.values) <= sums.bounds + slack).all(), case
        assert (sums.bounds <= tolerance * (1 + 1e-9)).all(), case
        expanded += np.count_nonzero(sums.bounds > 1e-200)
    assert expanded > CASES / 2  # the tree did cut and expand


def test_far_queries_are_summed_without_underflow():
    tree = grow_tree(np.linspace(0, 1, 500)[None].copy(), np.full(500, 1 / 500))
    sums = Descent(tree, np.array([[8.0], [-30.0]]), 1e-3).sums()
    truth = all_pairs(tree, np.array([[8.0], [-30.0]]))
    assert (np.abs(sums.values - truth.values) <= sums.bounds + 1e-12).all()
    np.testing.assert_allclose(truth.values, [-0.5 * 49, -450], rtol=0.3)


@pytest.mark.parametrize("d", [2, 16, 40])
@pytest.mark.parametrize("tolerance", [1e-7, 0.1])
def test_queries_that_are_not_equally_far_from_all_share_a_block(monkeypatch, d, tolerance):
    random = np.random.default_rng(d)
    monkeypatch.setattr(tree_module, "LEAF", 16)
    places = 10.0 ** random.uniform(0, 4, (8, 1)) * random.normal(size=(8, d))
    centres = np.repeat(places, 100, axis=0) + 1e-3 * random.normal(size=(800, d))
    tree = grow_tree(centres.T.copy(), random.dirichlet(np.ones(800)))
    # Two by two: near a centre, and as far from all as the powers of ten say.
    queries = np.repeat(places[:5] + random.normal(size=(5, d)), 2, axis=0)
    queries[1::2] += 10.0 ** np.arange(5)[:, None] * random.normal(size=(5, d))
    descent = Descent(tree, queries, tolerance)
    descent.blocks = np.stack([np.arange(0, 10, 2), np.arange(2, 12, 2)])
    sums, truth = descent.sums(), all_pairs(tree, queries)
    slack = 1e-12 * (100 + np.abs(tree.points).max()) + 1e-13 * np.abs(truth.values)
    assert (np.abs(sums.values - truth.values) <= sums.bounds + slack).all()
    assert (sums.bounds <= tolerance * (1 + 1e-9)).all()
    assert truth.values.min() < -1e6
