"""One store for the session, for making its tables takes seconds; an experiment for each test."""

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
def uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    address = f"sqlite:///{tmp_path_factory.mktemp('store') / 'mlflow.db'}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", address)
        ensure_store()
        # MLflow keeps its connections for the life of the process.
        engine = utils._get_store().engine
    yield address
    engine.dispose()


@pytest.fixture
def experiment_id(uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The active experiment, of this test alone: its runs and its artifacts are the test's own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    monkeypatch.delenv("MLFLOW_RUN_ID", raising=False)
    name, artifacts = str(tmp_path), str(tmp_path / "artifacts")
    made = str(MlflowClient().create_experiment(name, artifact_location=artifacts))
    monkeypatch.setenv("MLFLOW_EXPERIMENT_ID", made)
    return made


@pytest.fixture
def store(experiment_id: str) -> MlflowClient:
    """A client of the store, the experiment being active."""
    return MlflowClient()


@pytest.fixture
def run_id(store: MlflowClient, experiment_id: str) -> str:
    """A bare run."""
    return str(store.create_run(experiment_id).info.run_id)
