"""Databases that are locked, a disk that is full, and the same command twice at once."""

import sqlite3
import time
from contextlib import closing

LOCKED_SECONDS = 6


def test_databases_that_are_locked_for_seconds_are_waited_for(place, complete):
    process = place.start()
    place.wait_for(lambda: len(place.finished()) > 0, process)
    files = [place.database, place.folder / "optuna.db"]
    for file in files:
        with closing(sqlite3.connect(file, timeout=30, isolation_level=None)) as connection:
            connection.execute("BEGIN EXCLUSIVE")
            time.sleep(LOCKED_SECONDS / len(files))
            connection.execute("ROLLBACK")
    printed, _ = process.communicate(timeout=300)
    assert process.returncode == 0, printed
    complete(place)


def test_a_file_that_may_not_grow_ends_the_command_and_the_same_command_completes(place, complete):
    largest = place.database.stat().st_size + 2**16
    code, printed = place.run(largest=largest)
    assert code not in (0, None), printed
    assert "FINISHED" not in {study.info.status for study in place.studies()}
    code, printed = place.run()
    assert code == 0, printed
    complete(place)


def test_two_identical_commands_at_once_count_no_point_twice(place, complete):
    processes = [place.start(), place.start()]
    for process in processes:
        printed, _ = process.communicate(timeout=300)
        assert process.returncode == 0, printed
    assert [study.info.status for study in place.studies()] == ["FINISHED"] * 2
    complete(place)
