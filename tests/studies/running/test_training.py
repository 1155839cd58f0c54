"""What of an ensemble's groups is kept: diverged members, checkpoints, what a child shows."""

from contextlib import nullcontext
from types import SimpleNamespace

import numpy as np
import pytest

from ib_mlflow.errors import ConfigurationError, InvalidInputError
from ib_mlflow.information import Binned, SamplePropagation
from ib_mlflow.studies.running.children import child_of, description_of
from ib_mlflow.studies.running.groups import Condition, Group, binned_groups
from ib_mlflow.studies.running.training import run_ensemble

FINE, SAMPLED = Binned(0.02), SamplePropagation(repeats=4, n_queries=100)


def linear(spec_of, members, **changes):
    """Networks without a limit to their activations."""
    groups = binned_groups("linear", [0.3], tuple(range(members)))
    return spec_of(groups, name="linear", activation="linear", epochs=(1, 2, 3), **changes)


def test_where_all_networks_have_diverged_one_line_says_so_and_the_rows_are_kept(
    spec_of, kept_study
):
    with pytest.raises(ConfigurationError, match=r"4 of 4 of 'linear' that diverged by epoch 1"):
        run_ensemble(kept_study, linear(spec_of, 4, learning_rate=100.0, batch_size=1))
    (recording,) = kept_study.recordings
    assert [list(rows["epoch"].unique()) for rows in recording.rows] == [[0], [1]]
    assert recording.rows[0]["i_x"].notna().all()


def test_members_that_diverged_are_not_sound(spec_of, kept_study):
    trained = run_ensemble(kept_study, linear(spec_of, 6))
    assert trained.sound == (0, 1, 2, 3, 4, 5)
    frame = trained.trajectory.frame
    frame.loc[frame["member"].isin([0, 4]) & (frame["epoch"] > 1), "i_x"] = np.nan
    (group,) = trained.groups
    assert trained.sound == group.sound == (1, 2, 3, 5)


def test_the_ensemble_of_a_measured_epoch_is_that_of_its_checkpoint(spec_of, kept_study, task):
    trained = run_ensemble(kept_study, linear(spec_of, 2))
    (group,) = trained.groups
    for epoch in (0, 3):
        layers = dict(trained.at(epoch).activations(trained.spec.inputs))
        information = Binned(0.3)(layers[1], task.measured.labels)
        plane = group.plane().frame
        rows = plane[(plane["epoch"] == epoch) & (plane["layer"] == 1)]
        np.testing.assert_array_equal(rows["i_x"], information.i_x)


def test_what_was_finished_is_read_and_not_computed(spec_of, kept_study, kept_recording, task):
    spec = linear(spec_of, 2)
    rows = run_ensemble(kept_study, spec).trajectory.frame
    recording = kept_recording(
        [child_of(spec, group) for group in spec.groups], task.guides, [rows]
    )
    recording.finished = True

    again = run_ensemble(SimpleNamespace(record=lambda *_, **__: nullcontext(recording)), spec)
    assert again.trajectory.frame.equals(rows)
    assert recording.states == {}


def test_a_child_shows_what_tells_it_apart_and_selects_its_own_rows(spec_of):
    spec = spec_of(
        [Group("fine", (7, 8), {"plane": FINE, "more": SAMPLED}, Condition(0.3),
               {"beta": 0.3}, layers=(1, 2))]
    )  # fmt: skip
    child = child_of(spec, spec.group("fine"))
    assert child.name == "fine"
    assert child.parameters["beta"] == 0.3
    assert child.parameters["activation"] == "tanh"
    assert (child.parameters["members"], child.parameters["seed"]) == (2, 7)
    assert child.selects["member"] == (0, 1)
    assert child.selects["layer"] == (1, 2)
    assert child.selects["estimator"] == {"binned", "sp"}


def test_a_role_or_seed_that_a_group_does_not_have_is_no_plane(spec_of, kept_study):
    (group,) = run_ensemble(kept_study, linear(spec_of, 2)).groups
    with pytest.raises(InvalidInputError, match=r"roles.*received binned"):
        group.plane("binned")
    with pytest.raises(InvalidInputError, match=r"seeds.*received 7"):
        group.member(7)


def test_a_childs_page_says_how_its_charts_are_read(spec_of):
    spec = spec_of([Group("fine", (7, 8), {"plane": FINE})])
    words = description_of(spec, spec.group("fine"))
    assert words.startswith("2 networks of tanh, from seed 7 on, trained on ")
    assert "measured by binned (bin_size=0.02)" in words
    assert "set its x axis to *Log scale*" in words
    assert "All layers are in the pictures `information_plane`" in words
