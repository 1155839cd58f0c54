import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information import mutual_information
from ib_mlflow.information.bottleneck.joint import read_joint


def random_joint(seed, n=5, c=3):
    joint = np.random.default_rng(seed).random((n, c)) ** 2
    return joint / joint.sum()


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), copies=st.integers(1, 4))
def test_equal_conditionals_become_one_and_are_mapped_back(seed, copies):
    rng = np.random.default_rng(seed)
    joint = random_joint(seed)
    shares = rng.dirichlet(np.ones(copies), size=5)
    spread = (joint[:, None, :] * shares[:, :, None]).reshape(-1, 3)
    order = rng.permutation(len(spread))
    read = read_joint(spread[order])
    assert read.weights.size == 5
    rows = read.conditionals[read.group]
    expected = spread[order] / spread[order].sum(axis=1, keepdims=True)
    np.testing.assert_allclose(rows, expected, atol=1e-13)
    np.testing.assert_allclose(np.sort(read.weights), np.sort(joint.sum(axis=1)), atol=1e-14)


def test_information_is_the_counted_one():
    counts = np.array([[3, 1, 0], [2, 2, 4]])
    x, y = np.nonzero(np.ones_like(counts))
    samples = np.repeat(np.stack([x, y], axis=1), counts.ravel(), axis=0)
    truth = mutual_information(samples[:, 0], samples[:, 1]).value
    assert read_joint(counts / counts.sum()).information == pytest.approx(truth, abs=1e-14)


def test_what_never_occurs_is_left_out():
    joint = np.array([[0.2, 0.0, 0.3], [0.0, 0.0, 0.0], [0.4, 0.0, 0.1]])
    read = read_joint(joint)
    assert read.conditionals.shape == (2, 2)
    assert read.group[1] == -1


@pytest.mark.parametrize("p", [0.05, 0.2, 0.45])
def test_local_onset_of_a_symmetric_channel(p):
    joint = np.array([[1 - p, p], [p, 1 - p]]) / 2
    assert read_joint(joint).local_onset == pytest.approx(1 / (1 - 2 * p) ** 2, rel=1e-12)


@pytest.mark.parametrize(
    "joint",
    [
        [[0.5, 0.4]],
        [[0.7, -0.2], [0.3, 0.2]],
        [[np.nan, 0.5], [0.25, 0.25]],
        [[np.inf, 0.5], [0.25, 0.25]],
        [0.5, 0.5],
        np.ones((2, 2, 2)) / 8,
        [],
        "x",
        [[0.5, 0.5], [0.1]],
    ],
)
def test_what_is_no_joint_distribution_is_refused(joint):
    with pytest.raises(InvalidInputError, match="joint must be probabilities"):
        read_joint(joint)


@pytest.mark.parametrize(
    ("joint", "cause"),
    [
        ([[1, 2], [3]], "rows of equal length"),
        (np.array([[0.5, 0.5j]]), "real numbers"),
        ([["a", "b"]], "real numbers"),
        ([0.5, 0.5], r"received shape \(2,\)"),
        ([[0.75, 0.5], [0.0, -0.25]], "received -0.25 at x = 1, y = 1"),
        ([[np.nan, 1.0]], "received nan at x = 0, y = 0"),
        ([[0.25, 0.7]], "received sum 0.95. Divide"),
        ([[3, 1], [0, 4]], "received sum 8. Divide"),
    ],
)
def test_what_is_wrong_with_a_joint_is_named(joint, cause):
    with pytest.raises(InvalidInputError, match=cause):
        read_joint(joint)
