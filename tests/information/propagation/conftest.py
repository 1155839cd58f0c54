"""Noisy networks of a few units, and what is true of them by quadrature."""

import math

import numpy as np
import pytest
from scipy.special import entr
from scipy.stats import norm


class Net:
    """A noisy network, and nothing of the package in it."""

    def __init__(self, weights, biases=None, *, beta, activation=np.tanh):
        self.weights = [np.asarray(weight, float) for weight in weights]
        self.biases = biases or [np.zeros(weight.shape[1]) for weight in self.weights]
        self.beta, self.activation = beta, activation

    def __call__(self, inputs, *, seed, repeats=1):
        random = np.random.default_rng(seed)
        signal = np.repeat(np.asarray(inputs, float), repeats, axis=0)
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True), 1):
            below = signal if layer == 1 else signal + self.beta * random.normal(size=signal.shape)
            signal = self.activation(below @ weight + bias)
            yield layer, signal


def line_information(net, inputs, labels, layer):
    """I(X;T) and I(T;Y) of a layer of one unit, above at most one other of one unit."""
    beta, weights, biases = net.beta, net.weights, net.biases
    first = net.activation(np.asarray(inputs, float) @ weights[0] + biases[0])[:, 0]
    if layer == 1:
        centres, masses = first[:, None], np.ones(1)
    else:
        # The noise below by the trapezoidal rule, exact on what is smooth and dies out.
        z = np.linspace(-9, 9, 601)
        masses = norm.pdf(z) * (z[1] - z[0])
        centres = net.activation((first[:, None] + beta * z) * weights[1][0, 0] + biases[1][0])
    step = beta / 10
    t = np.arange(centres.min() - 10 * beta, centres.max() + 10 * beta, step)
    densities = np.array([norm.pdf(t[:, None], row, beta) @ masses for row in centres])

    def entropy(rows):
        return entr(rows).sum(axis=-1) * step

    given_x = entropy(densities).mean()
    labels = np.asarray(labels)
    given_y = sum(
        np.mean(labels == label) * entropy(densities[labels == label].mean(axis=0))
        for label in np.unique(labels)
    )
    whole = entropy(densities.mean(axis=0))
    return whole - given_x, whole - given_y


def plane_information(centres, labels):
    """I(X;T) and I(T;Y) of T = centre (m, 2) + N(0, I), by a grid."""
    step = 0.1
    axes = [np.arange(row.min() - 8, row.max() + 8, step) for row in centres.T]
    kernels = [norm.pdf(axis[:, None], row) for axis, row in zip(axes, centres.T, strict=True)]

    def entropy(subset):
        density = kernels[0][:, subset] @ kernels[1][:, subset].T / subset.sum()
        return entr(density).sum() * step**2

    whole = entropy(np.ones(len(centres), bool))
    given_y = sum(np.mean(labels == y) * entropy(labels == y) for y in np.unique(labels))
    return whole - math.log(2 * math.pi * math.e), whole - given_y


@pytest.fixture
def truth():
    """The functions above, for tests of any file."""
    return {"net": Net, "line": line_information, "plane": plane_information}


@pytest.fixture(scope="package")
def small():
    """A network of three hidden layers for any beta, twelve inputs, and their three labels."""
    random = np.random.default_rng(5)
    shapes = (4, 3), (3, 3), (3, 2)
    weights = [1.5 * random.normal(size=shape) / math.sqrt(shape[0]) for shape in shapes]
    inputs = random.normal(size=(12, 4))
    return (lambda beta: Net(weights, beta=beta)), inputs, np.arange(12) % 3
