"""Curves whose answer is known, of groups that were never trained."""

from types import SimpleNamespace

import numpy as np
import pytest

from ib_mlflow.trajectory import Guides, Trajectory

EPOCHS = (0, 1, 10, 20, 100, 200, 1000)
MEMBERS = 12
SHIFT = np.linspace(-0.004, 0.004, MEMBERS)


@pytest.fixture(scope="session")
def plane():
    """Two hidden layers alike and an output, of twelve members that differ a little."""

    def build(i_x, i_y, *, lost=(), last_layer=None, **learning):
        curves = [np.broadcast_to(np.asarray(of, np.float64), len(EPOCHS)) for of in (i_x, i_y)]
        i_x, i_y = (
            np.repeat(curve[None, :, None] + SHIFT[:, None, None], 3, axis=2) for curve in curves
        )
        for member in lost:
            i_x[member, -1] = i_y[member, -1] = np.nan
        scores = {
            name: np.broadcast_to(np.asarray(of, np.float64), len(EPOCHS)) + SHIFT[:, None] / 10
            for name, of in learning.items()
        }
        return Trajectory.from_arrays(
            i_x,
            i_y,
            epochs=EPOCHS,
            n=4096,
            guides=Guides(8.3, 0.69, 0.69),
            estimator="binned",
            setting="bin_size=0.07",
            learning=scores,
        )

    return build


@pytest.fixture(scope="session")
def group_of():
    """A group whose plane is given."""

    def build(name, plane, **group):
        task = SimpleNamespace(train_set=SimpleNamespace(n=200, c=2))
        return SimpleNamespace(
            name=name,
            last_hidden=2,
            plane=lambda: plane,
            group=SimpleNamespace(**group),
            trained=SimpleNamespace(spec=SimpleNamespace(task=task)),
        )

    return build
