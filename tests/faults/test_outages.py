"""Databases that are locked, a disk that is full, and the same command twice at once."""

import shutil
import sqlite3
import subprocess
import time
from contextlib import closing

import pytest
from commands import spawn

MEBIBYTE = 2**20


def lock_in_turn(place, seconds):
    """Lock both databases while the command is at work, and let it end."""
    process = place.start()
    place.wait_for(lambda: len(place.finished()) > 0, process)
    for file in (place.database, place.folder / "optuna.db"):
        with closing(sqlite3.connect(file, timeout=30, isolation_level=None)) as connection:
            connection.execute("BEGIN EXCLUSIVE")
            time.sleep(seconds)
            connection.execute("ROLLBACK")
    printed, _ = process.communicate(timeout=300)
    assert process.returncode == 0, printed


def test_databases_that_are_locked_for_seconds_are_waited_for(forked, complete):
    lock_in_turn(forked, 3)
    complete(forked)


@pytest.mark.slow
def test_databases_that_are_locked_for_a_minute_are_waited_for(typed, complete):
    lock_in_turn(typed, 60)
    complete(typed)


def test_a_file_that_may_not_grow_ends_the_command_and_the_same_command_completes(forked, complete):
    largest = forked.database.stat().st_size + 2**16
    code, printed = forked.run(trouble={"largest": largest})
    assert code not in (0, None), printed
    assert "FINISHED" not in {study.info.status for study in forked.studies()}
    code, printed = forked.run()
    assert code == 0, printed
    complete(forked)


@pytest.fixture
def small_disk(tmp_path):
    """A disk in memory with one mebibyte beside what MLflow's tables take; it may be enlarged."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    command = [mount or "mount", "-t", "tmpfs", "-o", f"size={3 * MEBIBYTE}", "tmpfs", str(folder)]
    if mount is None or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("a disk of its own can be mounted by an administrator only")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.mark.slow
def test_a_disk_that_is_full_ends_the_command_and_the_same_command_completes(
    small_disk, make_place, complete
):
    place = make_place(small_disk / "place", spawn)
    with (small_disk / "other").open("wb") as other:  # leaves a mebibyte
        other.write(bytes(shutil.disk_usage(small_disk).free - MEBIBYTE))
    code, printed = place.run()
    assert code not in (0, None), printed
    assert "Traceback" not in printed
    assert [study.info.status for study in place.studies()] == ["FAILED"]
    assert "RUNNING" not in {run.info.status for run in place.runs()}
    (small_disk / "other").unlink()
    size = f"remount,size={64 * MEBIBYTE}"
    subprocess.run(["mount", "-o", size, str(small_disk)], check=True)
    code, printed = place.run()
    assert code == 0, printed
    complete(place)


def test_two_identical_commands_at_once_count_no_point_twice(forked, complete):
    processes = [forked.start(), forked.start()]
    for process in processes:
        printed, _ = process.communicate(timeout=300)
        assert process.returncode == 0, printed
    assert [study.info.status for study in forked.studies()] == ["FINISHED"] * 2
    complete(forked)
