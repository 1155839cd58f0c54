import numpy as np
import pytest

from ib_mlflow.information.mixture import density
from ib_mlflow.information.mixture.density import Descent, LogSums, all_pairs, evaluate, mix
from ib_mlflow.information.mixture.tree import grow_tree


def problem(scale, k=4000, n=1500, d=3):
    random = np.random.default_rng(0)
    tree = grow_tree(scale * random.normal(size=(d, k)), np.full(k, 1 / k))
    components = random.integers(0, k, n)
    return tree, tree.points[:, components].T + random.normal(size=(n, d))


@pytest.mark.parametrize("scale", [0.001, 1.0, 30.0])
def test_the_methods_agree_and_keep_the_order_of_the_queries(scale):
    tree, queries = problem(scale)
    truth = evaluate(tree, queries, tolerance=1e-4, method="brute", device="cpu")
    sums = evaluate(tree, queries, tolerance=1e-4, method="tree", device="cpu")
    assert (truth.method, sums.method) == ("brute", "tree")
    assert (np.abs(sums.values - truth.values) <= sums.bounds + 1e-11).all()
    assert sums.bounds.max() <= 1e-4
    assert truth.pairs == len(queries) * len(tree.weights) >= sums.pairs
    assert truth.bounds.max() < 1e-200


def test_the_choice_is_the_tree_where_it_avoids_pairs():
    assert evaluate(*problem(30.0), tolerance=1e-3, method="auto", device="cpu").method == "tree"
    assert evaluate(*problem(0.001), tolerance=1e-3, method="auto", device="cpu").method == "tree"


def test_the_choice_is_all_pairs_where_it_does_not():
    tree, queries = problem(1.0, d=10)
    sums = evaluate(tree, queries, tolerance=1e-6, method="auto", device="cpu")
    assert sums.method == "brute"
    small = problem(30.0, k=100, n=100)
    assert evaluate(*small, tolerance=1e-3, method="auto", device="cpu").method == "brute"


def test_the_foretold_work_is_that_of_all_blocks():
    tree, queries = problem(10.0, k=20_000, n=20_000)
    descent = Descent(tree, queries, 1e-3)
    counts = descent.descend(descent.blocks)[1].sum(axis=1)
    whole = density.predicted_work(counts, *tree.points.shape) / len(queries)
    assert descent.cost() == pytest.approx(whole, rel=0.4)


def test_values_do_not_depend_on_threads(monkeypatch):
    tree, queries = problem(5.0)
    single = [
        evaluate(tree, queries, tolerance=1e-3, method=m, device="cpu") for m in ("tree", "brute")
    ]
    monkeypatch.setattr(density.numba, "get_num_threads", lambda: 5)
    five = [
        evaluate(tree, queries, tolerance=1e-3, method=m, device="cpu") for m in ("tree", "brute")
    ]
    for a, b in zip(single, five, strict=True):
        np.testing.assert_array_equal(a.values, b.values)
        np.testing.assert_array_equal(a.bounds, b.bounds)


def test_all_pairs_serve_numbers_of_queries_of_any_size():
    tree, queries = problem(1.0, k=50, n=37)
    whole = all_pairs(tree, queries).values
    for n in (1, 16, 17):
        np.testing.assert_array_equal(all_pairs(tree, queries[:n]).values, whole[:n])


def test_a_mix_errs_by_what_its_parts_do_where_they_count():
    values, bounds = np.array([[0.0, -1.0], [0.0, -900.0]]), np.array([[0.0, 1e-3], [2e-3, 0.5]])
    parts = [LogSums(*pair, "tree", 5, 2.0) for pair in zip(values, bounds, strict=True)]
    sums = mix(parts, [0.25, 0.75])
    np.testing.assert_allclose(sums.values, [0.0, np.log(0.25) - 1], atol=1e-15)
    np.testing.assert_allclose(sums.bounds, [1.5e-3, 0.5], rtol=3e-3)
    parts[1].bounds[1] = 0.1
    assert mix(parts, [0.25, 0.75]).bounds[1] == pytest.approx(1e-3, rel=3e-3)
    assert (sums.pairs, sums.work) == (10, 4.0)
