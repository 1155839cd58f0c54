"""Layers, ReLU units and numbers of samples, judged where the answer is known."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from ib_mlflow.studies.checkpoints.distances import COLUMNS, Clusters
from ib_mlflow.studies.judging import all_hold
from ib_mlflow.studies.running.groups import Condition
from projects.noise.layer_claims import (
    LAYERS,
    NoisyLayer,
    decouples,
    growing,
    grows_on,
    half_is_enough,
    rises_and_flattens,
    with_enough,
)
from projects.noise.readings import NoiseReadings

UP = np.array([1.0, 3.0, 3.0, 3.0, 3.0])
END = np.array([0.0, 0.0, 0.0, 0.0, 1.0])
MEMBERS = range(8)


@pytest.mark.parametrize(
    ("curve", "verdict"),
    [
        (UP - 0.1 * END, "agrees"),
        (UP - 2 * END, "disagrees"),
        (UP + 0.5 * END, "disagrees"),
        (3 + 0 * UP - 0.1 * END, "disagrees"),
    ],
    ids=["slightly", "compresses", "still rises", "never rises"],
)
def test_a_slight_compression_is_some_and_little(noisy_group, curve, verdict):
    group = noisy_group(UP + 5, curve)
    assert rises_and_flattens(NoisyLayer(group, 2)).verdict == verdict


def with_largest(group, *values):
    stages = (1, 10, 100, 1000)[: len(values)]
    rows = [
        {"member": member, "epoch": epoch, "layer": 2, "largest": value * (1 + member / 1000 * k)}
        for k, (epoch, value) in enumerate(zip(stages, values, strict=True))
        for member in MEMBERS
    ]
    clusters = Clusters(group.group.members, stages, pd.DataFrame(), pd.DataFrame(), {})
    return replace(group, clusters=clusters, largest=pd.DataFrame(rows))


@pytest.mark.parametrize(
    ("largest", "verdict"),
    [
        ((1.0, 4.0, 20.0, 40.0), "agrees"),
        ((1.0, 4.0, 40.0, 20.0), "disagrees"),
        ((0.1, 0.2, 0.3, 0.9), "disagrees"),
        ((1.0, 2.0, 4.0, 8.0), "undecided"),
    ],
    ids=["grows", "shrinks in the end", "as small as of tanh", "not far at twice the threshold"],
)
def test_units_grow_on_and_far(noisy_group, largest, verdict):
    assert all_hold(grows_on(with_largest(noisy_group(UP, UP), *largest))).verdict == verdict


def test_one_stage_shows_no_growth(noisy_group, monkeypatch):
    group = noisy_group(UP, UP, condition=Condition(0.01))
    readings = SimpleNamespace(free=lambda *_: [with_largest(group, 1.0), group])
    assert growing(readings) == []
    readings = SimpleNamespace(free=lambda *_: [with_largest(group, 1.0, 2.0)])
    assert len(growing(readings)) == 1


@pytest.mark.parametrize(("saturated", "verdict"), [(3, "agrees"), (0, "disagrees")])
@pytest.mark.parametrize("end", [0.0, 3.0])
def test_clusters_and_compression_decouple_only_if_both_halves_hold(
    noisy_group, saturated, verdict, end
):
    group = noisy_group(UP + 5, UP - end * END)
    rows = [
        {"member": member, "layer": 2, "at": at, "saturated": saturated, "units": 3}
        for member in MEMBERS
        for at in (1.0, 0.5, 2.0)
    ]
    areas = [
        (member, epoch, 2, 0.1, 1.0, area + member / 1000 * (epoch > 1))
        for epoch, area in ((1, 0.9), (1000, 0.2))
        for member in MEMBERS
    ]
    table = pd.DataFrame(areas, columns=COLUMNS)
    clusters = Clusters(group.group.members, (1, 1000), table, pd.DataFrame(), {})
    group = replace(group, clusters=clusters, saturation=pd.DataFrame(rows))
    assert all_hold(decouples(group)).verdict == ("disagrees" if end else verdict)


@pytest.mark.parametrize(
    ("apart", "verdict"), [(0.001, "agrees"), (0.05, "undecided"), (0.5, "disagrees")]
)
def test_half_of_the_samples_is_enough_where_it_says_the_same(noisy_group, apart, verdict):
    group = noisy_group(UP, UP, i_x_half=lambda rows: rows["i_x"] + apart * (rows["epoch"] == 10))
    assert half_is_enough(group).verdict == verdict


@pytest.mark.parametrize(("repeats", "judged"), [(48, 0), (976, 1)])
def test_fewer_samples_than_the_papers_are_not_its_claim(noisy_group, repeats, judged):
    configuration = SimpleNamespace(repeats=repeats)
    readings = NoiseReadings(SimpleNamespace(configuration=configuration), [noisy_group(UP, UP)])
    assert len(with_enough(readings)) == judged


def test_a_figure_has_layers_of_its_own_noise_only(noisy_group):
    groups = [noisy_group(UP, UP, condition=Condition(beta)) for beta in (0.005, 0.1)]
    readings = NoiseReadings(SimpleNamespace(), groups)
    parts = [claim for claim in LAYERS if "share less area" in claim.words]
    own, beyond = ([of.name for of in claim.of(readings)] for claim in parts)
    assert own == []  # these networks end before the third layer
    assert beyond == ["tanh, beta=0.1"]
    assert parts[1].where.startswith("Beyond the paper")
