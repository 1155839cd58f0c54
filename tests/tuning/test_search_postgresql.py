"""Many workers on a real PostgreSQL server, killed and restarted."""

import random
import signal
import time

import pytest
from postgres import pause
from searched import check, computed, exit_codes, kill, meet, opened, run, start, table

from ib_mlflow.tuning import SearchPlan, search

PATIENCE = 120.0
"""Seconds for the next batch of any worker, on a busy machine."""


def batches(logs):
    """How many batches of trials were begun."""
    return sum(log.read_text(encoding="utf-8").count("\n") for log in logs if log.exists()) // 2


@pytest.mark.slow
@pytest.mark.parametrize(("kills", "trials"), [(5, 40), (100, 400)])
def test_eight_workers_meet_a_fresh_database_and_lose_nothing(postgres, tmp_path, kills, trials):
    """Killed workers, a server that is away, and the table of a search that met none of it."""
    uri = postgres.create(f"searched_{kills}")
    answers = [tmp_path / f"{number}" for number in range(8)]
    gate = tmp_path / "gate"
    processes = [start(meet, uri, gate, answer) for answer in answers]
    gate.touch()
    assert exit_codes(processes) == [0] * 8
    assert len({answer.read_text(encoding="utf-8") for answer in answers}) == 1

    chance = random.Random(1)
    plan = SearchPlan(trials=trials, batch=2, workers=4, sampler="qmc", seed=1)
    logs = [tmp_path / f"{number}.log" for number in range(4 + kills)]
    options = [{"pause": 0.4, "log": str(log)} for log in logs]
    processes = [start(run, uri, plan, **options[number]) for number in range(4)]
    begun = logs[:4]
    for turn in range(kills):
        # At the pace of the machine: else those are killed that have not opened the storage yet.
        before = batches(logs)
        deadline = time.monotonic() + PATIENCE
        while batches(logs) == before:
            assert time.monotonic() < deadline, "no worker began another batch"
            time.sleep(0.05)
        time.sleep(chance.uniform(0.0, 1.0))
        victim = chance.randrange(4)
        kill(processes[victim])
        # One that had ended by itself would be no kill.
        assert processes[victim].exitcode == -signal.SIGKILL
        processes[victim] = start(run, uri, plan, **options[4 + turn])
        begun[victim] = logs[4 + turn]
    # A process that opens the storage while it is away says so and ends.
    while not all(log.exists() for log in begun):
        time.sleep(0.05)
    pause(postgres, 3.0, "immediate")
    assert any(process.is_alive() for process in processes)
    assert exit_codes(processes) == [0] * 4
    alone = opened(f"sqlite:///{tmp_path}/alone.db")
    expected = search(alone, SearchPlan(trials=trials, sampler="qmc", seed=1), computed)
    assert table(check(uri, plan)) == table(expected)
