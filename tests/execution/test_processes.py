import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import computations
import pytest

from ib_mlflow.errors import CheckpointError, ConfigurationError, ExecutionError, InvalidInputError
from ib_mlflow.execution import Executor, LocalExecutor, in_worker


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    assert condition()


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state not in "ZX"


@pytest.mark.parametrize("workers", [1, 2])
def test_results_come_in_the_order_of_the_items(workers: int) -> None:
    executor: Executor = LocalExecutor(workers)
    counts: list[int] = []
    with executor:
        squares = list(executor.map(computations.square, range(7), report=counts.append))
        assert squares == [number * number for number in range(7)]
        assert list(executor.map(computations.square, [])) == []
        assert list(executor.map(computations.square, [5])) == [25]
    assert counts == sorted(counts)
    assert counts[-1] == 7
    assert executor.in_process == (workers == 1)
    assert executor.places == workers


def test_later_items_do_not_wait_for_a_slow_first_one() -> None:
    counts: list[int] = []
    with LocalExecutor(2) as executor:
        first, *_ = executor.map(computations.after, [1.5, 0.0, 0.0, 0.0], report=counts.append)
    assert first == 1.5
    assert 3 in counts


def test_one_worker_is_this_process_and_computes_when_asked() -> None:
    begun: list[int] = []
    results = LocalExecutor(1).map(begun.append, iter([1, 2]))
    assert begun == []
    next(results)
    assert begun == [1]


@pytest.fixture(scope="module")
def two_workers() -> Iterator[LocalExecutor]:
    """Two workers that import torch once: it takes seconds."""
    with LocalExecutor(2) as executor:
        yield executor


def test_a_worker_has_one_thread_and_leaves_the_terminal_alone(two_workers: LocalExecutor) -> None:
    before = dict(os.environ)
    places = list(two_workers.map(computations.surroundings, range(2)))
    assert [place[1:] for place in places] == [(True, 1, 1, True)] * 2
    assert os.getpid() not in {place[0] for place in places}
    assert not in_worker()
    assert dict(os.environ) == before


def test_the_bits_are_those_of_one_process(two_workers: LocalExecutor) -> None:
    alone = list(LocalExecutor(1).map(computations.descend, range(4)))
    assert list(two_workers.map(computations.descend, range(4))) == alone
    assert len(set(alone)) == 4


def test_an_error_arrives_whole_and_what_runs_is_finished(tmp_path: Path) -> None:
    items = [(tmp_path, name) for name in ("first", "bad", "third", "fourth")]
    with LocalExecutor(2) as executor:
        results = executor.map(computations.refuse, items)
        assert next(results) == "first"
        with pytest.raises(CheckpointError) as caught:
            next(results)
        assert list(executor.map(computations.square, [3])) == [9]
    assert str(caught.value) == "a state must be whole; received {'epoch': 3}. Begin anew."
    assert caught.value.received == {"epoch": 3}
    notes = "\n".join(caught.value.__notes__)
    assert "computations.py" in notes
    assert "2 of 4 items were not begun" in notes
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "bad.begun",
        "first.begun",
        "first.finished",
    ]


def test_an_item_whose_process_was_killed_is_begun_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    others = [(tmp_path / "none", 0)] * 3
    with LocalExecutor(2) as executor:
        results = list(executor.map(computations.die, [*others, (tmp_path, 1)]))
    assert results == [0, 0, 0, 1]
    assert "item 4 of 4" in caplog.text
    assert "SIGKILL" in caplog.text


def test_an_item_that_kills_its_process_each_time_is_named(tmp_path: Path) -> None:
    with (
        LocalExecutor(2, retries=1) as executor,
        pytest.raises(ExecutionError, match=r"SIGKILL at item 2 of 2, .*2 of 2 attempts.*fewer"),
    ):
        list(executor.map(computations.die, [(tmp_path / "none", 0), (tmp_path, 5)]))
    assert len(list(tmp_path.glob("died*"))) == 2


def test_an_error_that_cannot_be_read_back_keeps_its_words() -> None:
    with LocalExecutor(2) as executor, pytest.raises(RuntimeError, match="PeculiarError: 1 and 2"):
        list(executor.map(computations.peculiar, [0]))


def test_what_cannot_go_to_another_process_is_named() -> None:
    with LocalExecutor(2) as executor:
        with pytest.raises(InvalidInputError, match=r"a function must be picklable.*<lambda>"):
            executor.map(lambda number: number, [1])
        with pytest.raises(InvalidInputError, match=r"an item must be picklable.*<lambda>"):
            executor.map(computations.square, [1, lambda: None])  # type: ignore[list-item]
        with pytest.raises(InvalidInputError, match="a result must be picklable"):
            list(executor.map(computations.unpicklable, [1]))


def test_what_another_process_cannot_import_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(computations.after, "__module__", "sys")
    monkeypatch.setattr(computations.after, "__qualname__", "made_here")
    monkeypatch.setattr(sys, "made_here", computations.after, raising=False)
    with LocalExecutor(2) as executor, pytest.raises(InvalidInputError, match="importable there"):
        list(executor.map(computations.after, [1]))


@pytest.mark.parametrize("workers", [0, -1, 1025, 2.0, "2", None, True])
def test_numbers_of_workers(workers: int) -> None:
    with pytest.raises(ConfigurationError, match="workers must be a whole number from 1 to 1024"):
        LocalExecutor(workers)
    with pytest.raises(ConfigurationError, match="retries must be"):
        LocalExecutor(1, retries=-1)


def test_a_worker_starts_none() -> None:
    with LocalExecutor(2) as executor, pytest.raises(ConfigurationError, match="outer executor"):
        list(executor.map(computations.nested, [1]))


def test_an_early_end_stops_what_was_begun(tmp_path: Path) -> None:
    def stop_at_two(_: int) -> None:
        if len(list(tmp_path.glob("*.pid"))) == 2:
            raise KeyError

    with LocalExecutor(2) as executor, pytest.raises(KeyError):
        list(executor.map(computations.wait_in, [tmp_path] * 3, report=stop_at_two))
    workers = [int(path.stem) for path in tmp_path.glob("*.pid")]
    assert len(workers) == 2
    assert not any(map(alive, workers))


def parent(folder: Path, way: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, computations.__file__, str(folder), way]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, start_new_session=True)
    wait_for(lambda: len(list(folder.glob("*.pid"))) == 2)
    return process


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["kill", "Ctrl-C"])
def test_workers_stop_before_a_parent_that_is_told_to(tmp_path: Path, number: int) -> None:
    way, tell, code = {
        signal.SIGTERM: ("handled", os.kill, 143),
        # A terminal tells the workers as well.
        signal.SIGINT: ("plain", os.killpg, -signal.SIGINT),
    }[signal.Signals(number)]
    process = parent(tmp_path, way)
    tell(process.pid, number)
    _, output = process.communicate(timeout=60)
    assert process.returncode == code
    assert len(list(tmp_path.glob("*.stopped"))) == 2
    assert not any(alive(int(path.stem)) for path in tmp_path.glob("*.pid"))
    assert output.count(b"Traceback") == (way == "plain")


def test_workers_stop_when_their_parent_is_killed(tmp_path: Path) -> None:
    process = parent(tmp_path, "plain")
    process.kill()
    process.communicate(timeout=60)
    wait_for(lambda: len(list(tmp_path.glob("*.stopped"))) == 2)
    wait_for(lambda: not any(alive(int(path.stem)) for path in tmp_path.glob("*.pid")))
