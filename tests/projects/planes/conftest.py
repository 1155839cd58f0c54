"""Planes whose answer is known, and ensembles that were never trained."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from ib_mlflow.studies.running.groups import PLANE, Group
from ib_mlflow.studies.running.training import Trained
from ib_mlflow.trajectory import Guides, Trajectory

GUIDES = Guides(h_x=8.0, h_y=0.69, i_xy=0.69)
EPOCHS = (0, 10, 100, 1000)
MEMBERS = 12
Measured = tuple[dict[str, Any], Trajectory]
"""A group's parameters, and its plane."""


@pytest.fixture(scope="session")
def plane() -> Callable[..., Trajectory]:
    """A curve a layer, alike in all members but for a shift; some members diverge."""

    def build(*layers: Any, lost: tuple[int, ...] = (), setting: str = "0.07") -> Trajectory:
        shift = np.linspace(0, 0.01, MEMBERS)[:, None, None]
        curves = np.stack([np.asarray(layer, np.float64) for layer in layers], axis=-1)[None]
        i_x = curves * (1 + (shift - 0.005) / 5) + shift
        i_x[list(lost), 2:] = np.nan
        return Trajectory.from_arrays(
            i_x,
            i_x / 20,
            epochs=EPOCHS,
            n=3000,
            guides=GUIDES,
            estimator="binned",
            setting=f"bin_size={setting}",
        )

    return build


@pytest.fixture(scope="session")
def trained() -> Callable[..., Trained]:
    """An ensemble of one task and activations, with a group for each plane."""

    def build(
        name: str,
        activations: tuple[str, ...],
        planes: dict[str, Measured],
    ) -> Trained:
        groups = {
            group: Group(group, (0,), {PLANE: SimpleNamespace()}, parameters=parameters)
            for group, (parameters, _) in planes.items()
        }
        spec = SimpleNamespace(
            name=name,
            task=SimpleNamespace(
                name=name.split()[0], guides=GUIDES, validation_set=SimpleNamespace(n=819)
            ),
            activations=activations,
            hidden_layers=tuple(range(1, len(activations) + 1)),
            groups=list(groups.values()),
            plane=lambda _, group, role: planes[group.name][1],
        )
        return Trained(spec, None, None)

    return build
