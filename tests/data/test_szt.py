from itertools import combinations
from math import log

import networkx as nx
import numpy as np
import pytest
import scipy.io

from ib_mlflow.data import split, szt


@pytest.fixture(scope="module")
def icosahedron():
    return nx.Graph(szt.EDGES)


@pytest.fixture(scope="module")
def generated():
    return szt.generate()


def test_equals_the_original_file_label_for_label(generated, real_data):
    original = scipy.io.loadmat(real_data / "szt" / "var_u.mat")
    np.testing.assert_array_equal(generated.inputs, original["F"])
    np.testing.assert_array_equal(generated.labels, original["y"].ravel())


def test_rows_are_the_binary_numbers_in_order(generated):
    rows = ["".join(str(bit) for bit in row) for row in generated.inputs]
    assert rows == [f"{i:012b}" for i in range(4096)]


def test_the_graph_is_the_icosahedron(icosahedron):
    assert nx.is_isomorphic(icosahedron, nx.icosahedral_graph())
    distances = dict(nx.all_pairs_shortest_path_length(icosahedron))
    farthest = {(u, v) for u, v in combinations(range(12), 2) if distances[u][v] == 3}
    assert set(szt.ANTIPODES) == farthest


def test_the_label_is_invariant_under_the_full_symmetry_group(icosahedron, generated):
    automorphisms = list(nx.isomorphism.GraphMatcher(icosahedron, icosahedron).isomorphisms_iter())
    assert len(automorphisms) == 120
    powers = 2 ** np.arange(11, -1, -1)
    for automorphism in automorphisms:
        image = [automorphism[vertex] for vertex in range(12)]
        rows = generated.inputs[:, image].astype(np.int64) @ powers
        np.testing.assert_array_equal(generated.labels[rows], generated.labels)


def test_the_label_is_a_threshold_on_pairs_at_each_distance(icosahedron, generated):
    weight = {1: 2, 2: -6, 3: -10}
    distances = dict(nx.all_pairs_shortest_path_length(icosahedron))
    for row, label in zip(generated.inputs, generated.labels, strict=True):
        present = np.flatnonzero(row).tolist()
        pairs = sum(weight[distances[u][v]] for u, v in combinations(present, 2))
        assert label == (27 * len(present) + pairs >= 120)


def test_ones_and_entropies_in_bits(generated):
    assert int(generated.labels.sum()) == 2118
    assert generated.input_entropy / log(2) == 12
    assert generated.label_entropy / log(2) == pytest.approx(0.999157120850, abs=1e-12)
    assert generated.information_xy == generated.label_entropy


def test_the_split_of_table_1_of_revisiting(generated):
    train, _ = split(generated, test_fraction=0.2, seed=42)
    assert (train.n, int(train.labels.sum())) == (3276, 1731)
    assert train.input_entropy / log(2) == pytest.approx(11.677719641641, abs=1e-12)
    assert train.information_xy / log(2) == pytest.approx(0.997673429514, abs=1e-12)
