"""How long networks of a depth need, on curves whose answer is known."""

import numpy as np
import pytest

from ib_mlflow.studies.judging.powers import earlier, shrinks
from projects.phases.goals import goal_times
from projects.phases.scaling import Scaling, steps

SEEDS = 8


@pytest.fixture
def groups(plane, group, turning):
    """Of depths 1, 2 and 4, whose networks are good at epoch 64, 32 and 16; depth 1 keeps all."""

    def build(depths=(1, 2, 4), gone=()):
        by_depth = {}
        for depth in depths:
            i_x = np.stack([turning(8, lost=0.0 if depth == 1 else 3.0, until=128 / depth)] * SEEDS)
            losses = np.where(np.arange(12) >= 7 - np.log2(depth), 0.1, 0.6) * np.ones((SEEDS, 1))
            for member in gone:
                i_x[member, 3:], losses[member, 3:] = np.nan, np.nan
            by_depth[depth] = group(f"{depth} layers", plane(i_x, losses), hidden_layers=depth)
        return by_depth

    return build


def test_times_are_read_of_every_network_at_every_depth(groups):
    loss, compression = goal_times(groups(), (0.2,))
    assert loss.title == "epochs to a validation loss of 0.2 nats"
    assert {depth: set(of) for depth, of in loss.by_setting.items()} == {1: {64}, 2: {32}, 4: {16}}
    assert compression.title == "epochs to the end of compression"
    assert np.isnan(compression.by_setting[1]).all()
    assert {depth: set(compression.by_setting[depth]) for depth in (2, 4)} == {2: {64}, 4: {32}}


def test_convergence_that_scales_as_a_negative_power_agrees(groups):
    loss, compression = goal_times(groups(), (0.2,))
    assert shrinks(loss).verdict == "agrees"
    assert [earlier(step).verdict for step in loss.steps] == ["agrees", "agrees"]
    assert shrinks(compression).verdict == "undecided", "two depths make no law"


def test_a_loss_that_no_network_reaches_leaves_the_claim_open(groups):
    hard, _ = goal_times(groups(), (0.05,))
    assert shrinks(hard).verdict == "undecided"


def test_members_that_diverged_are_left_out(groups):
    loss, _ = goal_times(groups(gone=(0,)), (0.2,))
    assert np.isnan(loss.by_setting[2][0])
    assert shrinks(loss).verdict == "agrees"


def test_steps_are_judged_where_something_is_known_of_both_depths(groups):
    readings = Scaling(None, goal_times(groups(), (0.2,)))
    assert [(step.times.name, step.less, step.more) for step in steps(readings)] == [
        ("a validation loss of 0.2 nats", 1, 2),
        ("a validation loss of 0.2 nats", 2, 4),
        ("the end of compression", 2, 4),
    ]
