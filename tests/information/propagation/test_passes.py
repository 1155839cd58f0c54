import numpy as np
import pytest

from ib_mlflow import memory
from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information.propagation.passes import check_size, two_passes

INPUTS = np.arange(6.0).reshape(3, 2)


def noisy(inputs, *, seed, repeats=1):
    """Two networks of two layers, of which the second is noise."""
    rows = np.repeat(inputs, repeats, axis=0)
    yield 1, np.stack([rows, 2 * rows])
    yield 2, np.random.default_rng(seed).normal(size=(2, len(rows), 5))


def test_passes_yield_the_same_layers_with_noise_of_their_own():
    layers = list(two_passes(noisy, INPUTS, 3, 4, seed=7))
    assert [layer for layer, *_ in layers] == [1, 2]
    assert all(leading == (2,) for *_, leading in layers)
    (_, first, second, _), (_, noise, other_noise, _) = layers
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(first[1], 2 * np.repeat(INPUTS, 4, axis=0))
    assert noise.shape == other_noise.shape == (2, 12, 5)
    assert abs(np.corrcoef(noise.ravel(), other_noise.ravel())[0, 1]) < 0.4


def test_the_seed_decides_both_passes():
    layers = [list(two_passes(noisy, INPUTS, 3, 4, seed))[1] for seed in (1, 1, 2)]
    np.testing.assert_array_equal(layers[0][1], layers[1][1])
    np.testing.assert_array_equal(layers[0][2], layers[1][2])
    assert (layers[0][1] != layers[2][1]).any()


def test_a_layer_is_propagated_when_it_is_asked_for():
    passes = two_passes(noisy, INPUTS, 3, 4, seed=0)
    assert next(passes)[0] == 1

    def broken(inputs, *, seed, repeats=1):
        yield 1, np.repeat(inputs, repeats, axis=0)
        yield 2, np.full((len(inputs) * repeats, 1), np.nan)

    passes = two_passes(broken, INPUTS, 3, 4, seed=0)
    next(passes)
    with pytest.raises(InvalidInputError, match="12 NaN or infinite values in layer 2"):
        next(passes)


def test_more_than_memory_is_left_for_is_refused_before_it_is_propagated(monkeypatch):
    monkeypatch.setattr(memory, "memory_left", lambda: 2.0**20)
    check_size(10, 4, 100, d=3)
    with pytest.raises(InvalidInputError, match="1000 propagations of 100 inputs"):
        check_size(100, 1000, 100)
