"""What holds for every test, and a store of runs for those that need one."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from mlflow import MlflowClient
from mlflow.tracking._tracking_service import utils

from ib_mlflow.tracking import ensure_store

# The servers that several rooms' tests start.
sys.path.insert(0, str(Path(__file__).parent))

from postgres import Postgres, postgres_server

# The machine may be busy; how long an example takes is no property of the code. The suite says the
# same of the same code; `pytest --hypothesis-profile=explore` looks at examples not seen before.
settings.register_profile("suite", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None, max_examples=200)
settings.load_profile("suite")


@pytest.fixture(scope="session")
def uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One store for the session, for making its tables takes seconds; each test has its runs."""
    address = f"sqlite:///{tmp_path_factory.mktemp('store') / 'mlflow.db'}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", address)
        ensure_store()
        # MLflow keeps its connections for the life of the process.
        engine = utils._get_store().engine
    yield address
    engine.dispose()


@pytest.fixture(autouse=True)
def no_store_is_left_behind() -> Iterator[None]:
    """What `mlflow.set_tracking_uri` sets goes before the environment, in all tests to come."""
    before = utils._tracking_uri
    yield
    left, utils._tracking_uri = utils._tracking_uri, before
    assert left == before, f"the test leaves {left} as MLflow's store; set MLFLOW_TRACKING_URI"


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


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server for the session; each test has databases of its own."""
    with postgres_server() as server:
        yield server
