"""Made-up ensembles that the tests of figures share."""

import sys
from pathlib import Path

import pytest

from ib_mlflow.trajectory import Trajectory

sys.path.insert(0, str(Path(__file__).parent))  # for the modules that tests share

from made_up import ensemble


@pytest.fixture(scope="session")
def small() -> Trajectory:
    return ensemble(members=5, layers=4, last=300, count=25)


@pytest.fixture(scope="session")
def sweep() -> dict[str, Trajectory]:
    """Two activations by four bin sizes."""
    return {
        f"{name}, bin size {size}": ensemble(
            members=3, layers=4, last=1000, count=12, seed=seed, bin_size=size, compress=compress
        )
        for seed, (name, compress) in enumerate([("tanh", 1.0), ("relu", 0.1)])
        for size in (0.01, 0.07, 0.15, 0.3)
    }
