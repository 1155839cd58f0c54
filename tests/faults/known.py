"""What happens to commands, what the stores say then, and which tests assert it."""

from typing import NamedTuple


class Fault(NamedTuple):
    """What happens, what the stores say then, and the tests that assert it.

    Arguments:
        what: happens.
        exit_code: of the command.
        run: what becomes of its runs.
        trial: what becomes of its trials or pictures.
        quick: the test that is not slow; it begins with its file, as seen from here.
        slow: one that says more and is slow; "" for none.
    """

    what: str
    exit_code: str
    run: str
    trial: str
    quick: str
    slow: str = ""


STOPPED = "test_signals.py::test_a_command_that_is_told_to_stop_or_killed_goes_on_and_ends_alike"
SIGNALS = "test_signals.py::test_a_command_that_is_ended_in_four_ways_goes_on_and_ends_alike"
TOLD = "../studies/test_interruptions.py::test_who_stops_a_command_is_told_in_a_line_what_to_do"
MOMENTS = (
    "test_signals.py::"
    "test_a_command_killed_at_training_writing_and_concluding_goes_on_and_ends_alike"
)
LATER = "RUNNING, until the same command is given"
FAULTS = [
    Fault("SIGTERM", "143", "KILLED", "not RUNNING; begun again", STOPPED, SIGNALS),
    Fault(
        "SIGINT (Ctrl-C)", "that of the signal", "KILLED", "not RUNNING; begun again", TOLD, SIGNALS
    ),
    Fault("SIGHUP (a closed terminal)", "129", "KILLED", "not RUNNING; begun again", TOLD, SIGNALS),
    Fault(
        "SIGKILL, as soon as a trial was taken",
        "that of the signal",
        LATER,
        LATER,
        STOPPED,
        SIGNALS,
    ),
    Fault("SIGKILL as networks learn", "that of the signal", LATER, LATER, MOMENTS),
    Fault("SIGKILL as a trial's curves are written", "that of the signal", LATER, LATER, MOMENTS),
    Fault(
        "SIGKILL as the report is written",
        "that of the signal",
        f"the trials' FINISHED; the study's {LATER}",
        "COMPLETE",
        MOMENTS,
    ),
    Fault(
        "20 kills at random moments, each followed by the same command",
        "that of the signal",
        "FINISHED, each trial's once",
        "COMPLETE, each point once",
        MOMENTS,
        "test_signals.py::test_twenty_kills_at_random_lose_and_double_nothing",
    ),
    Fault(
        "both databases locked by another program, 3 s each; in a slow test 60 s each",
        "0",
        "FINISHED",
        "COMPLETE",
        "test_outages.py::test_databases_that_are_locked_for_seconds_are_waited_for",
        "test_outages.py::test_databases_that_are_locked_for_a_minute_are_waited_for",
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
        "../tuning/test_outages.py::test_a_full_disk_is_said_at_once",
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
        "FINISHED; the point: FAILED, with the reason",
        "FAIL, for good, with the reason",
        "test_trials_that_fail.py::test_a_point_that_the_study_refuses_fails_and_the_others_go_on",
    ),
    Fault(
        "a loss that is no number: a point whose networks all diverge",
        "0",
        "FINISHED; that of the point FAILED",
        "FAIL, for good, with the reason",
        "test_trials_that_fail.py::"
        "test_a_point_whose_networks_all_diverge_fails_and_the_others_go_on",
    ),
]
TWO = "../tracking/test_spreading.py::test_a_killed_workers_item_goes_on_from_its_checkpoint"
SERVERS = [
    Fault(
        "the server is away (in a slow test for 20 s), and started again",
        "0; lines say that the store is away, and that it is back",
        "FINISHED",
        "FINISHED; every picture and every point, each once",
        "test_servers.py::test_a_server_that_comes_back_is_waited_for",
        "test_servers.py::test_a_server_that_is_away_for_20_seconds_is_waited_for_and_nothing_differs",
    ),
    Fault(
        "the server is gone for good, and 20 s later SIGTERM",
        "143 within 30 s; lines say that the store is away, and that the same command goes on",
        "RUNNING, until the same command is given to a server again",
        "every picture is there",
        "test_servers.py::test_a_server_that_comes_back_is_waited_for",
        "test_servers.py::test_a_server_that_is_gone_is_said_and_the_study_obeys_and_goes_on_later",
    ),
    Fault(
        "the same command twice at once",
        "0 and 0",
        "FINISHED, both",
        "one child run, computed once",
        "../tracking/test_spreading.py::test_two_items_of_one_child_are_computed_once",
        "test_servers.py::test_two_commands_at_once_compute_a_child_once",
    ),
]
SPREAD = [
    Fault(
        "kill -9 of one of two worker processes",
        "0",
        "FINISHED",
        "FINISHED; begun again from its checkpoint, no epoch computed twice",
        TWO,
    ),
    Fault(
        "kill -9 of the study's own process",
        "that of the signal",
        "KILLED, once the same command was given",
        "KILLED by its worker, which stops; goes on from its checkpoint",
        "../execution/test_processes.py::test_workers_stop_when_their_parent_is_killed",
        "../tracking/test_spreading.py::test_a_killed_studys_workers_stop_and_their_children_go_on",
    ),
    Fault(
        "a process on a Dask worker is killed",
        "0",
        "FINISHED",
        "FINISHED; begun again from its checkpoint, no epoch computed twice",
        "../tracking/test_spreading_on_a_cluster.py::"
        "test_a_killed_items_training_goes_on_from_its_checkpoint",
    ),
    Fault(
        "a Dask worker is lost",
        "0",
        "FINISHED",
        "FINISHED, on the other worker; no epoch computed twice",
        "../tracking/test_spreading_on_a_cluster.py::"
        "test_a_killed_items_training_goes_on_from_its_checkpoint",
        "../tracking/test_spreading_on_a_cluster.py::"
        "test_a_dask_worker_that_is_killed_loses_no_epoch",
    ),
    Fault(
        "the Dask scheduler is killed",
        "one line",
        "not FINISHED",
        "its workers stop",
        "../execution/test_cluster.py::"
        "test_a_scheduler_that_is_killed_ends_the_computation_in_one_line",
    ),
]
RESTARTED = "../tracking/test_postgres.py::test_a_restart_in_the_middle_is_waited_for"
DIED = "../tuning/test_search_killed.py::test_one_worker_killed_at_any_time_equals_one_that_was_not"
POSTGRES = [
    Fault(
        "the server is stopped in the middle of a study, and started again 3 s later",
        "0; lines say that the store is away, and that it is back",
        "FINISHED; no point twice",
        "none: a study",
        RESTARTED,
    ),
    Fault(
        "the server crashes in the middle of a search, and is started again",
        "0; a line says that it does not answer",
        "FINISHED; no point twice",
        "COMPLETE, each point once; as in a search that was left alone",
        RESTARTED,
        "test_postgresql.py::test_a_server_that_restarts_in_the_middle_is_waited_for",
    ),
    Fault(
        "100 kills at random, nine of ten of one of three workers and one of the whole command, "
        "which is then given again",
        "that of the signal; 0 in the end",
        "FINISHED, each trial's once; none RUNNING; as many points of each metric in every trial, "
        "none twice",
        "COMPLETE, as many as were asked for, each point once",
        DIED,
        "test_postgresql.py::test_workers_and_commands_killed_at_random_lose_and_double_nothing",
    ),
    Fault(
        "100 kills of one of four processes at random times, each followed by the same command, "
        "and then a crash of the server, away for 3 s",
        "that of the signal; 0 of those that are left",
        "none: the objective is a formula",
        "COMPLETE or PRUNED, each point once, as in a search that was left alone; none RUNNING",
        DIED,
        "../tuning/test_search_postgresql.py::"
        "test_eight_workers_meet_a_fresh_database_and_lose_nothing",
    ),
]
