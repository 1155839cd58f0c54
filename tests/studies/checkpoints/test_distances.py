"""Distances between samples, on layers whose clusters are known."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import pdist

from ib_mlflow.information import Binned
from ib_mlflow.studies.checkpoints.distances import SHOWN, log_stages, measure_clusters
from ib_mlflow.studies.running.groups import PLANE, Condition, Group
from ib_mlflow.studies.running.training import TrainedGroup

LABELS = np.arange(60) % 2
EPOCHS = (0, 1, 2, 3, 5, 10, 20, 40, 80, 100)
STAGES = (0, 5, 20, 100)
SEEDS = (4, 5, 6)
FREE, ORTHONORMAL = Condition(beta=0.1), Condition(beta=0.1, orthonormality=5e-5)
MEMBERS = {(FREE, 4): 5, (FREE, 5): 1, (FREE, 6): 2, (ORTHONORMAL, 4): 3, (ORTHONORMAL, 5): 4,
           (ORTHONORMAL, 6): 0}  # fmt: skip
"""Numbers of the members: in no order that could be guessed."""


def activations(epoch, layer):
    """Two clusters that part and tighten, the more the deeper the layer; (e, n, d)."""
    generator = np.random.default_rng([epoch, layer])
    spread = generator.normal(size=(len(MEMBERS), 60, 3)) / (1 + layer * epoch / 10)
    centre = (2 * LABELS - 1)[:, None] * epoch / (epoch + 10)
    return np.tanh(spread + 2 * centre)


class Ensemble:
    """The networks at an epoch, of which some diverged."""

    def __init__(self, epoch, diverged=()):
        self.epoch, self.diverged = epoch, list(diverged)

    def activations(self, inputs):
        for layer in (1, 2, 3):
            values = activations(self.epoch, layer)
            values[self.diverged, 0] = np.nan
            yield layer, values


@pytest.fixture
def group():
    own = Group("free", SEEDS, {PLANE: Binned(bin_size=0.1)}, FREE)
    spec = SimpleNamespace(
        task=SimpleNamespace(measured=SimpleNamespace(labels=LABELS)),
        inputs=None,
        members_of=lambda of: tuple(MEMBERS[of.condition, seed] for seed in of.seeds),
    )
    trained = SimpleNamespace(
        spec=spec,
        trajectory=SimpleNamespace(epochs=EPOCHS),
        at=Ensemble,
        sound=tuple(range(len(MEMBERS))),
    )
    return TrainedGroup(trained, own)


@pytest.fixture
def clusters(group):
    return measure_clusters(group, layers=(1, 2), stages=STAGES, epochs=EPOCHS[1:7:2], bound=1.0)


def test_stages_are_even_on_a_logarithmic_scale(group):
    assert log_stages(group.trained.trajectory, first=0) == (0, 5, 20, 100)
    assert log_stages(group.trained.trajectory, first=1) == (1, 5, 20, 100)
    assert log_stages(SimpleNamespace(epochs=(0, 1)), first=1) == (1,)


def test_medians_and_counts_are_those_of_all_pairs(clusters):
    table = clusters.table.set_index(["member", "epoch", "layer"])
    same = LABELS[:, None] == LABELS
    first, second = np.triu_indices(60, 1)
    kinds = {"within": same[first, second], "between": ~same[first, second]}
    for member, epoch, layer in ((1, 0, 1), (2, 20, 2), (5, 100, 1)):
        distances = pdist(activations(epoch, layer)[member])
        for name, kind in kinds.items():
            expected = np.median(distances[kind])
            assert table.loc[(member, epoch, layer), name] == pytest.approx(expected, abs=0.01)
    histograms = clusters.histograms
    assert set(histograms["layer"]) == {1, 2}
    assert set(histograms["epoch"]) == set(STAGES)
    for _, own in histograms.groupby(["epoch", "layer"]):
        assert len(own) == SHOWN
        assert own["within"].sum() == kinds["within"].sum()
        assert own["between"].sum() == kinds["between"].sum()
        assert own["bin_right"].max() == pytest.approx(2 * np.sqrt(3))
    assert set(clusters.points) == set(STAGES)
    np.testing.assert_array_equal(clusters.points[100], activations(100, 2)[1])


def test_each_group_has_the_distances_of_its_own_members(group, clusters):
    assert clusters.members == (1, 2, 5)
    assert set(clusters.table["member"]) == {1, 2, 5}
    other = TrainedGroup(group.trained, replace(group.group, condition=ORTHONORMAL))
    regularised = measure_clusters(other, layers=(2,), stages=(100,))
    assert regularised.members == (0, 3, 4)
    same = LABELS[:, None] == LABELS
    first, second = np.triu_indices(60, 1)
    for number, overlap, within in zip(
        (0, 3, 4),
        regularised.at("overlap", epoch=100, layer=2),
        regularised.at("within", epoch=100, layer=2),
        strict=True,
    ):
        distances = pdist(activations(100, 2)[number])
        assert within == pytest.approx(np.median(distances[same[first, second]]), abs=0.01)
        assert 0 <= overlap < 0.5


def test_without_a_bound_bins_reach_as_far_as_the_samples(group, clusters):
    reaching = measure_clusters(group, layers=(1, 2), stages=STAGES)
    for _, own in reaching.histograms.groupby(["epoch", "layer"]):
        assert own["bin_right"].max() != pytest.approx(2 * np.sqrt(3))
        assert own[["within", "between"]].sum().sum() == 60 * 59 / 2
    columns = ["member", "epoch", "layer"]
    both = reaching.table.merge(clusters.table, on=columns, suffixes=("", "_bounded"))
    assert len(both) == len(reaching.table)
    for name in ("within", "between"):
        np.testing.assert_allclose(both[name], both[f"{name}_bounded"], atol=0.01)


def test_the_last_layer_is_seen_more_often_than_the_others(clusters):
    table = clusters.table
    assert set(table[table["layer"] == 1]["epoch"]) == set(STAGES)
    assert set(table[table["layer"] == 2]["epoch"]) == {*STAGES, *EPOCHS[1:7:2]}


def test_members_that_diverged_are_left_out(group):
    group.trained.sound = (0, 2, 3, 4, 5)
    group.trained.at = lambda epoch: Ensemble(epoch, diverged=[1])
    clusters = measure_clusters(group, layers=(1, 2), stages=STAGES)
    assert set(clusters.table["member"]) == {2, 5}
    np.testing.assert_array_equal(clusters.points[100], activations(100, 2)[2])
    lost = np.isnan(clusters.at("within", epoch=100, layer=2))
    assert dict(zip(clusters.members, lost, strict=True)) == {1: True, 2: False, 5: False}


def test_where_all_diverged_nothing_is_measured(group):
    group.trained.sound = (0, 3)
    clusters = measure_clusters(group, layers=(1, 2), stages=STAGES)
    assert clusters.table.empty
    assert clusters.histograms.empty
    assert clusters.points == {}
    assert np.isnan(clusters.at("overlap", epoch=100, layer=2)).all()
    pd.testing.assert_index_equal(
        clusters.table.columns,
        pd.Index(["member", "epoch", "layer", "within", "between", "overlap"]),
    )
