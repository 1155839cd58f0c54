import numpy as np
import pytest

from ib_mlflow.trajectory import Guides, Trajectory


@pytest.fixture(scope="session")
def plane():
    """Makes a plane of a curve a layer, alike in twelve members but for a shift."""

    def build(*layers, bin_size=0.07):
        shift = np.linspace(0, 0.01, 12)[:, None, None]
        i_x = np.stack([np.asarray(layer, np.float64) for layer in layers], axis=-1)[None] + shift
        return Trajectory.from_arrays(
            i_x,
            i_x / 20,
            epochs=(0, 10, 100, 1000),
            n=3000,
            guides=Guides(h_x=8.0, h_y=0.69, i_xy=0.69),
            estimator="binned",
            setting=f"bin_size={bin_size}",
        )

    return build
