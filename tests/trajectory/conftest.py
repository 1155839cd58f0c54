"""Tables made by hand."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from ib_mlflow.trajectory import Guides, Trajectory

GUIDES = Guides(h_x=5.0, h_y=1.0, i_xy=1.0)
ROW = {
    "member": 0,
    "epoch": 0,
    "layer": 1,
    "estimator": "binned",
    "setting": "bin_size=0.07",
    "i_x": 2.0,
    "i_x_se": 0.0,
    "i_y": 0.5,
    "i_y_se": 0.0,
    "n": 8,
    "kind": "point",
    "saturated": False,
    "reliable": True,
    "train_loss": 0.7,
    "train_accuracy": 0.5,
    "val_loss": np.nan,
    "val_accuracy": np.nan,
}

Rows = Callable[..., pd.DataFrame]
Curves = Callable[..., Trajectory]


@pytest.fixture(scope="session")
def rows() -> Rows:
    """Build rows that differ from a valid one by the changes."""

    def build(*changes: dict[str, object]) -> pd.DataFrame:
        return pd.DataFrame([ROW | change for change in changes])

    return build


@pytest.fixture(scope="session")
def curves() -> Curves:
    """Build a trajectory of one layer per entry: a list of lists over epochs per member."""

    def build(i_x: object, i_y: object = None, *, epochs: object, **learning: object) -> Trajectory:
        x = np.asarray(i_x, dtype=float)
        y = x / 10 if i_y is None else np.asarray(i_y, dtype=float)
        return Trajectory.from_arrays(
            x, y, epochs=epochs, n=150, guides=GUIDES, estimator="binned", setting="bin_size=0.07",
            learning=learning,
        )  # fmt: skip

    return build
