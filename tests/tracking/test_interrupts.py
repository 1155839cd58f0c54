import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from ib_mlflow.tracking.interrupts import SIGNALS, Interrupts, Terminated, status_of


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in SIGNALS}
    # A suite in the background, or under nohup, was started with some of them ignored.
    for number in SIGNALS:
        own = signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL
        signal.signal(number, own)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def tell(number: int) -> None:
    os.kill(os.getpid(), number)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_ends_the_process_with_its_code(number: int, code: int) -> None:
    with pytest.raises(Terminated) as caught, Interrupts():
        tell(number)
    assert caught.value.code == code


def test_ctrl_c_stays_what_scripts_know() -> None:
    with pytest.raises(KeyboardInterrupt), Interrupts():
        tell(signal.SIGINT)


def test_a_write_is_not_interrupted() -> None:
    done = []

    def write(interrupts: Interrupts) -> None:
        with interrupts.held():
            with interrupts.held():
                tell(signal.SIGTERM)
                done.append("inner")
            done.append("outer")

    with Interrupts() as interrupts, pytest.raises(Terminated):
        write(interrupts)
    assert done == ["inner", "outer"]


def test_the_first_signal_is_the_last() -> None:
    def work(interrupts: Interrupts) -> None:
        try:
            tell(signal.SIGINT)
        finally:
            tell(signal.SIGTERM)
            with interrupts.held():
                tell(signal.SIGTERM)

    with Interrupts() as interrupts, pytest.raises(KeyboardInterrupt):
        work(interrupts)


def test_a_failure_in_a_write_is_not_hidden_by_a_signal() -> None:
    def fail(interrupts: Interrupts) -> None:
        with interrupts.held():
            tell(signal.SIGTERM)
            raise KeyError

    with Interrupts() as interrupts, pytest.raises(KeyError):
        fail(interrupts)


def test_handlers_come_back_and_ignored_signals_stay_ignored() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    before = {number: signal.getsignal(number) for number in SIGNALS}
    with Interrupts():
        tell(signal.SIGHUP)
        assert signal.getsignal(signal.SIGTERM) != before[signal.SIGTERM]
    assert {number: signal.getsignal(number) for number in SIGNALS} == before


def test_other_threads_install_nothing() -> None:
    before = signal.getsignal(signal.SIGTERM)
    handlers = []

    def work() -> None:
        with Interrupts() as interrupts, interrupts.held():
            handlers.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert handlers == [before]


def test_the_death_of_the_launcher_ends_the_study_at_the_next_write() -> None:
    launcher = subprocess.Popen(["sleep", "60"])
    with Interrupts(launcher.pid) as interrupts:
        with interrupts.held():
            pass
        launcher.kill()
        launcher.wait()
        with pytest.raises(Terminated), interrupts.held():
            pass


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (None, "FINISHED"),
        (Terminated(143), "KILLED"),
        (KeyboardInterrupt(), "KILLED"),
        (SystemExit(2), "FAILED"),
        (ValueError(), "FAILED"),
    ],
)
def test_status(error: BaseException | None, status: str) -> None:
    assert status_of(error) == status


@pytest.mark.parametrize(
    ("number", "kind"), [(signal.SIGTERM, Terminated), (signal.SIGINT, KeyboardInterrupt)]
)
def test_a_signal_in_a_finaliser_is_not_lost(
    number: signal.Signals, kind: type[BaseException]
) -> None:
    class Finalised:
        def __del__(self) -> None:
            signal.raise_signal(number)
            sum(range(100))  # here Python raises, and would print it and go on

    def wait() -> None:
        with Interrupts():
            finalised = Finalised()
            del finalised
            deadline = time.monotonic() + 10
            while time.monotonic() < deadline:
                time.sleep(0.01)

    hook = sys.unraisablehook
    with pytest.raises(kind):
        wait()
    assert sys.unraisablehook is hook
