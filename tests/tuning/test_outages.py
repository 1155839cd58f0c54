import pytest
from optuna.exceptions import StorageInternalError

from ib_mlflow.errors import StorageError
from ib_mlflow.tuning import outages


def test_a_storage_that_comes_back_was_waited_for(monkeypatch, caplog):
    monkeypatch.setattr(outages, "PAUSE_SECONDS", 0.0)
    left = 3

    def answer():
        nonlocal left
        left -= 1
        if left:
            raise StorageInternalError
        return "here"

    assert outages.patiently(answer) == "here"
    assert len(caplog.records) == 1


def test_a_storage_that_stays_away_is_one_line(monkeypatch):
    monkeypatch.setattr(outages, "PATIENCE_SECONDS", -1.0)

    def away():
        raise StorageInternalError("postgresql://bob:Hidden12@db is away")

    with pytest.raises(StorageError, match="type the command again") as caught:
        outages.patiently(away)
    assert "Hidden12" not in str(caught.value)
    assert caught.value.__suppress_context__
