"""A client of the tests' store, and helpers that other processes import."""

import sys
from pathlib import Path

import pytest
from mlflow import MlflowClient

# The helpers beside this file must have names by which another process can import them.
sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def store(experiment_id: str) -> MlflowClient:
    """A client of the store, the experiment being active."""
    return MlflowClient()


@pytest.fixture
def run_id(store: MlflowClient, experiment_id: str) -> str:
    """A bare run."""
    return str(store.create_run(experiment_id).info.run_id)
