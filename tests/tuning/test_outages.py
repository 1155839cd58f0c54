import pytest
import sqlalchemy
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
    began, ended = (record.getMessage() for record in caplog.records)
    assert began.endswith("does not answer; trying again")
    assert ended.endswith("answers again")


def test_a_storage_that_stays_away_is_one_line(monkeypatch):
    monkeypatch.setattr(outages, "PATIENCE_SECONDS", -1.0)

    def away():
        raise StorageInternalError("postgresql://bob:Hidden12@db is away")

    with pytest.raises(StorageError, match="type the command again") as caught:
        outages.patiently(away)
    assert "Hidden12" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_a_full_disk_is_said_at_once(tmp_path):
    engine = sqlalchemy.create_engine(f"sqlite:///{tmp_path / 'full.db'}")
    waits = []

    def fill():
        waits.append(1)
        with engine.begin() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count = 2")  # a disk of two pages
            connection.exec_driver_sql("CREATE TABLE numbers (text)")
            connection.exec_driver_sql("INSERT INTO numbers VALUES (?)", ("x" * 10**5,))

    with pytest.raises(StorageError, match="Make room on the disk") as caught:
        outages.patiently(fill)
    assert "\n" not in str(caught.value)
    assert waits == [1]
    engine.dispose()
