"""A store for each test: a copy of one that was made once, for making the tables takes seconds."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from mlflow import MlflowClient
from mlflow.tracking._tracking_service import utils

from ib_mlflow.tracking import ensure_store

# The helpers beside this file must have names by which another process can import them.
sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "store.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{path}")
        ensure_store()
        close()
    return path


@pytest.fixture
def store(
    template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[MlflowClient]:
    """A client of a fresh store, in which the active experiment's artifacts are the test's own."""
    shutil.copy(template, tmp_path / "store.db")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'store.db'}")
    monkeypatch.delenv("MLFLOW_RUN_ID", raising=False)
    ensure_store()
    client = MlflowClient()
    experiment = client.create_experiment("test", artifact_location=str(tmp_path / "artifacts"))
    monkeypatch.setenv("MLFLOW_EXPERIMENT_ID", experiment)
    yield client
    close()


@pytest.fixture
def run_id(store: MlflowClient) -> str:
    """A bare run."""
    experiment = store.get_experiment_by_name("test")
    assert experiment is not None
    return str(store.create_run(experiment.experiment_id).info.run_id)


def close() -> None:
    """Close the connections that MLflow keeps for the life of the process."""
    utils._get_store().engine.dispose()
