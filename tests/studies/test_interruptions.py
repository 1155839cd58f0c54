import signal
import subprocess
import sys

import pytest

PROGRAM = """
import os, signal, sys
# Whoever starts the tests in the background may have them ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
for number in (signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_DFL)
from ib_mlflow.studies.interruptions import announced
from ib_mlflow.tracking.interrupts import Interrupts

with announced("outer"), announced("main", begins_anew=sys.argv[2] == "fresh"), Interrupts():
    os.kill(os.getpid(), int(sys.argv[1]))
    signal.pause()
"""
ENDS = {signal.SIGTERM: 143, signal.SIGHUP: 129, signal.SIGINT: -signal.SIGINT}


@pytest.mark.parametrize("number", ENDS)
def test_who_stops_a_command_is_told_in_a_line_what_to_do(number):
    words = [sys.executable, "-c", PROGRAM, str(int(number)), "again"]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == ENDS[number]
    assert done.stderr.strip() == "main was interrupted; the same command goes on."


def test_of_a_command_that_begins_anew_it_says_so():
    words = [sys.executable, "-c", PROGRAM, str(int(signal.SIGINT)), "fresh"]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    assert "the same command begins anew; without fresh=true it goes on" in done.stderr


def test_other_ends_are_left_alone():
    program = "from ib_mlflow.studies.interruptions import announced\n"
    program += "with announced('main'): raise SystemExit('main: wrong')"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True,
                          check=False, timeout=60)  # fmt: skip
    assert (done.returncode, done.stderr) == (1, "main: wrong\n")
