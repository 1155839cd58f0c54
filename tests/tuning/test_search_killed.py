"""Searches by real processes that are killed: nothing is lost, nothing is counted twice."""

import random
import time
from collections import Counter

import pytest
from searched import GRID, TEXT, check, computed, exit_codes, kill, opened, run, start, table

from ib_mlflow.tuning import Candidate, SearchPlan, search


@pytest.mark.parametrize(
    ("sampler", "pruner"),
    [
        ("tpe", "hyperband"),
        pytest.param("qmc", "none", marks=pytest.mark.slow),
        pytest.param("grid", "none", marks=pytest.mark.slow),
    ],
)
def test_one_worker_killed_at_any_time_equals_one_that_was_not(tmp_path, sampler, pruner):
    space = GRID if sampler == "grid" else TEXT
    plan = SearchPlan(trials=12, batch=3, sampler=sampler, pruner=pruner, seed=2)
    whole = search(opened(f"sqlite:///{tmp_path}/whole.db", space), plan, computed)
    uri, chance = f"sqlite:///{tmp_path}/killed.db", random.Random(0)
    killed = 0
    for _ in range(3):
        process = start(run, uri, plan, space=space, pause=0.1, log=str(tmp_path / "log"))
        wait_for_line(tmp_path / "log", process)
        time.sleep(chance.uniform(0.0, 0.6))
        killed += process.is_alive()
        kill(process)
    assert killed >= 2
    assert table(check(uri, plan, space)) == table(whole)


def wait_for_line(log, process, seconds=60.0):
    """Wait until a process has begun a batch, or has ended."""
    before = log.read_text(encoding="utf-8") if log.exists() else ""
    deadline = time.monotonic() + seconds
    while process.is_alive() and time.monotonic() < deadline:
        if log.exists() and log.read_text(encoding="utf-8") != before:
            return
        time.sleep(0.01)


@pytest.mark.slow
def test_several_processes_compute_what_was_asked_for_and_no_more(tmp_path):
    uri = f"sqlite:///{tmp_path}/optuna.db"
    plan = SearchPlan(trials=20, batch=2, workers=3, sampler="random", seed=1)
    processes = [
        start(run, uri, plan, pause=0.02, log=str(tmp_path / f"{n}.log")) for n in range(3)
    ]
    assert exit_codes(processes) == [0, 0, 0]
    outcome = check(uri, plan)
    lines = [line for n in range(3) for line in log_lines(tmp_path / f"{n}.log")]
    assert sorted(int(line.split()[0]) for line in lines) == list(range(20))
    alone = opened(f"sqlite:///{tmp_path}/alone.db")
    expected = search(alone, SearchPlan(trials=20, sampler="random", seed=1), computed)
    assert table(outcome) == table(expected)


def log_lines(path):
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


@pytest.mark.slow
def test_workers_that_are_killed_lose_no_trial(tmp_path):
    uri, chance = f"sqlite:///{tmp_path}/optuna.db", random.Random(3)
    plan = SearchPlan(trials=24, batch=2, workers=3, sampler="qmc", seed=1)
    processes = [start(run, uri, plan, pause=0.1, log=str(tmp_path / "log")) for _ in range(3)]
    for _ in range(6):
        time.sleep(chance.uniform(0.5, 1.5))
        victim = chance.randrange(3)
        kill(processes[victim])
        processes[victim] = start(run, uri, plan, pause=0.1, log=str(tmp_path / "log"))
    assert exit_codes(processes) == [0, 0, 0]
    alone = opened(f"sqlite:///{tmp_path}/alone.db")
    expected = search(alone, SearchPlan(trials=24, sampler="qmc", seed=1), computed)
    assert table(check(uri, plan)) == table(expected)


@pytest.mark.slow
def test_two_commands_at_once_share_the_work(tmp_path):
    uri = f"sqlite:///{tmp_path}/optuna.db"
    plan = SearchPlan(trials=10, batch=2, sampler="tpe")
    processes = [start(run, uri, plan, pause=0.02, log=str(tmp_path / "log")) for _ in range(2)]
    assert exit_codes(processes) == [0, 0]
    check(uri, plan)
    numbers = Counter(int(line.split()[0]) for line in log_lines(tmp_path / "log"))
    assert numbers == dict.fromkeys(range(10), 1)


@pytest.mark.slow
def test_under_an_adaptive_sampler_each_trial_equals_a_rerun_of_its_parameters(tmp_path):
    uri = f"sqlite:///{tmp_path}/optuna.db"
    plan = SearchPlan(trials=16, batch=2, workers=2, sampler="tpe")
    processes = [start(run, uri, plan, pause=0.02) for _ in range(2)]
    assert exit_codes(processes) == [0, 0]
    study = opened(uri)
    for number, trial in check(uri, plan).trials.items():
        candidate = Candidate(number, study.space.read(trial.params))
        assert computed([candidate])[0].values == tuple(trial.values)
