"""Helpers of searches that other processes import, by name."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def storage_uri(tmp_path: Path) -> str:
    """A storage that is not there yet."""
    return f"sqlite:///{tmp_path}/optuna.db"
