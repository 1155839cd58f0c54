import numpy as np
import pytest

from ib_mlflow.information import mixture_entropy
from ib_mlflow.information.mixture.close import NOTHING, complete, reaches_of, sums_of_close
from ib_mlflow.information.mixture.density import LogSums, all_pairs
from ib_mlflow.information.mixture.nearest import nearest_components
from ib_mlflow.information.mixture.tree import grow_tree


@pytest.mark.parametrize("d", [1, 3, 10])
@pytest.mark.parametrize("scale", [1.0, 5.0, 30.0])
@pytest.mark.parametrize("concentration", [0.01, 100.0])
@pytest.mark.parametrize("count", [1, 4, 59])
def test_sums_of_close_components_err_by_no_more_than_their_bounds(d, scale, concentration, count):
    random = np.random.default_rng(d)
    weights = np.maximum(random.dirichlet(np.full(60, concentration)), 1e-80)
    tree = grow_tree(scale * random.normal(size=(d, 60)), weights)
    rows, owner = np.arange(0, 60, 2), np.repeat(np.arange(30), 20)
    noise = random.normal(size=(600, d)) * random.uniform(0.2, 3.0, (600, 1))
    limits = random.uniform(50.0, 500.0, 30)
    others = nearest_components(tree, rows, limits, count)
    near = np.concatenate([rows[:, None], others], axis=1)
    sums = sums_of_close(tree, near, limits, owner, noise)
    truth = all_pairs(tree, tree.points.T[rows[owner]] + noise).values
    slack = 1e-12 + 1e-13 * np.abs(truth)
    assert (sums.values - truth <= slack).all()
    assert (truth - sums.values <= sums.bounds + slack).all()
    assert sums.pairs == 20 * np.count_nonzero(near >= 0)
    if count == 59 and (others >= 0).all():
        assert (sums.bounds == 0.0).all(), "none is left out"


@pytest.mark.parametrize("share", [0.5, 1e-6])
def test_within_their_reach_nothing_else_counts(share):
    random = np.random.default_rng(0)
    noise = random.normal(size=(500, 4))
    logs = np.log([share, 1 - share])
    far = np.sqrt(reaches_of(noise, logs)[0])
    tree = grow_tree(np.array([[0.0, far * (1 + 1e-9)]] + 3 * [[0.0, 0.0]]), np.exp(logs))
    near, owner = np.array([[0, -1]]), np.zeros(500, np.int64)
    assert sums_of_close(tree, near, np.array([far**2]), owner, noise).bounds.max() <= NOTHING
    closer = sums_of_close(tree, near, np.array([0.9 * far**2]), owner, noise)
    assert closer.bounds.max() > NOTHING


def test_only_what_is_left_is_evaluated():
    queries, asked = np.arange(8.0)[:, None], []

    def evaluate(queries):
        asked.append(queries[:, 0].tolist())
        return LogSums(queries[:, 0], np.full(len(queries), 1e-4), "brute", 100, 50.0)

    bounds = np.array([0.0, 1.0, 0.0, np.inf, 0.0, 1e-20, 0.0, 0.0])
    close = LogSums(np.full(8, -1.0), bounds, "tree", 10, 10.0)
    sums = complete(close, queries, evaluate)
    assert asked == [[1.0, 3.0]]
    assert sums.values.tolist() == [-1, 1, -1, 3, -1, -1, -1, -1]
    assert sums.bounds.tolist() == [0.0, 1e-4, 0.0, 1e-4, 0.0, 1e-20, 0.0, 0.0]
    assert (sums.method, sums.pairs, sums.work) == ("tree", 110, 60.0)
    assert complete(LogSums(*np.zeros((2, 8)), "tree", 1, 1.0), queries, evaluate).pairs == 1
    assert len(asked) == 1
    assert complete(LogSums(*np.ones((2, 8)), "tree", 1, 1.0), queries, evaluate).method == "brute"
    assert asked[1] == queries[:, 0].tolist()


@pytest.mark.parametrize(("d", "beta"), [(1, 1e-4), (5, 0.05), (12, 0.02), (12, 0.3)])
def test_rare_overlaps_are_those_of_all_pairs(d, beta):
    random = np.random.default_rng(d)
    given = {"beta": beta, "weights": random.dirichlet(np.ones(900)), "seed": 1}
    centres = random.normal(size=(900, d))
    close = mixture_entropy(centres, **given, n_queries=4000)
    brute = mixture_entropy(centres, **given, n_queries=4000, method="brute")
    assert brute.diagnostics["pairs_avoided"] == 0.0
    assert abs(close.value - brute.value) <= close.diagnostics["certificate"]
    assert close.standard_error == pytest.approx(brute.standard_error, rel=1e-4, abs=1e-9)
