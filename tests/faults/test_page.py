"""The page *What survives what* says what the tests beside it assert, and nothing else.

`python tests/faults/test_page.py` writes it.
"""

import ast
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "how-to" / "what-survives-what.md"


class Fault(NamedTuple):
    """What happens to a search, what its stores say then, and the test that asserts it."""

    what: str
    exit_code: str
    run: str
    trial: str
    test: str


SIGNALS = "test_signals.py::test_a_command_that_is_ended_in_four_ways_goes_on_and_ends_alike"
FAULTS = [
    Fault("SIGTERM", "143", "KILLED", "not RUNNING; begun again", SIGNALS),
    Fault("SIGINT (Ctrl-C)", "that of the signal", "KILLED", "not RUNNING; begun again", SIGNALS),
    Fault("SIGHUP (a closed terminal)", "129", "KILLED", "not RUNNING; begun again", SIGNALS),
    Fault(
        "SIGKILL",
        "that of the signal",
        "RUNNING, until the same command is given",
        "RUNNING, until the same command is given",
        SIGNALS,
    ),
    Fault(
        "both databases locked by another program, 3 s each (and 60 s, in a slow test)",
        "0",
        "FINISHED",
        "COMPLETE",
        "test_outages.py::test_databases_that_are_locked_for_seconds_are_waited_for",
    ),
    Fault(
        "a limit on the size of files, which MLflow's database reaches",
        "not 0",
        "not FINISHED",
        "COMPLETE, once the same command was given",
        "test_outages.py::"
        "test_a_file_that_may_not_grow_ends_the_command_and_the_same_command_completes",
    ),
    Fault(
        "a disk that is full (a small tmpfs)",
        "not 0, and one line that says so",
        "FAILED",
        "COMPLETE, once the same command was given",
        "test_outages.py::test_a_disk_that_is_full_ends_the_command_and_the_same_command_completes",
    ),
    Fault(
        "the same command twice at once",
        "0 and 0",
        "FINISHED, both",
        "COMPLETE, each point once",
        "test_outages.py::test_two_identical_commands_at_once_count_no_point_twice",
    ),
    Fault(
        "a point that the study refuses",
        "0",
        "FINISHED; the point has no run",
        "FAIL, for good, with the reason",
        "test_trials_that_fail.py::test_a_point_that_the_study_refuses_fails_and_the_others_go_on",
    ),
    Fault(
        "a point whose networks all diverge",
        "0",
        "FINISHED; that of the point FAILED",
        "FAIL, for good, with the reason",
        "test_trials_that_fail.py::"
        "test_a_point_whose_networks_all_diverge_fails_and_the_others_go_on",
    ),
]
SERVERS = [
    Fault(
        "the server is gone for good, and 20 s later SIGTERM",
        "143 within 30 s; lines say that the store is away, and that the same command goes on",
        "RUNNING, until the same command is given to a server again",
        "every picture is there",
        "test_servers.py::test_a_server_that_is_gone_is_said_and_the_study_obeys_and_goes_on_later",
    ),
    Fault(
        "the same command twice at once",
        "0 and 0",
        "FINISHED, both",
        "one child run, computed once",
        "test_servers.py::test_two_commands_at_once_compute_a_child_once",
    ),
]
WORKERS = [
    Fault(
        "5 kills of one of the four processes at random times, each followed "
        "by the same command, and then a crash of the server, away for 3 s",
        "that of the signal; 0 of those that are left",
        "none: the objective is a formula",
        "COMPLETE or PRUNED, each point once, as in a search that was left alone; none RUNNING",
        "../tuning/test_search_postgresql.py::"
        "test_eight_workers_meet_a_fresh_database_and_lose_nothing",
    ),
]
HEAD = """\
# What survives what

A search (`tune`, one worker, the sampler `random`; of the last two rows `grid`) on SQLite, in a
process of its own, and what happened to it. Where the command was ended, the same command
completed the job. In each case but the last two the table of trials and every trial's trajectory
were in the end those of a search that was left alone, bit for bit; every trial counted once, no
metric had a step twice, and no run was left RUNNING.

| what happens | exit code | the run at work | its trial in Optuna | in `tests/faults/` |
|---|---|---|---|---|
"""
SERVED = """
A study (`main`) at a tracking server:

| what happens | exit code | the study's run | its child run | in `tests/faults/` |
|---|---|---|---|---|
"""
SHARED = """
One search of four processes on PostgreSQL, by the sampler `qmc`:

| what happens | exit code | runs | its trials in Optuna | in `tests/tuning/` |
|---|---|---|---|---|
"""
FOOT = """
A database that is away or locked is waited for during 60 s, a tracking server during 240 s; a line
says so when the wait begins and when it ends. Then one line says what the matter was and what to
do, and for 60 s more the runs are tried to be ended as FAILED. A process that is told to stop waits
for 3 s. Who sets `MLFLOW_HTTP_REQUEST_MAX_RETRIES` leaves the waiting for a server to MLflow, which
says nothing and hears no signal.

Beside a database that is a file 256 KiB are kept free by each study, `.<name>.reserve-<process>`:
given back when the disk is full, they let its runs end as FAILED. What a killed process left
half written (`.partial-<process>-…`, and such a reserve) is removed when its run is taken up
again, or the next study meets the store.

The tables are written by `python tests/faults/test_page.py`, from what these tests assert. Twenty
kills of the whole command at random times are a test too, which is slow:
`pytest -m slow tests/faults`. How to go on: [after an interruption](resume.md).
"""


def file_of(fault: Fault) -> Path:
    """Where its test stands."""
    return Path(__file__).parent / fault.test.partition("::")[0]


def page() -> str:
    """The page, as the faults say it."""
    rows, served, shared = (
        [
            f"| {f.what} | {f.exit_code} | {f.run} | {f.trial} | `{file_of(f).name}` |\n"
            for f in faults
        ]
        for faults in (FAULTS, SERVERS, WORKERS)
    )
    return "".join([HEAD, *rows, SERVED, *served, SHARED, *shared, FOOT])


def test_the_page_says_what_the_faults_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "write it: python tests/faults/test_page.py"


def test_every_fault_has_its_test() -> None:
    for fault in [*FAULTS, *SERVERS, *WORKERS]:
        name = fault.test.partition("::")[2]
        tree = ast.parse(file_of(fault).read_text(encoding="utf-8"))
        assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
