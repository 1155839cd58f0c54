import numpy as np
import pytest

from ib_mlflow.information import Binned
from ib_mlflow.studies.running.animation import PlaneAnimations
from ib_mlflow.studies.running.children import child_of
from ib_mlflow.studies.running.groups import Condition, Group
from ib_mlflow.studies.running.training import run_ensemble

EPOCHS = tuple(range(1, 13))
SHOWN = [0, 1, 2, 3, 4, 5, 6, 8, 10, 12]


@pytest.fixture
def spec(spec_of):
    groups = [
        Group("one", (0, 1), {"plane": Binned(0.1)}),
        Group("two", (0, 1), {"plane": Binned(0.1)}, Condition(beta=0.5)),
    ]
    return spec_of(groups, epochs=EPOCHS)


def differing(ours, theirs, name, place):
    """The share of pixels in which two pictures differ."""
    return np.mean(ours.child(name).images[place] != theirs.child(name).images[place])


def test_each_child_gets_a_picture_of_each_epoch_that_is_shown(spec, kept_study):
    run_ensemble(kept_study, spec)
    (recording,) = kept_study.recordings
    for name in ("one", "two"):
        images = recording.child(name).images
        assert [step for key, step in images] == SHOWN
        assert {key for key, _ in images} == {"information_plane"}
    last = ("information_plane", 12)
    assert not np.array_equal(recording.child("one").images[last],
                              recording.child("two").images[last])  # fmt: skip


def test_a_training_that_goes_on_draws_what_was_measured_before(
    spec, kept_study, kept_recording, task
):
    run_ensemble(kept_study, spec)
    (whole,) = kept_study.recordings
    children = [child_of(spec, group) for group in spec.groups]
    resumed, forgetful = (
        kept_recording(children, task.guides, rows) for rows in (whole.rows[:6], [])
    )
    for recording in (resumed, forgetful):
        animations = PlaneAnimations(spec, recording)
        for epoch, rows in zip(EPOCHS[5:], whole.rows[6:], strict=True):
            animations.add(rows, epoch)
    for name in ("one", "two"):
        assert [step for _, step in resumed.child(name).images] == SHOWN
        # A path that is drawn in other pieces has other pixels where these meet.
        for place in forgetful.child(name).images:
            near, far = (differing(of, whole, name, place) for of in (resumed, forgetful))
            assert near < 0.002 < far


def test_a_finished_child_gets_no_more_pictures(spec, kept_study, kept_recording, task):
    run_ensemble(kept_study, spec)
    (whole,) = kept_study.recordings
    recording = kept_recording([child_of(spec, group) for group in spec.groups], task.guides)
    recording.unfinished = recording.unfinished[1:]
    animations = PlaneAnimations(spec, recording)
    animations.add(whole.rows[0], 0)
    assert not recording.child("one").images
    assert recording.child("two").images


@pytest.mark.parametrize("measured", [7, len(EPOCHS) + 1])
def test_a_picture_that_an_interruption_took_is_drawn_when_the_training_goes_on(
    spec, kept_study, kept_recording, task, measured
):
    run_ensemble(kept_study, spec)
    (whole,) = kept_study.recordings
    children = [child_of(spec, group) for group in spec.groups]
    resumed = kept_recording(children, task.guides, whole.rows[:measured])
    # The checkpoint of the last epoch was written, and its picture was not.
    there = [step for step in SHOWN if step < measured - 1]
    for name in ("one", "two"):
        for step in there:
            resumed.child(name).images["information_plane", step] = None
    animations = PlaneAnimations(spec, resumed)
    for epoch, rows in list(enumerate(whole.rows))[measured:]:
        animations.add(rows, epoch)
    for name in ("one", "two"):
        images = resumed.child(name).images
        assert [step for _, step in images] == SHOWN
        # What was there is not drawn again.
        assert all(images["information_plane", step] is None for step in there)
