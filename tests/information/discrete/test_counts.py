from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import entropy as scipy_entropy
from sklearn.metrics import mutual_info_score

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information import conditional_entropy, entropy, kl_divergence, mutual_information

# Counts of a joint distribution of X (rows) and Y (columns), with an empty place.
JOINT = np.array([[7, 1, 0], [2, 5, 4], [1, 1, 11]])
X, Y = np.repeat(np.array(list(product(range(3), range(3)))), JOINT.ravel(), axis=0).T
P = JOINT / JOINT.sum()
H_X, H_Y, H_XY = (scipy_entropy(p) for p in (P.sum(1), P.sum(0), P.ravel()))

symbols = st.lists(st.tuples(*[st.integers(0, 3)] * 3), min_size=1, max_size=60).map(np.array)


def test_entropies_equal_those_of_the_known_distribution():
    assert entropy(X).value == pytest.approx(H_X, abs=1e-14)
    assert entropy(X, Y).value == pytest.approx(H_XY, abs=1e-14)
    assert entropy(np.stack([X, Y], axis=1)).value == pytest.approx(H_XY, abs=1e-14)
    assert conditional_entropy(X, given=Y).value == pytest.approx(H_XY - H_Y, abs=1e-14)
    assert mutual_information(X, Y).value == pytest.approx(H_X + H_Y - H_XY, abs=1e-14)


def test_information_equals_that_of_another_library():
    rng = np.random.default_rng(0)
    x, y = rng.integers(9, size=500), rng.integers(6, size=500)
    assert mutual_information(x, y).value == pytest.approx(mutual_info_score(x, y), abs=1e-13)


def test_corrections_add_the_terms_of_each_entropy():
    n = JOINT.sum()
    assert entropy(X, correction="miller-madow").value == pytest.approx(H_X + 2 / (2 * n))
    assert entropy(X, Y, correction="miller-madow").value == pytest.approx(H_XY + 7 / (2 * n))
    corrected = conditional_entropy(X, given=Y, correction="miller-madow")
    assert corrected.value == pytest.approx(H_XY - H_Y + (7 - 2) / (2 * n))
    corrected = mutual_information(X, Y, correction="miller-madow")
    assert corrected.value == pytest.approx(H_X + H_Y - H_XY + (2 + 2 - 7) / (2 * n))


