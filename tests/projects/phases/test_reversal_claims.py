from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from ib_mlflow.trajectory import Guides, Trajectory
from projects.phases import reversal_claims as judges
from projects.phases.reversal_reporting import CLAIMS
from projects.phases.reversals import Examined

E = 12
GUIDES = Guides(h_x=6.0, h_y=2.0, i_xy=2.0)
TRAINED = SimpleNamespace(name="reversible", spec=SimpleNamespace(task=SimpleNamespace(
    guides=GUIDES)))  # fmt: skip


def examined(gone=(3,), spread=1e-12, **arrays):
    """Numbers that are alike in all members but for a spread; one member diverges."""
    return Examined(TRAINED, {name: members_of(of, gone, spread) for name, of in arrays.items()})


def members_of(numbers, gone=(3,), spread=1e-12):
    rows = np.tile(np.asarray(numbers, np.float64), (E, *[1] * np.ndim(numbers)))
    rows = rows + spread * np.arange(E).reshape(E, *[1] * np.ndim(numbers)) * rows
    rows[list(gone)] = np.nan
    return rows


@pytest.mark.parametrize(
    ("precision", "error", "verdict"),
    [
        ("inverse_64", 1e-12, "agrees"),
        ("inverse_64", 1e-9, "disagrees"),
        ("inverse_32", 1e-5, "agrees"),
        ("inverse_32", 1e-3, "disagrees"),
    ],
)
def test_the_inverse_is_held_against_its_precision(precision, error, verdict):
    judgement = judges.is_undone(examined(**{precision: error}), precision)
    assert judgement.verdict == verdict
    assert "; 1 of 12 diverged, counted against either verdict" in judgement.words


def test_one_block_that_joins_images_is_a_loss_and_the_output_is_none():
    whole = [6.0, 6.0, 1.0]
    assert judges.tells_all_apart(examined(distinct=whole, gone=())).verdict == "agrees"
    assert judges.tells_all_apart(examined(distinct=whole)).verdict == "undecided"
    assert judges.tells_all_apart(examined(distinct=[6.0, 5.9, 6.0])).verdict == "disagrees"


def test_accuracies_are_compared_seed_by_seed():
    ordinary = members_of(0.95)
    for reversible, verdict in (
        (0.945, "agrees"),
        (0.99, "agrees"),
        (0.935, "undecided"),
        (0.9, "disagrees"),
    ):
        judgement = judges.generalises(judges.Generalisation(members_of(reversible), ordinary, ()))
        assert judgement.verdict == verdict


def group_of(*layers):
    """A curve over five epochs for each layer, the output's last."""
    i_x = np.stack([np.asarray(layer, np.float64) for layer in layers], axis=-1)
    i_x = np.tile(i_x, (E, 1, 1))
    i_x[3, 2:] = np.nan
    plane = Trajectory.from_arrays(
        i_x, i_x / 9, epochs=(0, 1, 2, 3, 4), n=400, guides=GUIDES, estimator="kde", setting=""
    )
    return SimpleNamespace(name="some", plane=lambda: plane)


FLAT, DOWN = [4.0] * 5, [4.0, 4.0, 4.0, 4.0, 3.0]


def test_an_estimator_that_shows_compression_is_found_out():
    assert judges.shows_no_loss(group_of(FLAT, FLAT, DOWN)).verdict == "agrees"
    assert judges.shows_no_loss(group_of(FLAT, DOWN, FLAT)).verdict == "disagrees"
    full = judges.shows_no_loss(group_of([6.0] * 5, [6.0] * 5, FLAT))
    assert "it tells the number of images" in str(full.words)


def test_an_estimator_that_tells_equal_blocks_apart_is_found_out():
    assert judges.shows_all_alike(group_of(FLAT, FLAT, DOWN)).verdict == "agrees"
    assert judges.shows_all_alike(group_of(FLAT, [5.0] * 5, FLAT)).verdict == "disagrees"


def test_separation_is_that_of_the_last_block_against_the_images():
    rising = examined(last=[1.0, 1.2, 1.5], first=[1.0, 1.0, 1.0], spread=1e-3)
    falling = examined(last=[1.0, 1.2, 0.8], first=[1.0, 1.0, 1.0], spread=1e-3)
    assert judges.separates(rising).verdict == "agrees"
    assert judges.separates(falling).verdict == "disagrees"
    assert judges.separates_step_by_step(rising).verdict == "agrees"
    assert judges.separates_step_by_step(falling).verdict == "disagrees"
    flat = examined(last=[1.0, 1.01, 1.02], first=[1.0, 1.0, 1.0])
    assert judges.separates_step_by_step(flat).verdict == "disagrees"
    back = examined(last=[1.0, 1.8, 1.5], first=[1.0, 1.0, 1.0])
    assert judges.separates_step_by_step(back).verdict == "disagrees"


def test_nothing_is_said_of_networks_that_all_diverged():
    lost = Examined(TRAINED, {"last": np.full((E, 3), np.nan), "first": np.full((E, 3), np.nan)})
    assert judges.separates(lost).verdict == "undecided"
    assert judges.separates_step_by_step(lost).verdict == "undecided"


def the_judge(words):
    (claim,) = (each for each in CLAIMS if words in each.words)
    return claim.judge


def learnt(*accuracies):
    group = group_of(FLAT, FLAT, DOWN)
    frame = group.plane().frame
    curve = dict(zip((0, 1, 2, 3, 4), accuracies, strict=True))
    plane = replace(group.plane(), frame=frame.assign(val_accuracy=frame["epoch"].map(curve)))
    return SimpleNamespace(name="some", plane=lambda: plane)


RESTING, MOVING = learnt(0.5, 0.9, 0.95, 0.95, 0.95), learnt(0.5, 0.6, 0.7, 0.8, 0.95)


def test_accuracies_are_compared_at_rest():
    for ordinary, verdict in ((RESTING, "agrees"), (MOVING, "undecided")):
        planes = (RESTING.plane(), ordinary.plane())
        of = judges.Generalisation(members_of(0.95), members_of(0.95), planes)
        assert the_judge("not a necessary condition")(of).verdict == verdict


def test_a_separation_may_still_come():
    for group, verdict in ((RESTING, "disagrees"), (MOVING, "undecided")):
        of = examined(last=[1.0, 1.2, 0.8], first=[1.0, 1.0, 1.0], spread=1e-3)
        of = replace(of, trained=SimpleNamespace(groups=[group]))
        for words in ("Linear separation", "separation is progressive"):
            assert the_judge(words)(of).verdict == verdict


def test_blocks_that_still_move_may_part():
    later = [2.0, 2.5, 3.0, 3.5, 4.0]
    for block, verdict in ((FLAT, "agrees"), (later, "undecided")):
        group = group_of(block, block, FLAT)
        for words in ("no block is seen to compress", "all blocks are seen"):
            assert the_judge(words)(group).verdict == verdict
