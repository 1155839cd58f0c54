from itertools import combinations
from math import log

import networkx as nx
import numpy as np
import pytest
import scipy.io

from ib_mlflow.data import split, szt, szt_rule
from ib_mlflow.errors import InvalidInputError


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


def information(joint):
    outer = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0)
    seen = joint > 0
    return np.sum(joint[seen] * np.log(joint[seen] / outer[seen]))


def test_the_noisy_rule_is_the_logistic_function_of_the_integer(generated):
    joint = szt_rule(0.7)
    n = generated.inputs.sum(axis=1).astype(np.int64)
    pairs = [
        sum(generated.inputs[:, u] & generated.inputs[:, v] for u, v in kind).astype(np.int64)
        for kind in (szt.EDGES, szt.ANTIPODES)
    ]
    integer = 30 * n - 3 * n**2 + 8 * pairs[0] - 4 * pairs[1]
    assert np.unique(integer).size == 44
    np.testing.assert_allclose(joint[:, 1], 1 / 4096 / (1 + np.exp(-0.7 * (integer - 118))))
    np.testing.assert_allclose(joint.sum(axis=1), 1 / 4096, rtol=1e-14)


@pytest.mark.parametrize(("gain", "bits"), [(1, 0.920), (3, 0.984), (4, 0.990)])
def test_information_of_the_noisy_rule(gain, bits):
    assert information(szt_rule(gain)) / log(2) == pytest.approx(bits, abs=5e-4)


def test_information_rises_with_the_gain():
    informations = [information(szt_rule(gain)) for gain in np.geomspace(1e-3, 10, 40)]
    assert (np.diff(informations) > 0).all()


def test_a_large_gain_gives_the_labels_but_for_one_value(generated):
    labels = szt_rule(1e4)[:, 1] > 0.5 / 4096
    assert np.count_nonzero(labels != generated.labels) == 120


@pytest.mark.parametrize("nats", [1e-6, 0.1, 0.5, 0.99 * log(2), 0.6888])
def test_the_gain_is_solved_for_an_information(nats):
    assert information(szt_rule(information_nats=nats)) == pytest.approx(nats, rel=1e-9, abs=1e-13)


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({}, "exactly one"),
        ({"gain": 1.0, "information_nats": 0.5}, "exactly one"),
        ({"gain": 0.0}, "gain must be"),
        ({"gain": float("nan")}, "gain must be"),
        ({"gain": "1"}, "gain must be"),
        ({"gain": True}, "gain must be"),
        ({"information_nats": 0.0}, "information_nats must be"),
        ({"information_nats": 0.69}, "information_nats must be"),
        ({"information_nats": float("nan")}, "information_nats must be"),
    ],
)
def test_arguments_of_the_rule_out_of_range_are_refused(arguments, match):
    with pytest.raises(InvalidInputError, match=match):
        szt_rule(**arguments)
