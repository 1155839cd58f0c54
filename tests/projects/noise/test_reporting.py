"""Tables and figures of the studies of noisy networks."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from ib_mlflow.data import load
from ib_mlflow.information import Binned
from ib_mlflow.studies.checkpoints.distances import Clusters
from ib_mlflow.studies.running.groups import PLANE, Condition, Group
from ib_mlflow.studies.running.training import TrainedGroup
from projects.noise.readings import NoiseReadings, NoisyGroup
from projects.noise.reporting import noisy_tables, spiral_figures, sweep_figures

CONDITIONS = (Condition(0.1), Condition(0.1, 5e-5))


def curves(condition, seed):
    return np.array([[6.0, 1.0], *[[6.0, 5.0]] * 3, [6.0, 4.5 - condition.beta]])


def readings_of(*ensembles, others=()):
    groups = [group for trained in ensembles for group in trained.groups]
    noisy = [
        NoisyGroup(group, Clusters(group.members, (), pd.DataFrame(), pd.DataFrame(), {}))
        for group in groups
    ]
    configuration = SimpleNamespace(unit="bits", hidden=(4, 3), queries=200)
    return NoiseReadings(
        SimpleNamespace(configuration=configuration, groups=[*groups, *others]), noisy
    )


def test_every_group_has_its_layers_and_what_is_known_of_the_estimates(trained_of):
    tables = noisy_tables(readings_of(trained_of(CONDITIONS, curves)))
    assert list(tables) == [
        "tanh, beta=0.1",
        "tanh, beta=0.1, orthonormal",
        "tanh, beta=0.1: the estimates",
        "tanh, beta=0.1, orthonormal: the estimates",
    ]
    layers = tables["tanh, beta=0.1"].markdown()
    assert "| 2 | 4.400 nats [4.400, 4.400] |" in layers
    assert "output" not in layers
    estimates = tables["tanh, beta=0.1: the estimates"].markdown()
    assert estimates.splitlines()[0].startswith("| layer | I(X;T) [nats] |")
    assert estimates.splitlines()[-1].startswith("| 2 | 4.4 |")


def test_many_groups_share_their_tables(trained_of):
    conditions = [Condition(beta) for beta in (0.1, 0.2, 0.3, 0.4, 0.5)]
    tables = noisy_tables(readings_of(trained_of(conditions, curves)))
    assert list(tables)[-1] == "The estimates"
    assert len(tables) < 2 * len(conditions)
    rows = [line.split(" | ")[:3] for line in tables["The estimates"].markdown().splitlines()[2:]]
    assert len(rows) == 2 * len(conditions), "a row a group and layer"
    assert rows[3] == ["| tanh, beta=0.2", "2", "4.3"]
    assert "| tanh, beta=0.5 |" in tables["Lost after the peak"].markdown()


def test_theorem_7_stands_beside_the_estimates(trained_of):
    """2 d (2 + β²) / β² over all draws, by hand: 2 · 3 · 2.01 / (0.01 · 200) nats² of layer 2."""
    readings = readings_of(
        trained_of(CONDITIONS[:1], curves), trained_of(CONDITIONS[:1], curves, activation="relu")
    )
    tables = noisy_tables(readings)
    lines = tables["tanh, beta=0.1: the estimates"].markdown().splitlines()
    assert lines[0].endswith("| Monte Carlo (Thm. 7 itself) [nats] |")
    first, last = (float(line.split("|")[-2]) for line in lines[-2:])
    assert last == pytest.approx(np.sqrt(6.03), rel=1e-3)
    assert first == pytest.approx(np.sqrt(8.04), rel=1e-3)
    bits = tables["tanh, beta=0.1: the estimates"].markdown("bits").splitlines()[-1]
    assert float(bits.split("|")[-2]) == pytest.approx(np.sqrt(6.03) / np.log(2), rel=1e-3)
    # Of units without a bound the theorem needs their second moment.
    assert tables["relu, beta=0.1: the estimates"].markdown().endswith("| – |")


def test_each_activation_has_its_figures(trained_of):
    pictures = sweep_figures(
        readings_of(
            trained_of(CONDITIONS, curves), trained_of(CONDITIONS[:1], curves, activation="relu")
        )
    )
    assert sorted(pictures) == [
        f"{name}_{activation}.png"
        for name in ("bin_entropy", "compression", "information")
        for activation in ("relu", "tanh")
    ]
    ticks = pictures["compression_tanh.png"].axes[0].get_xticklabels()
    assert [tick.get_text() for tick in ticks] == ["beta=0.1", "beta=0.1, orthonormal"]
    assert pictures["compression_tanh.png"].axes[0].get_ylabel().endswith("[bits]")


def test_deterministic_networks_stand_beside_the_noisy_ones(trained_of):
    noisy = trained_of(CONDITIONS, curves)
    trained = SimpleNamespace(
        trajectory=None,
        spec=SimpleNamespace(
            hidden_layers=(1, 2),
            task=SimpleNamespace(name="spiral", measured=load("spiral")),
            plane=lambda *_: noisy.groups[0].plane(),
        ),
    )
    own = TrainedGroup(trained, Group("deterministic", (0,), {PLANE: Binned(bin_size=0.1)}))
    readings = readings_of(noisy, others=[own])
    assert readings.deterministic == [own]
    pictures = spiral_figures(readings)
    assert sorted(pictures) == ["bin_entropy.png", "data.png", "information.png"]

    def titles(name):
        axes = pictures[name].axes
        return {each.get_title(loc="left").replace("\n", " ") for each in axes} - {""}

    assert titles("bin_entropy.png") - titles("information.png") == {"deterministic"}
