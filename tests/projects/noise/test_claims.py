"""Claims about noisy networks on curves whose answer is known."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from ib_mlflow.studies.checkpoints.distances import COLUMNS, Clusters
from ib_mlflow.studies.running.groups import Condition
from ib_mlflow.trajectory import Trajectory
from ib_mlflow.units import text_of
from projects.noise.claims import (
    accuracies,
    compresses,
    compresses_more,
    is_followed_by_bins,
    keeps_the_order,
    reproduces_accuracy,
    stays,
)
from projects.noise.late_claims import (
    clusters_stay_wide,
    late_loss,
    loss_stays,
    no_tight_clusters,
    overfits_less,
)
from projects.noise.layer_claims import NoisyLayer, classes_part
from projects.noise.paper import HIDDEN
from projects.noise.readings import NoiseReadings, Regularisation

RISE_AND_FALL = np.array([1.0, 5.0, 5.0, 5.0, 2.0])
RISE = np.array([1.0, 3.0, 3.0, 3.0, 3.0])
EPOCHS = (0, 10, 50, 100, 1000)
ORTHONORMAL = Condition(0.005, 5e-5)


def below(*lower):
    """None of the estimates is reliable: how far their lower bounds lie below them, by epoch."""
    distances = dict(zip(EPOCHS, lower, strict=True))
    return {
        "reliable": False,
        "i_x_lower": lambda rows: rows["i_x"] - rows["epoch"].map(distances),
    }


def test_a_layer_that_loses_three_nats_compresses_and_one_that_loses_none_does_not(noisy_group):
    falling, rising = noisy_group(RISE + 5, RISE_AND_FALL), noisy_group(RISE + 5, RISE)
    assert compresses(falling).verdict == "agrees"
    assert compresses(rising).verdict == "disagrees"
    assert stays(rising).verdict == "agrees"
    assert stays(falling).verdict == "disagrees"


def test_compression_is_compared_seed_by_seed(noisy_group):
    falling = noisy_group(RISE + 5, RISE_AND_FALL)
    rising = noisy_group(RISE + 5, RISE, condition=ORTHONORMAL)
    judgement = compresses_more(falling, rising)
    assert judgement.verdict == "agrees"
    assert "Mean 3.000 nats" in text_of(judgement.words)
    assert "Mean 4.328 bits" in text_of(judgement.words, "bits")
    assert "tanh, beta=0.005, orthonormal: 0.000 nats" in text_of(judgement.words)
    assert compresses_more(rising, falling).verdict == "disagrees"


@pytest.mark.parametrize(
    ("excess", "verdict"), [(-1.0, "agrees"), (0.05, "agrees"), (0.2, "disagrees")]
)
def test_a_deeper_layer_may_exceed_the_one_before_by_the_errors_only(noisy_group, excess, verdict):
    # Four standard errors of a difference between errors of 0.01 are 0.057.
    group = noisy_group(RISE, RISE + excess, i_x_se=0.01)
    assert keeps_the_order(group).verdict == verdict


@pytest.mark.parametrize(
    ("own", "verdict"), [(1.0, "agrees"), (-1.0, "disagrees"), (0.0, "undecided")]
)
def test_bins_that_follow_are_those_of_the_same_network(noisy_group, own, verdict):
    """All curves rise and fall alike; what each network does beside that is its own."""
    generator = np.random.default_rng(0)
    kicks, other = generator.normal(size=(2, 8, len(EPOCHS)))

    def moved(by):
        places = {epoch: place for place, epoch in enumerate(EPOCHS)}
        return lambda rows: (
            rows["i_x"]
            + [
                0.3 * by[member, places[epoch]]
                for member, epoch in zip(rows["member"], rows["epoch"], strict=True)
            ]
        )

    group = noisy_group(RISE + 5, RISE_AND_FALL)
    frames = (group.plane.frame, group.binned.frame)
    plane, binned = (
        Trajectory(frame.assign(i_x=moved(by)(frame)), group.plane.guides)
        for frame, by in zip(frames, (kicks, own * kicks + 0.05 * other), strict=True)
    )
    of = SimpleNamespace(plane=plane, binned=binned)
    assert is_followed_by_bins(of).verdict == verdict


def losing(*losses):
    """A column of validation losses by epoch."""
    return {"val_loss": lambda rows: rows["epoch"].map(dict(zip(EPOCHS, losses, strict=True)))}


def test_the_late_loss_counts_from_the_lowest(noisy_group):
    group = noisy_group(RISE, RISE, **losing(0.7, 0.2, 0.2, 0.2, 0.55))
    np.testing.assert_allclose(late_loss(group).least, np.full(8, 0.35))


def test_regularised_weights_overfit_less(noisy_group):
    shift = np.linspace(0, 0.01, 8)
    free = noisy_group(
        RISE,
        RISE,
        val_loss=lambda rows: (rows["epoch"] == 1000) * (0.5 + shift[rows["member"]]),
    )
    regularised = noisy_group(RISE, RISE, condition=ORTHONORMAL, **losing(0.7, 0.2, 0.2, 0.2, 0.25))
    assert overfits_less(Regularisation(free, regularised)).verdict == "agrees"
    assert overfits_less(Regularisation(regularised, free)).verdict == "disagrees"


@pytest.mark.parametrize(
    ("lower", "verdict"),
    [((0.1, 0.1, 0.1, 0.1, 0.1), "agrees"), ((3.0, 4.0, 4.0, 4.0, 0.1), "undecided")],
)
def test_compression_counts_only_as_far_as_the_bounds_allow(noisy_group, lower, verdict):
    judgement = compresses(noisy_group(RISE + 5, RISE_AND_FALL, **below(*lower)))
    assert judgement.verdict == verdict
    words = text_of(judgement.words)
    assert "by its limits from" in words
    assert ("By the estimates it agrees" in words) == (verdict == "undecided")


def test_unreliable_estimates_do_not_break_the_order_of_layers(noisy_group):
    sure = noisy_group(RISE, RISE + 0.2, i_x_se=0.01)
    unsure = noisy_group(RISE, RISE + 0.2, i_x_se=0.01, **below(0.5, 0.5, 0.5, 0.5, 0.5))
    assert keeps_the_order(sure).verdict == "disagrees"
    assert keeps_the_order(unsure).verdict == "undecided"


def test_a_rise_that_the_bounds_do_not_show_is_undecided(noisy_group):
    curve = np.array([4.8, 5.0, 5.0, 5.0, 2.0])
    assert compresses(noisy_group(RISE + 5, curve)).verdict == "agrees"
    lifted = noisy_group(RISE + 5, curve, **below(0.0, 0.3, 0.3, 0.3, 0.0))
    assert compresses(lifted).verdict == "undecided"


def test_members_that_diverged_count_against_either_verdict(noisy_group):
    gone = {"i_x": lambda rows: rows["i_x"].where((rows["member"] != 2) | (rows["epoch"] < 100))}
    group = noisy_group(RISE + 5, RISE_AND_FALL, i_x_se=0.01, **gone)
    other = noisy_group(RISE + 5, RISE, condition=ORTHONORMAL)
    for judgement in (compresses(group), compresses_more(group, other), keeps_the_order(group)):
        assert judgement.verdict == "undecided", "seven of eight, and one unknown"
        assert "1 of 8 diverged, counted against either" in text_of(judgement.words)


@pytest.mark.parametrize(("hidden", "count"), [(HIDDEN, 1), ((10, 7, 5), 0)])
def test_the_papers_accuracy_is_held_against_its_own_networks_only(noisy_group, hidden, count):
    ours = np.array([0.955, 0.96, 0.965, 0.955, 0.96, 0.965, 0.955, 0.965])
    known = {"val_accuracy": lambda rows: ours[rows["member"]]}
    groups = [
        noisy_group(RISE, RISE, condition=condition, **known)
        for condition in (ORTHONORMAL, Condition(beta=0.2))
    ]
    ensembles = SimpleNamespace(configuration=SimpleNamespace(hidden=hidden))
    beside = accuracies(NoiseReadings(ensembles, groups))
    assert len(beside) == count
    for accuracy in beside:
        assert (accuracy.paper, accuracy.where) == (0.96, "Sec. 5; Fig. 5b")
        assert reproduces_accuracy(accuracy).verdict == "agrees"


def clustered(group, *, within, overlap):
    """The same networks with clusters of the last layer that end like this, by seed."""
    rows = [
        (member, epoch, 2, 1.0 if epoch == 1 else within[seed], 2.0, 0.9 if epoch == 1 else shared)
        for epoch in (1, 1000)
        for seed, shared in enumerate(overlap)
        for member in [group.group.member(seed)]
    ]
    table = pd.DataFrame(rows, columns=COLUMNS).sample(frac=1, random_state=0)
    members = tuple(sorted(group.group.members))
    return replace(group, clusters=Clusters(members, (1, 1000), table, pd.DataFrame(), {}))


def test_classes_part_and_regularised_weights_keep_clusters_wide(noisy_group):
    seeds = np.arange(8)
    free = clustered(noisy_group(RISE, RISE), within=0.2 + seeds / 100, overlap=0.1 + seeds / 50)
    wide = clustered(
        noisy_group(RISE, RISE, condition=ORTHONORMAL),
        within=0.8 + seeds / 80,
        overlap=0.95 + seeds / 1000,
    )
    parting = classes_part(NoisyLayer(free, 2))
    assert parting.verdict == "agrees"
    assert "positive in 8 of 8 networks" in text_of(parting.words)
    assert classes_part(NoisyLayer(wide, 2)).verdict == "disagrees"
    judgement = clusters_stay_wide(Regularisation(free, wide))
    assert judgement.verdict == "agrees"
    # 0.9 of (0.8 + s/80) / 2, less (0.2 + s/100) / 2, and s is 3.5 on average.
    assert "Mean 0.262 of the median between classes [0.26" in text_of(judgement.words)
    assert clusters_stay_wide(Regularisation(wide, free)).verdict == "disagrees"


@pytest.mark.parametrize(
    ("within", "verdict"), [(0.06, "disagrees"), (0.2, "undecided"), (0.7, "agrees")]
)
def test_clusters_that_are_wider_than_others_may_be_tight(noisy_group, within, verdict):
    """With distances of 0.06 of those between them clusters are six times as wide, and tight."""
    seeds = np.arange(8) / 10_000
    tightest = clustered(noisy_group(RISE, RISE), within=0.02 + seeds, overlap=seeds)
    own = clustered(
        noisy_group(RISE, RISE, condition=ORTHONORMAL), within=2 * within + 3 * seeds, overlap=seeds
    )
    pair = Regularisation(tightest, own)
    assert clusters_stay_wide(pair).verdict == "agrees"
    assert no_tight_clusters(pair).verdict == verdict


@pytest.mark.parametrize(
    ("end", "verdict"), [(0.2, "agrees"), (0.215, "undecided"), (0.25, "disagrees")]
)
def test_a_loss_that_increases_a_little_less_still_increases(noisy_group, end, verdict):
    own = noisy_group(RISE, RISE, condition=ORTHONORMAL, **losing(0.7, 0.2, 0.2, 0.2, end))
    assert loss_stays(Regularisation(own, own)).verdict == verdict
