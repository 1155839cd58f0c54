import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ib_mlflow.information import ib_curve
from ib_mlflow.information.bottleneck.hard import best_partition, lagrangian
from ib_mlflow.information.bottleneck.joint import read_joint


def partitions(n):
    """Every partition of n things, as labels."""

    def grow(labels, used):
        if len(labels) == n:
            yield labels
            return
        for label in range(used + 1):
            yield from grow([*labels, label], max(used, label + 1))

    yield from grow([0], 1)


def joint_of(seed, n, c):
    joint = np.random.default_rng(seed).random((n, c)) ** 2
    return joint / joint.sum()


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(2, 7), beta=st.floats(0.5, 60))
def test_of_two_values_it_is_the_best_of_all_partitions(seed, n, beta):
    joint = read_joint(joint_of(seed, n, 2))
    least = min(
        lagrangian(joint, beta, np.eye(max(labels) + 1)[labels]) for labels in partitions(n)
    )
    encoder = best_partition(joint, beta, 1, np.random.default_rng(0))
    assert lagrangian(joint, beta, encoder) == pytest.approx(least, abs=1e-12)


@pytest.mark.parametrize("seed", range(10))
def test_of_more_values_it_is_found_from_enough_starts(seed):
    joint = read_joint(joint_of(seed, 6, 4))
    for beta in (2.0, 5.0, 20.0):
        least = min(
            lagrangian(joint, beta, np.eye(max(labels) + 1)[labels]) for labels in partitions(6)
        )
        encoder = best_partition(joint, beta, 64, np.random.default_rng(0))
        assert lagrangian(joint, beta, encoder) <= least + 0.02
        assert lagrangian(joint, beta, encoder) >= least - 1e-12


def test_the_curve_rises_and_says_what_is_proved():
    tradeoffs = np.geomspace(2, 200, 25)
    for c in (2, 3):
        curve = ib_curve(joint_of(1, 20, c), tradeoffs, deterministic=True)
        assert (np.diff(curve.i_x) >= -1e-12).all()
        assert (np.diff(curve.i_y) >= -1e-12).all()
        assert curve.local.all() == (c > 2)
        assert set(np.unique(curve.encoder(12))) <= {0.0, 1.0}


def test_it_knows_no_more_than_the_soft_one_allows():
    joint, tradeoffs = joint_of(2, 12, 2), np.geomspace(2, 200, 40)
    soft, hard = ib_curve(joint, tradeoffs), ib_curve(joint, tradeoffs, deterministic=True)
    assert (hard.i_y <= soft.ceiling(hard.i_x) + 1e-12).all()
