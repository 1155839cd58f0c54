"""Trained networks whose curves are known, one curve for each condition and seed."""

from functools import partial
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from ib_mlflow.information import Binned, SamplePropagation
from ib_mlflow.networks import mlp
from ib_mlflow.studies.checkpoints.distances import Clusters
from ib_mlflow.studies.running.ensembles import DescentSpec, EnsembleSpec
from ib_mlflow.studies.running.groups import PLANE, Condition, Group
from ib_mlflow.studies.running.training import Trained
from ib_mlflow.training import Schedule
from ib_mlflow.trajectory import LEARNING, Guides, Trajectory
from projects.noise.networks import BINNED, child_name
from projects.noise.readings import NoisyGroup

EPOCHS = (0, 10, 50, 100, 1000)
GUIDES = Guides(h_x=8.3, h_y=0.69, i_xy=0.69)
SEEDS = tuple(range(8))
FREE = Condition(beta=0.005)


def trajectory(curves, estimator, **columns):
    """What an estimator measured: curves (t, l) by member."""
    i_x = np.stack([curves[member] for member in sorted(curves)])
    rows = Trajectory.from_arrays(
        i_x,
        np.full_like(i_x, 0.5),
        epochs=EPOCHS,
        n=4096,
        guides=GUIDES,
        estimator=estimator.name,
        setting=estimator.setting,
    ).frame
    for name, value in columns.items():
        rows[name] = value(rows) if callable(value) else value
    return rows


@pytest.fixture
def trained_of():
    """Trains nothing: gives every member of some conditions the curves that it is said to have."""

    def trained(conditions, curves, *, binned=None, seeds=SEEDS, activation="tanh", **columns):
        propagation = SamplePropagation(repeats=4, n_queries=200)
        groups = [
            Group(
                child_name(activation, condition),
                seeds,
                {PLANE: propagation, BINNED: Binned(bin_size=10 * condition.beta)},
                condition=condition,
                parameters={"beta": condition.beta},
            )
            for condition in conditions
        ]
        spec = EnsembleSpec(
            activation,
            SimpleNamespace(
                guides=GUIDES, name="szt", measured=None, validation_set=SimpleNamespace(n=819)
            ),
            partial(mlp, (12, 4, 3, 2)),
            Schedule.of(EPOCHS),
            DescentSpec(0.05, 256),
            groups,
            (activation,) * 2,
        )
        members = dict(enumerate(spec.members))
        parts = [
            trajectory({m: curves(*who) for m, who in members.items()}, propagation, **columns)
        ]
        for condition in conditions:
            of_bins = {m: (binned or curves)(*who) for m, who in members.items()}
            learnt = {name: columns[name] for name in columns if name in LEARNING}
            parts.append(trajectory(of_bins, Binned(bin_size=10 * condition.beta), **learnt))
        table = pd.concat(parts, ignore_index=True).drop_duplicates(
            ["member", "epoch", "layer", "estimator", "setting"]
        )
        return Trained(spec, Trajectory(table, GUIDES), None)

    return trained


@pytest.fixture
def noisy_group(trained_of):
    """Eight networks of two hidden layers with given curves, alike but for a shift."""

    def group(first, last, *, condition=FREE, binned=None, **columns):
        def shifted(*layers):
            curves = np.stack(layers, axis=-1)
            return lambda _, seed: curves * (1 + (seed - 3.5) / 1000) + 0.1 * seed / 7

        trained = trained_of(
            [condition],
            shifted(first, last),
            binned=None if binned is None else shifted(first, binned),
            **columns,
        )
        (own,) = trained.groups
        return NoisyGroup(own, Clusters(own.members, (), pd.DataFrame(), pd.DataFrame(), {}))

    return group
