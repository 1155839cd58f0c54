import runpy
from pathlib import Path

import pytest

from ib_mlflow.tracking import store as module


def test_the_command_makes_the_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[bool] = []
    monkeypatch.setattr(module, "ensure_store", lambda: made.append(True))
    runpy.run_module("ib_mlflow.tracking", run_name="__main__")
    assert made == [True]
