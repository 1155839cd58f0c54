from itertools import pairwise
from time import perf_counter

import numpy as np
import pytest

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.figures import PlaneAnimation
from ib_mlflow.trajectory import Trajectory


@pytest.fixture
def animation(small):
    return PlaneAnimation(small.guides, last_epoch=small.epochs[-1])


def has_colour(picture, colour):
    wanted = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    return (np.abs(picture.astype(int) - wanted).max(axis=-1) <= 2).sum() > 20


def test_pictures_are_of_one_size_and_kind_and_differ(animation, small):
    pictures = [animation.frame(small, epoch) for epoch in small.epochs[::6]]
    assert {(picture.shape, picture.dtype) for picture in pictures} == {
        ((522, 648, 3), np.dtype("uint8"))
    }
    assert all((a != b).any() for a, b in pairwise(pictures))


def test_axes_stand_still(animation, small):
    first, last = animation.frame(small, 0), animation.frame(small, small.epochs[-1])
    bottom = slice(int(0.9 * first.shape[0]), None)
    np.testing.assert_array_equal(first[bottom], last[bottom])


def test_the_last_picture_does_not_depend_on_how_many_there_were(small):
    """Colours that pass over one another may differ by the order they were laid in."""
    often, once = (PlaneAnimation(small.guides, last_epoch=small.epochs[-1]) for _ in range(2))
    for epoch in small.epochs:
        a = often.frame(small, epoch)
    b = once.frame(small, small.epochs[-1])
    assert (np.abs(a.astype(int) - b).max(axis=-1) > 40).mean() < 0.01


def test_new_rows_are_enough(small):
    whole, parts = (PlaneAnimation(small.guides, last_epoch=small.epochs[-1]) for _ in range(2))
    for epoch in small.epochs[:5]:
        rows = Trajectory(small.frame[small.frame["epoch"] == epoch], small.guides)
        np.testing.assert_array_equal(whole.frame(small, epoch), parts.frame(rows, epoch))


def test_a_diverged_member_leaves_the_others_drawn(small):
    frame = small.frame.copy()
    frame.loc[frame["member"] == 1, ["i_x", "i_y"]] = np.nan
    frame.loc[frame["layer"] == 4, ["i_x", "i_y"]] = np.nan
    animation = PlaneAnimation(small.guides, last_epoch=small.epochs[-1])
    picture = animation.frame(Trajectory(frame, small.guides), small.epochs[-1])
    assert has_colour(picture, "#163db9")
    assert not has_colour(picture, "#876e01")


def test_what_does_not_go_on_is_refused(animation, small):
    animation.frame(small, small.epochs[3])
    with pytest.raises(InvalidInputError, match="in their order"):
        animation.frame(small, small.epochs[2])
    with pytest.raises(InvalidInputError, match="all layers and members"):
        animation.frame(small.select(layers=[1, 2]), small.epochs[4])
    finer = Trajectory(small.frame.assign(setting="bin_size=0.01"), small.guides)
    with pytest.raises(InvalidInputError, match="2 settings"):
        animation.frame(Trajectory.concat([small, finer]), small.epochs[4])


def test_a_picture_costs_little(small):
    """It is made about a hundred times in a run."""
    animation = PlaneAnimation(small.guides, last_epoch=small.epochs[-1])
    animation.frame(small, 0)
    started = perf_counter()
    for epoch in small.epochs[1:11]:
        animation.frame(small, epoch)
    assert (perf_counter() - started) / 10 < 0.5
