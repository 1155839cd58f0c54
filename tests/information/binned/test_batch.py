import numba
import numpy as np
import pytest

from ib_mlflow.information.binned import batch as layers
from ib_mlflow.information.binned.batch import measure_batch
from ib_mlflow.information.binned.kernel import OCCUPIED
from ib_mlflow.information.binned.placing import OUTSIDE, UNNUMBERED


@pytest.fixture
def two_threads(monkeypatch):
    """As many threads as the machine has, however small the batch."""
    monkeypatch.setattr(layers, "PER_THREAD", 1)
    if numba.get_num_threads() < 2:
        pytest.skip("one thread is all there is")


@pytest.mark.parametrize("batch", [2, 5])
def test_threads_do_not_change_results(two_threads, batch):
    rng = np.random.default_rng(batch)
    values, labels = np.tanh(rng.normal(size=(batch, 100, 3))), rng.integers(3, size=100)
    whole, status = measure_batch(values, labels, bin_size=0.3)
    for index in range(batch):
        alone, _ = measure_batch(values[index : index + 1], labels, bin_size=0.3)
        np.testing.assert_array_equal(whole[:, index], alone[:, 0])
    assert status == 0


def test_what_any_thread_finds_is_told(two_threads):
    values, labels = np.zeros((4, 10, 2)), np.zeros(10, np.int64)
    edges = np.linspace(-1, 1, 5)
    values[3, 0, 0] = 2.0
    assert measure_batch(values, labels, edges=edges)[1] == OUTSIDE
    values[0, 9, 1] = np.nan
    assert measure_batch(values, labels, edges=edges)[1] & UNNUMBERED
    assert measure_batch(values, labels, bin_size=0.1)[1] == UNNUMBERED


def test_indices_beyond_32_bits_are_exact():
    # Neighbours in float64 around 1e6 at a bin size far below float32's resolution.
    values = (1e6 + np.arange(6).repeat(2) * 1e-6).reshape(1, 12, 1)
    results, status = measure_batch(values, np.zeros(12, np.int64), bin_size=1e-7)
    assert (status, results[OCCUPIED, 0]) == (0, 6)
