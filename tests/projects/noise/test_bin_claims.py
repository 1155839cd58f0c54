"""Claims about bins and clusters on curves and distances whose answer is known."""

from itertools import permutations
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from ib_mlflow.studies.checkpoints.distances import COLUMNS, Clusters
from ib_mlflow.studies.judging.claims import findings_of
from ib_mlflow.studies.running.groups import binned_groups
from ib_mlflow.studies.running.training import TrainedGroup
from ib_mlflow.trajectory import Guides, Trajectory
from ib_mlflow.units import text_of
from projects.noise import bin_claims
from projects.noise.bin_claims import BinClustering, clustering
from projects.noise.bin_clustering import STUDY

EPOCHS = (0, 1, 2, 3, 5, 10, 20, 40, 80, 100)
STAGES = (0, 5, 20, 100)
MEMBERS = 10
GUIDES = Guides(float(np.log(60)), float(np.log(2)), float(np.log(2)))


def plane(i_x, bin_size):
    return Trajectory.from_arrays(
        i_x,
        np.zeros_like(i_x),
        epochs=EPOCHS,
        n=60,
        guides=GUIDES,
        estimator="binned",
        setting=f"bin_size={bin_size}",
    )


def distances(member, epoch, layer):
    """Clusters that tighten and part, the more the deeper the layer."""
    # Each network has a pace and a wobble of its own, which H(Bin T) follows.
    within = (1 + member / 100) / (1 + epoch / 10) ** (layer / 2)
    within *= 1 + 0.02 * np.sin(7.0 * member + 3.0 * EPOCHS.index(epoch))
    return member, epoch, layer, within, 2.0, 1 / (1 + layer * epoch / 10 + member / 100)


@pytest.fixture
def clusters():
    rows = [distances(member, epoch, 1) for member in range(MEMBERS) for epoch in STAGES]
    rows += [distances(member, epoch, 2) for member in range(MEMBERS) for epoch in EPOCHS]
    table = pd.DataFrame(rows, columns=COLUMNS).sample(frac=1, random_state=1)
    return Clusters(tuple(range(MEMBERS)), STAGES, table, pd.DataFrame(), {})


@pytest.fixture
def readings(clusters):
    """H(Bin T) that goes with the distances, and in small bins is all of H(X)."""
    coarse = np.full((MEMBERS, len(EPOCHS), 3), 2.0)
    for member in range(MEMBERS):
        for place, epoch in enumerate(EPOCHS):
            coarse[member, place, 1] = distances(member, epoch, 2)[3]
    coarse[:, 0, 1] = coarse[:, 1, 1] - 0.5
    planes = {0.1: plane(coarse, 0.1), 1e-8: plane(np.full_like(coarse, GUIDES.h_x), 1e-8)}
    return BinClustering(None, planes, 0.1, clusters, None)


def test_claims_follow_what_is_measured(readings):
    findings = findings_of(STUDY.claims, readings)
    assert [finding.verdict for finding in findings] == ["agrees"] * 7
    assert findings[0].claim.startswith("For small bins (1e-08)")
    turned = BinClustering(
        None,
        {1e-8: readings.by_size[0.1], 0.1: readings.by_size[1e-8]},
        0.1,
        readings.clusters,
        None,
    )
    verdicts = [finding.verdict for finding in findings_of(STUDY.claims, turned)]
    assert verdicts[:3] == ["disagrees"] * 3


def test_members_that_diverged_count_against_either_verdict(readings):
    i_x = np.repeat(np.linspace(3, 2, len(EPOCHS))[None, :, None], MEMBERS, axis=0)
    i_x = i_x.repeat(3, axis=2)
    i_x = i_x + 0.01 * np.random.default_rng(0).normal(size=i_x.shape)
    i_x[0, 1:] = np.nan
    planes = {1e-8: plane(i_x, 1e-8), 0.1: plane(i_x, 0.1)}
    table = readings.clusters.table
    table = table[table["member"] > 0]
    left = Clusters(tuple(range(MEMBERS)), STAGES, table, pd.DataFrame(), {})
    for finding in findings_of(STUDY.claims, BinClustering(None, planes, 0.1, left, None)):
        assert "1 of 10 diverged, counted against either" in text_of(finding.words)


def test_curves_of_entropy_and_of_distances_stand_at_the_same_epochs():
    i_x = np.arange(30.0).reshape(3, 10, 1)
    rows = [(m, e, 1, float(np.sqrt(e)) + m) for m in range(1, 3) for e in STAGES]
    table = pd.DataFrame(rows, columns=["member", "epoch", "layer", "within"])
    entropy, within = clustering(plane(i_x, 0.1), table, 1)
    places = [EPOCHS.index(stage) for stage in STAGES]
    np.testing.assert_array_equal(entropy, i_x[:, places, 0])
    np.testing.assert_allclose(within[1:], np.sqrt(STAGES) + np.arange(1, 3)[:, None])
    assert np.isnan(within[0]).all(), "nothing was measured of it"


def test_a_little_more_in_smaller_bins_is_not_high_sensitivity(readings):
    """A tenth of H(X) is seen in every network, and is not what sensitive means."""
    fine = readings.by_size[1e-8]
    frame = fine.frame.assign(i_x=0.9 * fine.frame["i_x"] + 0.001 * fine.frame["member"])
    planes = {1e-8: fine, 0.1: Trajectory(frame, fine.guides)}
    near = BinClustering(None, planes, 0.1, readings.clusters, None)
    assert bin_claims.shows_less_in_larger_bins(near).verdict == "disagrees"


def test_informations_are_written_in_the_readers_unit(readings):
    words = bin_claims.shows_less_in_larger_bins(readings).words
    assert "1e-08: 4.094 nats [4.094, 4.094]" in text_of(words)
    assert "1e-08: 5.907 bits [5.907, 5.907]" in text_of(words, "bits")


@pytest.mark.parametrize("order", [*permutations((0.5, 1e-8, 0.1))])
def test_each_bin_size_keeps_its_own_curves(monkeypatch, clusters, order):
    values = {size: np.full((MEMBERS, len(EPOCHS), 3), 1 + size) for size in order}
    trained = SimpleNamespace(
        trajectory=plane(values[0.5], 0.5),
        spec=SimpleNamespace(
            hidden_layers=(1, 2),
            task=SimpleNamespace(measured=SimpleNamespace(labels=np.arange(2))),
            plane=lambda _, group, role: plane(
                values[group.parameters["bin_size"]], group.parameters["bin_size"]
            ),
        ),
    )
    trained.groups = [
        TrainedGroup(trained, group) for group in binned_groups("szt tanh", order, (0, 1))
    ]
    measured = []
    monkeypatch.setattr(bin_claims, "log_groups", lambda _: None)
    monkeypatch.setattr(
        bin_claims, "measure_clusters", lambda group, **_: measured.append(group) or clusters
    )
    readings = bin_claims.read_clusters(None, [trained], coarse=0.1)
    assert list(readings.by_size) == [1e-8, 0.1, 0.5]
    for size, curves in readings.by_size.items():
        np.testing.assert_array_equal(curves.frame["i_x"], 1 + size)
    assert [group.name for group in measured] == ["szt tanh, bin_size=0.1"]
    assert (readings.finest, readings.largest) == (1e-8, 0.5)
