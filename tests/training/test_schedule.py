from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.training import Schedule


@given(st.integers(0, 20_000), st.integers(0, 300), st.floats(1.001, 10))
def test_geometric_is_dense_and_then_sparse(last, dense, ratio):
    epochs = Schedule.geometric(last, dense=dense, ratio=ratio).epochs
    assert epochs[0] == 0
    assert epochs[-1] == last
    assert set(range(min(dense, last) + 1)) <= set(epochs)
    for before, after in pairwise(epochs):
        assert before < after <= max(before + 1, ratio * before + 0.5)


@given(st.lists(st.integers(0, 10**6)))
def test_of_keeps_each_epoch_once_in_order(epochs):
    assert Schedule.of(epochs).epochs == tuple(sorted({0, *epochs}))


@pytest.mark.parametrize("epochs", [(), (1, 2), (0, 2, 2), (0, 3, 1), (0, 1.5), (0, "1"), (-1, 0)])
def test_other_epochs_are_refused(epochs):
    with pytest.raises(InvalidInputError, match="increasing integers that start with 0"):
        Schedule(epochs)


@pytest.mark.parametrize("epochs", [[-1, 3], ["a", 3], [None], 5])
def test_of_refuses_what_is_no_list_of_epochs(epochs):
    with pytest.raises(InvalidInputError, match="measured epochs must be"):
        Schedule.of(epochs)


@pytest.mark.parametrize(
    "wrong",
    [
        {"last": -1},
        {"last": "a"},
        {"last": 2.5},
        {"dense": -1},
        {"dense": None},
        {"ratio": 1.0},
        {"ratio": float("nan")},
        {"ratio": "a"},
    ],
)
def test_geometric_refuses_what_is_out_of_range(wrong):
    with pytest.raises(InvalidInputError, match="last and dense must be whole and not negative"):
        Schedule.geometric(**{"last": 10, **wrong})
