"""The executor of a Dask cluster, with a real scheduler and real workers."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import computations
import pytest
from clusters import DaskCluster, dask_cluster, kill, wait_for

from ib_mlflow.errors import CheckpointError, ConfigurationError, ExecutionError, InvalidInputError
from ib_mlflow.execution import DaskExecutor, Executor, LocalExecutor


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskCluster]:
    with dask_cluster(tmp_path_factory.mktemp("dask"), workers=2, nanny=True) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def two_workers(cluster: DaskCluster) -> Iterator[DaskExecutor]:
    with DaskExecutor(cluster.address) as executor:
        yield executor


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state not in "ZX"


def begun(folder: Path) -> list[int]:
    return [int(path.stem) for path in folder.glob("*.pid")]


def test_results_come_in_the_order_of_the_items(two_workers: DaskExecutor) -> None:
    executor: Executor = two_workers
    counts: list[int] = []
    squares = list(executor.map(computations.square, range(7), report=counts.append))
    assert squares == [number * number for number in range(7)]
    assert list(executor.map(computations.square, [])) == []
    assert counts == sorted(counts)
    assert counts[-1] == 7
    assert not executor.in_process
    assert executor.places == 2


def test_an_item_has_a_process_with_one_thread_that_stays(two_workers: DaskExecutor) -> None:
    places = list(two_workers.map(computations.surroundings, range(4)))
    assert {place[1:] for place in places} == {(True, 1, 1, True)}
    assert len({place[0] for place in places}) == 2


def test_the_bits_are_those_of_this_machine(two_workers: DaskExecutor) -> None:
    alone = list(LocalExecutor(1).map(computations.descend, range(4)))
    assert list(two_workers.map(computations.descend, range(4))) == alone
    with LocalExecutor(2) as local:
        assert list(local.map(computations.descend, range(4))) == alone
    assert len(set(alone)) == 4


def test_an_error_arrives_whole_and_what_runs_is_finished(
    tmp_path: Path, two_workers: DaskExecutor
) -> None:
    items = [(tmp_path, name) for name in ("first", "bad", "third", "fourth")]
    results = two_workers.map(computations.refuse, items)
    assert next(results) == "first"
    with pytest.raises(CheckpointError, match=r"received \{'epoch': 3\}, on .*\. Begin anew") as e:
        next(results)
    notes = "\n".join(e.value.__notes__)
    assert "computations.py" in notes
    assert "2 of 4 items were not begun" in notes
    assert not (tmp_path / "third.begun").exists()


def test_what_cannot_go_to_a_worker_is_named(
    two_workers: DaskExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InvalidInputError, match=r"a function must be picklable.*<lambda>"):
        two_workers.map(lambda number: number, [1])
    with pytest.raises(InvalidInputError, match="a result must be picklable"):
        list(two_workers.map(computations.unpicklable, [1]))
    with pytest.raises(ConfigurationError, match="outer executor"):
        list(two_workers.map(computations.nested, [1]))
    monkeypatch.setattr(computations.after, "__module__", "sys")
    monkeypatch.setattr(computations.after, "__qualname__", "made_here")
    monkeypatch.setattr(sys, "made_here", computations.after, raising=False)
    with pytest.raises(InvalidInputError, match="importable there"):
        list(two_workers.map(computations.after, [1]))


def test_an_item_whose_process_was_killed_is_begun_again_and_then_named(
    tmp_path: Path, two_workers: DaskExecutor, caplog: pytest.LogCaptureFixture
) -> None:
    assert list(two_workers.map(computations.die, [(tmp_path, 2)])) == [2]
    assert caplog.text.count("begun again") == 2
    assert "SIGKILL" in caplog.text
    (tmp_path / "more").mkdir()
    with pytest.raises(ExecutionError, match=r"SIGKILL, on .* at item 1 of 1, .*3 of 3 attempts"):
        list(two_workers.map(computations.die, [(tmp_path / "more", 9)]))


def test_an_early_end_stops_what_was_begun(tmp_path: Path, two_workers: DaskExecutor) -> None:
    def stop_at_two(_: int) -> None:
        if len(begun(tmp_path)) == 2:
            raise KeyError

    with pytest.raises(KeyError):
        list(two_workers.map(computations.wait_in, [tmp_path] * 3, report=stop_at_two))
    assert len(begun(tmp_path)) == 2
    assert not any(map(alive, begun(tmp_path)))
    assert len(list(tmp_path.glob("*.stopped"))) == 2
    assert list(two_workers.map(computations.square, [3])) == [9]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_items_stop_when_their_executor_does(
    tmp_path: Path, cluster: DaskCluster, number: signal.Signals
) -> None:
    way = "handled" if number == signal.SIGTERM else "plain"
    words = [sys.executable, computations.__file__, str(tmp_path), way, cluster.address]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen(words, stderr=subprocess.PIPE, env=environment)
    wait_for(lambda: len(begun(tmp_path)) == 2)
    process.send_signal(number)
    process.communicate(timeout=60)
    assert process.returncode == (143 if number == signal.SIGTERM else -number)
    if number != signal.SIGKILL:
        assert not any(map(alive, begun(tmp_path)))
    wait_for(lambda: not any(map(alive, begun(tmp_path))))
    assert len(list(tmp_path.glob("*.stopped"))) == 2


@pytest.mark.slow
def test_a_worker_that_is_killed_while_it_computes_is_replaced(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "dask").mkdir()
    with dask_cluster(tmp_path / "dask", workers=1) as cluster:
        first = cluster.workers[0]
        with DaskExecutor(cluster.address) as executor:
            results: list[object] = []
            compute = threading.Thread(
                target=lambda: results.extend(executor.map(computations.hold, [tmp_path]))
            )
            compute.start()
            wait_for(lambda: len(begun(tmp_path)) == 1)
            kill(first)
            wait_for(lambda: "has no worker now" in caplog.text)
            cluster.add()
            wait_for(lambda: len(begun(tmp_path)) == 2)
            (tmp_path / "go").touch()
            compute.join(60)
        assert results == ["held"]
        assert "is gone); begun again" in caplog.text


def test_a_scheduler_that_is_killed_ends_the_computation_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "dask").mkdir()
    with dask_cluster(tmp_path / "dask", workers=1) as cluster:
        with DaskExecutor(cluster.address) as executor:
            results = executor.map(computations.wait_in, [tmp_path])
            threading.Timer(3.0, kill, [cluster.scheduler]).start()
            with pytest.raises(ExecutionError, match=r"the Dask scheduler must live.*127\.0\.0\.1"):
                list(results)
        wait_for(lambda: not any(map(alive, begun(tmp_path))))


@pytest.mark.slow
def test_resources_and_threads_are_places(tmp_path: Path) -> None:
    with dask_cluster(tmp_path) as cluster:
        cluster.add(threads=2)
        cluster.wait()
        with pytest.raises(ConfigurationError, match=r"1 workers, none with GPU=1\. Start"):
            DaskExecutor(cluster.address, resources={"GPU": 1})
        cluster.add("--resources", "GPU=1", threads=2)
        cluster.wait()
        for resources, most in (({"GPU": 1}, 1), ({"GPU": 0.5}, 2), (None, 4)):
            with DaskExecutor(cluster.address, resources=resources) as executor:
                spans = list(executor.map(computations.span, [0.3] * 6))
            together = [sum(a <= begin < b for a, b in spans) for begin, _ in spans]
            assert max(together) == most, resources


def test_importing_the_room_imports_no_dask() -> None:
    code = "import ib_mlflow.execution, sys; print({'dask', 'distributed'} & sys.modules.keys())"
    printed = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert printed.strip() == "set()"


def test_two_workers_take_half_the_time(two_workers: DaskExecutor) -> None:
    list(two_workers.map(computations.after, [0.0, 0.0]))
    spans = list(two_workers.map(computations.span, [0.5] * 4))
    assert max(sum(a <= begin < b for a, b in spans) for begin, _ in spans) == 2
    assert time.time() >= max(end for _, end in spans)
