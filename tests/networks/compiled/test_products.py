import numpy as np
import pytest

from ib_mlflow.networks.compiled import products
from ib_mlflow.networks.compiled.elementwise import SOFTMAX, TANH

B = 21  # not a multiple of what is taken at once, and fewer than the buffers hold
SIZES = pytest.mark.parametrize(("outputs", "k"), [(1, 1), (2, 3), (5, 4), (18, 37)])


@pytest.fixture
def random():
    return np.random.default_rng(0)


def with_ones(random, k, width=B + 3):
    """Activations `(k + 1, width)` above a row of ones."""
    return np.vstack([random.normal(size=(k, width)), np.ones(width)])


@pytest.mark.parametrize("n", [1, 7, 8, 9, 21])
def test_rows_are_transposed_in_the_order_of_their_indices(random, n):
    rows = random.normal(size=(40, 5))
    indices = random.permutation(40)[:n].astype(np.uint32)
    columns = np.ones((6, n + 2))
    products.load(rows, indices, columns)
    assert np.array_equal(columns[:5, :n], rows[indices].T)
    assert (columns[:5, n:] == 1).all()
    assert (columns[5] == 1).all()


@SIZES
def test_a_product_is_numpys(random, outputs, k):
    w, a = random.normal(size=(outputs, k + 1)), with_ones(random, k)
    z = np.full((outputs + 1, a.shape[1]), 7.0)
    products.multiply(w, a, z, B)
    np.testing.assert_allclose(z[:outputs, :B], (w @ a)[:, :B], rtol=0, atol=1e-12)
    assert (z[outputs] == 7).all()
    assert (z[:, B:] == 7).all()


@SIZES
def test_a_gradient_is_the_outer_product_summed_over_the_batch(random, outputs, k):
    g, a = random.normal(size=(outputs, B + 3)), with_ones(random, k)
    dw = np.empty((outputs, k + 1))
    products.outer(g, a, dw, B)
    np.testing.assert_allclose(dw, g[:, :B] @ a[:, :B].T, rtol=0, atol=1e-12)


@pytest.mark.parametrize("code", [TANH, SOFTMAX])
def test_a_layer_is_its_activation_of_a_product(random, code):
    w, a = random.normal(size=(4, 6)), with_ones(random, 5)
    z = np.empty((5, a.shape[1]))
    products.forward(w, a, z, code, B)
    sums = (w @ a)[:, :B]
    expected = np.tanh(sums) if code == TANH else np.exp(sums) / np.exp(sums).sum(axis=0)
    np.testing.assert_allclose(z[:4, :B], expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize(("outputs", "k"), [(1, 4), (3, 5), (6, 2)])
def test_a_step_towards_orthonormal_rows_leaves_the_biases(random, outputs, k):
    w = random.normal(size=(outputs, k + 1))
    matrix, biases = w[:, :k].copy(), w[:, k].copy()
    products.orthonormalise(w, 0.1, np.empty((outputs, outputs)), np.empty_like(w))
    expected = matrix - 0.1 * (matrix @ matrix.T - np.eye(outputs)) @ matrix
    np.testing.assert_allclose(w[:, :k], expected, rtol=0, atol=1e-12)
    assert np.array_equal(w[:, k], biases)
