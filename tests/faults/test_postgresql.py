"""Searches with runs of MLflow on a PostgreSQL server that restarts, or by workers that die."""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from commands import Command, fork
from mlflow.tracking._tracking_service import utils
from places import Place
from postgres import Postgres

from ib_mlflow.tracking import ensure_store

pytestmark = pytest.mark.slow
KEPT = 12
"""Trials that are held against those of a search that was left alone."""
PATIENCE = 300.0
"""Seconds for further trials of any worker, on a busy machine."""
AWAY = ("the tracking store is away", "the storage of the Optuna study does not answer")
TWICE = """
    SELECT run_uuid, key, step, count(*) FROM metrics GROUP BY run_uuid, key, step
    HAVING count(*) > 1
"""
POINTS = """
    SELECT runs.name, metrics.key, count(*) FROM metrics JOIN runs USING (run_uuid)
    WHERE runs.status = 'FINISHED' AND runs.name LIKE 'trial %' GROUP BY 1, 2
"""


@pytest.fixture(scope="module")
def tables(postgres: Postgres) -> str:
    """The name of a database with MLflow's tables; making them takes a while."""
    uri = postgres.create("tables")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", uri)
        ensure_store()
        utils._get_store().engine.dispose()
    return "tables"


@pytest.fixture
def served(postgres: Postgres, tables: str, tmp_path: Path) -> Iterator[tuple[Place, str]]:
    """A place whose stores are two databases of one server, and the name of MLflow's."""
    name = f"runs_{tmp_path.name[-8:].lower().replace('-', '_')}"
    postgres.execute(f"CREATE DATABASE {name} TEMPLATE {tables}")
    folder = tmp_path / "place"
    folder.mkdir()
    yield Place(folder, postgres.uri(name), postgres.create(f"{name}_optuna"), fork), name
    utils._get_store(postgres.uri(name)).engine.dispose()


def workers(process: Command) -> list[int]:
    """The processes that a command spreads its search over."""
    pid = process.pid
    children = Path(f"/proc/{pid}/task/{pid}/children")
    if not children.exists():
        return []
    found = map(int, children.read_text().split())
    return [child for child in found if b"spawn_main" in words_of(child)]


def words_of(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def kill(pid: int) -> None:
    """As by kill -9; a worker that has ended by itself is none."""
    os.kill(pid, signal.SIGKILL)


def tables_of(postgres: Postgres, name: str) -> set[object]:
    """The names of a database's tables."""
    query = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
    return {table for (table,) in postgres.execute(query, name)}


def check_counts(place: Place, postgres: Postgres, name: str, trials: int) -> None:
    """Check that exactly what was asked for has ended, once, and no point stands twice."""
    ended = [trial for trial in place.trials() if trial.state.name != "FAIL"]
    assert Counter(trial.state.name for trial in ended) == {"COMPLETE": trials}
    assert sorted(trial.user_attrs["number"] for trial in ended) == list(range(trials))
    assert not [run for run in place.runs() if run.info.status == "RUNNING"]
    assert Counter(run.info.run_name for run in place.finished()) == Counter(
        f"trial {number}" for number in range(trials)
    )
    assert postgres.execute(TWICE, name) == []
    by_trial: dict[object, dict[object, object]] = {}
    for trial, key, points in postgres.execute(POINTS, name):
        by_trial.setdefault(trial, {})[key] = points
    assert len(by_trial) == trials
    first = by_trial["trial 0"]
    assert all(points == first for points in by_trial.values())


def check_like_alone(place: Place, make_place, folder: Path) -> None:
    """Check that the first trials are those of a search that was left alone, bit for bit."""
    alone = make_place(folder / "alone", fork)
    code, printed = alone.run(sampler="qmc", trials=KEPT)
    assert code == 0, printed
    (whole,) = alone.studies()
    done = next(study for study in place.studies() if study.info.status == "FINISHED")
    pd.testing.assert_frame_equal(place.table(done).head(KEPT), alone.table(whole))
    curves = place.curves()
    for trial, table in alone.curves().items():
        pd.testing.assert_frame_equal(table, curves[trial])


def test_a_server_that_restarts_in_the_middle_is_waited_for(served, postgres, make_place, tmp_path):
    place, name = served
    process = place.start(sampler="qmc", trials=KEPT)
    place.wait_for(lambda: len(place.finished()) > 1, process)
    postgres.stop("immediate")
    try:
        place.wait_for(lambda: any(line in process.printed() for line in AWAY), process)
    finally:
        postgres.start()
    printed, _ = process.communicate(timeout=300)
    assert process.returncode == 0, printed
    check_counts(place, postgres, name, KEPT)
    check_like_alone(place, make_place, tmp_path)


@pytest.mark.parametrize("kills", [5, 100])
def test_workers_and_commands_killed_at_random_lose_and_double_nothing(
    served, postgres, make_place, tmp_path, kills
):
    """Nine of ten kills are of a worker, one is of the whole command."""
    (place, name), chance, trials = served, random.Random(4), 4 * kills + KEPT
    search = {"sampler": "qmc", "trials": trials, "workers": 3}

    def ended() -> int:
        states = "SELECT count(*) FROM trials WHERE state = 'COMPLETE'"
        ((count,),) = postgres.execute(states, f"{name}_optuna")
        return count

    process, done, commands = place.start(**search), 0, 1
    place.wait_for(lambda: len(workers(process)) == 3, process)
    place.wait_for(lambda: "trials" in tables_of(postgres, f"{name}_optuna"), process)
    while done < kills:
        before, deadline = ended(), time.monotonic() + PATIENCE
        # At the pace of the machine: else those are killed that have not begun yet.
        while ended() < before + 2 and process.poll() is None:
            assert time.monotonic() < deadline, "no worker ended another trial"
            time.sleep(0.05)
        time.sleep(chance.uniform(0.0, 1.0))
        living = workers(process)
        if process.poll() is not None:
            # An item that was killed three times ends the command, which says so.
            printed, _ = process.communicate()
            assert process.returncode == 1, printed
            assert "SIGKILL" in printed
            process, commands = place.start(**search), commands + 1
        elif done % 10 == 9:
            process.send_signal(signal.SIGKILL)
            process.communicate(timeout=60)
            assert process.returncode == -signal.SIGKILL, "it ended before it was killed"
            process, commands, done = place.start(**search), commands + 1, done + 1
        elif living:
            kill(chance.choice(living))
            done += 1
    printed, _ = process.communicate(timeout=600)
    if process.returncode == 1 and "SIGKILL" in printed:
        code, printed = place.run(**search)
        commands += 1
        assert code == 0, printed
    else:
        assert process.returncode == 0, printed
    assert len(place.studies()) == commands
    check_counts(place, postgres, name, trials)
    check_like_alone(place, make_place, tmp_path)
