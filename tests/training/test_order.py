import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.training import data_order

WORD = 2**64 - 1


def mix(x):
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9 & WORD
    x = (x ^ (x >> 27)) * 0x94D049BB133111EB & WORD
    return x ^ (x >> 31)


def shuffled(seed, epoch, n):
    """The definition, in Python's integers."""
    gamma, order = 0x9E3779B97F4A7C15, list(range(n))
    state = mix((mix((seed + gamma) & WORD) + epoch) & WORD)
    for i in reversed(range(1, n)):
        state = (state + gamma) & WORD
        j = ((mix(state) >> 32) * (i + 1)) >> 32
        order[i], order[j] = order[j], order[i]
    return order


def test_splitmix_is_the_published_generator():
    # the first outputs for the seed 1234567, as printed by its reference implementation
    state, outputs = 1234567, []
    for _ in range(3):
        state = (state + 0x9E3779B97F4A7C15) & WORD
        outputs.append(mix(state))
    assert outputs == [6457827717110365317, 3203168211198807973, 9817491932198370423]


@given(st.integers(0, 2**32 - 1), st.integers(1, 10**5), st.integers(1, 60))
def test_orders_follow_the_definition(seed, epoch, n):
    orders = data_order([seed, 3, seed], epoch, n)
    assert orders[0].tolist() == shuffled(seed, epoch, n)
    assert orders[1].tolist() == shuffled(3, epoch, n)
    assert (orders[0] == orders[2]).all()


def test_every_sample_is_visited_once():
    for row in data_order(range(5), 7, 3276):
        assert (np.sort(row) == np.arange(3276)).all()


def test_samples_and_places_are_independent():
    n = 8
    orders = np.concatenate([data_order(range(500), epoch, n) for epoch in range(1, 9)])
    counts = np.array([np.bincount(orders[:, place], minlength=n) for place in range(n)])
    # rows and columns are fixed sums: (n - 1)² degrees of freedom
    statistic = ((counts - len(orders) / n) ** 2 / (len(orders) / n)).sum() * (n - 1) / n
    assert 1e-4 < stats.chi2.sf(statistic, (n - 1) ** 2) < 1 - 1e-4


@pytest.mark.parametrize(
    "wrong", [{"epoch": 0}, {"n": 0}, {"n": 2**32}, {"seeds": []}, {"seeds": [-1]}]
)
def test_what_is_out_of_range_is_refused(wrong):
    with pytest.raises(InvalidInputError, match="seeds must not be negative"):
        data_order(**{"seeds": [0], "epoch": 1, "n": 5, **wrong})
