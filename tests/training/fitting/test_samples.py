import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.training.fitting import Samples, Stream

CPU = torch.device("cpu")


@given(
    seed=st.integers(0, 2**32 - 1),
    n=st.integers(1, 12),
    batch_size=st.integers(1, 30),
    updates=st.integers(1, 8),
)
def test_every_pass_visits_every_sample_once(seed, n, batch_size, updates):
    stream = Stream(seed, n, batch_size)
    batches = [stream.batch(update) for update in range(1, updates + 1)]
    assert {len(batch) for batch in batches} == {batch_size}
    visited = np.concatenate(batches)
    passes = visited[: len(visited) // n * n].reshape(-1, n)
    assert (np.sort(passes, axis=1) == np.arange(n)).all()
    assert len(set(visited[len(passes) * n :])) == len(visited) % n


def test_a_batch_is_the_same_whenever_it_is_asked_for():
    one, other = Stream(3, 10, 4), Stream(3, 10, 4)
    assert (one.batch(7) == [other.batch(t) for t in range(1, 8)][-1]).all()
    assert not (one.batch(7) == Stream(4, 10, 4).batch(7)).all()
    assert not (one.batch(1) == one.batch(6)).all()


def test_samples_are_told_apart_by_their_digest():
    images = np.arange(8, dtype=np.uint8).reshape(2, 2, 2)
    same = Samples([images], CPU).digest
    assert Samples([images.copy()], CPU).digest == same
    for other in ([images + 1], [images.astype(np.int16)], [images.reshape(2, 4)], [images] * 2):
        assert Samples(other, CPU).digest != same


def test_rows_are_copied_out_of_arrays_that_nobody_may_write_to():
    array = np.arange(4.0)
    array.flags.writeable = False
    (rows,) = Samples([array], CPU).rows(np.array([2, 0]))
    assert rows.tolist() == [2.0, 0.0]


@pytest.mark.parametrize(
    "arrays", [[], [np.zeros((0, 2))], [np.zeros(3), np.zeros(4)], [np.float64(1.0)]]
)
def test_rows_must_belong_together(arrays):
    with pytest.raises(InvalidInputError, match="same number of rows"):
        Samples(arrays, CPU)