@pytest.mark.parametrize("correction", [None, "miller-madow"])
def test_bias_and_standard_error_against_simulation(correction):
    rng = np.random.default_rng(1)
    n, repetitions = 500, 1000
    samples = rng.choice(9, p=P.ravel(), size=(repetitions, n))
    estimates = {
        H_XY: [entropy(z, correction=correction) for z in samples],
        H_X + H_Y - H_XY: [
            mutual_information(z // 3, z % 3, correction=correction) for z in samples
        ],
        H_XY - H_Y: [conditional_entropy(z, given=z % 3, correction=correction) for z in samples],
    }
    # First-order biases: K - 1 symbols of each entropy, over 2n.
    biases = [-7 / (2 * n), (7 - 2 - 2) / (2 * n), (-7 + 2) / (2 * n)]
    for (truth, sample_estimates), bias in zip(estimates.items(), biases, strict=True):
        values = np.array([float(estimate) for estimate in sample_estimates])
        expected = truth + (bias if correction is None else 0)
        # What the expansion leaves out is of order 1 / n**2, times inverse probabilities.
        slack = (1 / P[P > 0]).sum() / (12 * n**2)
        tolerance = 4 * values.std() / np.sqrt(repetitions) + slack
        assert values.mean() == pytest.approx(expected, abs=tolerance)
        # A standard deviation from 1000 values has a relative error of 1 / sqrt(2000).
        errors = np.array([estimate.standard_error for estimate in sample_estimates])
        assert errors.mean() == pytest.approx(values.std(), rel=4 / np.sqrt(2 * repetitions))


@given(symbols)
def test_identities(table):
    x, y, z = table.T
    h_x, h_y, h_xy = entropy(x).value, entropy(y).value, entropy(x, y).value
    information = mutual_information(x, y).value
    close = {"abs": 1e-12}
    assert information == pytest.approx(h_x + h_y - h_xy, **close)
    assert information == pytest.approx(mutual_information(y, x).value, **close)
    assert conditional_entropy(x, given=y).value == pytest.approx(h_xy - h_y, **close)
    assert mutual_information(x, x).value == pytest.approx(h_x, **close)
    assert -1e-12 <= information <= min(h_x, h_y) + 1e-12
    assert h_xy <= entropy(x, y, z).value + 1e-12
    assert h_x <= np.log(len(table)) + 1e-12


@given(symbols, st.permutations(range(4)))
def test_data_processing_and_names(table, names):
    x, y, z = table.T
    pair = np.stack([x, z], axis=1)
    fine = mutual_information(pair, y).value
    assert mutual_information(x, y).value <= fine + 1e-12
    assert mutual_information(pair // 2, y).value <= fine + 1e-12
    renamed = np.array(list("abcd"))[np.array(names)]
    assert mutual_information(renamed[pair], names[0] - y).value == pytest.approx(fine, abs=1e-12)
    assert mutual_information(pair[:, ::-1], y).value == pytest.approx(fine, abs=1e-12)


def test_diagnostics_tell_of_saturation():
    few, many = entropy(X), entropy(np.arange(50))
    assert few.diagnostics == {"distinct": 3, "saturated": False, "reliable": True}
    assert many.diagnostics == {"distinct": 50, "saturated": True, "reliable": False}
    # The information with a binary label is that of the label, however many symbols X has.
    assert mutual_information(np.arange(50), np.arange(50) % 2).diagnostics["saturated"]
    assert (few.n, few.kind, entropy([3]).value) == (JOINT.sum(), "point", 0.0)


@pytest.mark.parametrize(
    ("p", "q"), [([0.5, 0.5], [0.9, 0.1]), ([0, 1.0], [0.5, 0.5]), ([0.2, 0, 0.8], [0.3, 0, 0.7])]
)
def test_divergence_equals_that_of_another_library(p, q):
    divergence = kl_divergence(p, q)
    assert divergence.value == pytest.approx(scipy_entropy(p, q), abs=1e-14)
    assert (divergence.standard_error, divergence.n) == (0, 0)


def test_divergence_is_infinite_where_support_is_missing():
    assert kl_divergence([0.5, 0.5], [1, 0]).value == np.inf
    assert kl_divergence([1, 0], [0.5, 0.5]).value == pytest.approx(np.log(2))


@pytest.mark.parametrize(
    ("p", "q", "invariant"),
    [
        ([0.5, 0.6], [0.5, 0.5], "p must be probabilities"),
        ([0.5, 0.5], [-0.5, 1.5], "q must be probabilities"),
        ([0.5, 0.5], [np.nan, 1], "q must be probabilities"),
        ([], [], "p must be probabilities"),
        ([[1.0]], [[1.0]], "p must be probabilities"),
        (["a"], ["b"], "p must be probabilities"),
        ([0.5, 0.5], [1.0], "the same symbols"),
    ],
)
def test_divergence_refuses(p, q, invariant):
    with pytest.raises(InvalidInputError, match=invariant):
        kl_divergence(p, q)


@pytest.mark.parametrize(
    ("call", "invariant"),
    [
        (lambda: entropy(), "received no variable"),
        (lambda: entropy([1, 2], [1, 2, 3]), r"received lengths \[2, 3\]"),
        (lambda: entropy([1, 2], correction="mm"), "correction must be None or"),
        (lambda: entropy([1.0, np.nan]), "must be finite"),
        (lambda: mutual_information([1, 2], [1]), "of the same samples"),
        (lambda: conditional_entropy([1, 2], given=[1]), "of the same samples"),
    ],
)
def test_refusals(call, invariant):
    with pytest.raises(InvalidInputError, match=invariant):
        call()
