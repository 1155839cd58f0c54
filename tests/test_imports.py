"""What the library needs: networks are trained and measured without what only studies ask for."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROOMS = [
    "ib_mlflow",
    "ib_mlflow.data",
    "ib_mlflow.information",
    "ib_mlflow.networks",
    "ib_mlflow.training",
    "ib_mlflow.training.decoders",
    "ib_mlflow.training.fitting",
    "ib_mlflow.trajectory",
]
HEAVY = [
    "mlflow",
    "dask",
    "distributed",
    "pydantic",
    "optuna",
    "matplotlib",
    "plotly",
    "sklearn",
    "pooch",
    "filelock",
]
PROGRAM = """
import importlib, sys
for name in {absent}:
    sys.modules[name] = None
for name in {rooms}:
    importlib.import_module(name)
print([name for name in {heavy} if sys.modules.get(name) is not None])
"""


def imported(*, absent: list[str]) -> str:
    program = PROGRAM.format(absent=absent, rooms=ROOMS, heavy=HEAVY)
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_studies_alone_import_what_tracks_and_draws() -> None:
    assert imported(absent=[]) == "[]"


def test_what_only_studies_need_may_be_absent() -> None:
    """PyArrow too, which pandas takes where it is there."""
    assert imported(absent=[*HEAVY, "pyarrow", "hypothesis", "yaml", "tqdm"]) == "[]"
