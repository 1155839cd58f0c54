from types import SimpleNamespace

import numpy as np
import pytest

from ib_mlflow.trajectory import Guides, Trajectory
from projects.noise.mnist_noise.configuration import Configuration
from projects.noise.mnist_noise.measures import Dynamics, Similarities
from projects.noise.mnist_noise.readings import Versions

MEMBERS, HELD_OUT = 6, 1000
NOISES = {"noisy, beta=0.05": 0.05, "noisy, beta=0.1": 0.1, "noisy, beta=0.5": 0.5}


@pytest.fixture(scope="session")
def plane():
    """Makes a trajectory of six members that ends with so many errors of a thousand."""

    def build(wrong):
        accuracy = 1 - np.stack([np.full(MEMBERS, 900.0), np.asarray(wrong)], axis=1) / HELD_OUT
        ones = np.ones((MEMBERS, 2, 1))
        return Trajectory.from_arrays(
            ones,
            0.5 * ones,
            epochs=[0, 9],
            n=HELD_OUT,
            guides=Guides(h_x=6.9, h_y=2.3, i_xy=2.3),
            estimator="binned",
            setting="",
            learning={"val_accuracy": accuracy},
        )

    return build


@pytest.fixture(scope="session")
def versions_of():
    """Makes readings of planes by name, and of what else was measured."""

    def build(
        names=(), planes=None, *, table=None, overlaps=None, slopes=None, histograms=None,
        input_entropy=0.0,
        parameters=("--scale", "quick"),
    ):  # fmt: skip
        configuration = Configuration.parse([*parameters, "--held_out", str(HELD_OUT)])
        planes = planes or dict.fromkeys(names)
        groups = [
            SimpleNamespace(
                name=name,
                group=SimpleNamespace(condition=SimpleNamespace(beta=NOISES.get(name, 0.0))),
            )
            for name in planes
        ]
        return Versions(
            SimpleNamespace(configuration=configuration, groups=groups, planes=planes),
            Similarities({}, table),
            Dynamics(slopes, overlaps, histograms),
            input_entropy,
        )

    return build
