import numpy as np
from sklearn.datasets import load_digits

from ib_mlflow.data import digits


def test_equals_scikit_learns_digits():
    dataset = digits.read()
    original = load_digits()
    np.testing.assert_array_equal(dataset.inputs.reshape(1797, 64), original.data)
    np.testing.assert_array_equal(dataset.labels, original.target)
    np.testing.assert_array_equal(dataset.features(), (original.data / 16).astype(np.float32))
    assert dataset.classes == tuple("0123456789")
