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
        chosen = random.choice(k, 24, p=tree.weights / tree.weights.sum())
        queries = tree.points[:, chosen].T + random.normal(size=(24, d))
        descent = Descent(tree, queries, tolerance)
        found, truth = descent.sums(), all_pairs(tree, queries)
        # The difference of squares of coordinates of up to a thousand β is rounded, too.
        slack = 1e-12 * (10 + np.abs(tree.points).max())
        assert (np.abs(found.values - truth.values) <= found.bounds + slack).all(), case
        assert (found.bounds <= tolerance * (1 + 1e-9)).all(), case
        expanded += np.count_nonzero(found.bounds > 0)
    assert expanded > CASES  # the tree did cut and expand


def test_far_queries_are_summed_without_underflow():
    tree = grow_tree(np.linspace(0, 1, 500)[None].copy(), np.full(500, 1 / 500))
    found = Descent(tree, np.array([[8.0], [-30.0]]), 1e-3).sums()
    truth = all_pairs(tree, np.array([[8.0], [-30.0]]))
    assert (np.abs(found.values - truth.values) <= found.bounds + 1e-12).all()
    np.testing.assert_allclose(truth.values, [-0.5 * 49, -450], rtol=0.3)
