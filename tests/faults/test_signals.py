"""The whole command is ended: the same command goes on, and ends as if nothing had happened."""

import random
import signal
import time

import pytest

TRIALS = 12
ENDS = {
    signal.SIGTERM: (143, "KILLED"),
    signal.SIGINT: (-signal.SIGINT, "KILLED"),
    signal.SIGHUP: (129, "KILLED"),
    signal.SIGKILL: (-signal.SIGKILL, "RUNNING"),
}
"""By signal the exit code, and the status of what was at work."""


def end(process, number):
    process.send_signal(number)
    printed, _ = process.communicate(timeout=120)
    return process.returncode, printed


def check_ended_in_turn(place, numbers):
    """End the command by each signal, hold what the stores say against it, and complete the job."""
    # A run that an earlier signal ended stays so until its trial is taken up again.
    statuses = {"FINISHED"}
    for number in numbers:
        expected, status = ENDS[number]
        statuses.add(status)
        before = place.attempts()
        process = place.start()
        # It comes as soon as this command has taken a trial, and so before many have ended.
        place.wait_for(lambda before=before: place.attempts() > before, process)
        code, printed = end(process, number)
        assert code == expected, printed
        assert place.studies()[0].info.status == status
        assert {run.info.status for run in place.children()} <= statuses
        running = place.states()["RUNNING"]
        # Nobody is left to say so after SIGKILL; the next command finds out.
        assert running <= 1 if number == signal.SIGKILL else running == 0
        # The trial that is between its run's end and Optuna's may be told by the next command.
        assert place.states()["COMPLETE"] in (len(place.finished()), len(place.finished()) - 1)
    assert len(place.finished()) < TRIALS
    code, printed = place.run()
    assert code == 0, printed
    assert place.studies()[0].info.status == "FINISHED"


def test_a_command_that_is_told_to_stop_or_killed_goes_on_and_ends_alike(forked, complete):
    check_ended_in_turn(forked, [signal.SIGTERM, signal.SIGKILL])
    complete(forked)


@pytest.mark.slow
def test_a_command_that_is_ended_in_four_ways_goes_on_and_ends_alike(typed, complete):
    check_ended_in_turn(typed, ENDS)
    complete(typed)


def test_a_command_killed_at_training_writing_and_concluding_goes_on_and_ends_alike(
    forked, complete
):
    finished = []
    for moment in ("training", "writing", "concluding"):
        code, printed = forked.run(trouble={"dies": moment})
        assert code == -signal.SIGKILL, printed
        assert forked.studies()[0].info.status == "RUNNING"
        finished.append(len(forked.finished()))
        alive = [run for run in forked.children() if run.info.status == "RUNNING"]
        assert (len(alive), forked.states()["RUNNING"]) == (
            (0, 0) if moment == "concluding" else (1, 1)
        )
    assert finished == sorted(finished)
    assert finished[1] < finished[2] == TRIALS
    study = forked.studies()[0]
    code, printed = forked.run()
    assert code == 0, printed
    assert forked.client.get_run(study.info.run_id).info.status != "RUNNING"
    complete(forked)


@pytest.mark.slow
def test_twenty_kills_at_random_lose_and_double_nothing(typed, complete):
    moments = random.Random(3)
    kills = attempts = 0
    while kills < 20:
        attempts += 1
        assert attempts <= 60, "the commands end before they are killed"
        process = typed.start()
        # From the start of the program over training and writing to its conclusion, which is
        # met again by those that find all trials finished.
        time.sleep(moments.uniform(2.0, 12.0))
        code, printed = end(process, signal.SIGKILL)
        assert code in (0, -signal.SIGKILL), printed
        kills += code != 0
    code, printed = typed.run()
    assert code == 0, printed
    complete(typed)
