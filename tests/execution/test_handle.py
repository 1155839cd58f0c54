import os
import pickle
import signal
from collections.abc import Iterator

import computations
import pytest

from ib_mlflow.execution.handle import WorkerProcess, ready, stop
from ib_mlflow.execution.worker import ENVIRONMENT

SECONDS = 60.0


@pytest.fixture
def worker() -> Iterator[WorkerProcess]:
    worker = WorkerProcess()
    yield worker
    stop([worker])


def result(worker: WorkerProcess) -> object:
    assert ready([worker], SECONDS) == [worker]
    reply = worker.reply()
    assert reply is not None
    return reply.result


def test_a_worker_answers_item_by_item(worker: WorkerProcess) -> None:
    assert worker.alive
    assert worker.reply() is None
    assert ready([worker], 0.0) == []
    for number in (2, 3):
        worker.send(pickle.dumps((computations.square, number)))
        assert result(worker) == number**2


def test_a_worker_begins_with_its_environment_and_this_process_keeps_its_own(
    worker: WorkerProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker.send(pickle.dumps((os.getenv, "TQDM_DISABLE")))
    assert result(worker) == "1"
    monkeypatch.setenv("NUMBA_NUM_THREADS", "5")
    before = {name: os.environ.get(name) for name in ENVIRONMENT}
    stop([WorkerProcess()])
    assert {name: os.environ.get(name) for name in ENVIRONMENT} == before


def test_a_lost_worker_has_no_answer_and_says_how_it_ended(worker: WorkerProcess) -> None:
    worker.send(pickle.dumps((signal.raise_signal, signal.SIGKILL)))
    assert ready([worker], SECONDS) == [worker]
    assert worker.reply() is None
    assert worker.ending() == "ended by SIGKILL"
    worker.send(b"nobody reads this")
    assert not worker.alive


def test_a_worker_that_exits_says_its_code(worker: WorkerProcess) -> None:
    worker.send(pickle.dumps((os._exit, 3)))
    assert ready([worker], SECONDS) == [worker]
    assert worker.reply() is None
    assert worker.ending() == "it ended with code 3"
