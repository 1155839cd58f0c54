"""A tracking server that dies under a study, and two studies that meet at one."""

import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from commands import Begin, fork, spawn
from servers import Server, wait_for

PICTURES = [0, 1, 2, 3, 4, 5, 6, 8]
AWAY = "the tracking store is away: waiting for it, 240 s at most"


@pytest.fixture
def serve(tmp_path: Path, template: Path) -> Iterator[Callable[[Begin], Server]]:
    """Makes a server with a store of the test's own."""
    servers: list[Server] = []

    def make(begin: Begin) -> Server:
        folder = tmp_path / f"served{len(servers)}"
        folder.mkdir()
        servers.append(Server(folder, template, begin))
        return servers[-1]

    yield make
    for server in servers:
        server.kill()


def check_done(server):
    """Check that the study is done, and no point or picture is missing or doubled."""
    assert server.pictures() == PICTURES
    assert not [run for run in server.runs() if run.info.status == "RUNNING"]
    assert [run.info.status for run in server.children()] == ["FINISHED"]
    points = server.points()
    measured = {len(values) for key, values in points.items() if not key.startswith("summary/")}
    assert measured == {len(points["val_accuracy"])}
    for key, values in points.items():
        steps = [step for step, _ in values]
        assert len(steps) == len(set(steps)), f"{key} is doubled"


def test_a_server_that_comes_back_is_waited_for(serve):
    server = serve(fork)
    process = server.command()
    wait_for(lambda: server.checkpoints() >= 3, process)
    server.kill()
    wait_for(lambda: AWAY in process.printed(), process)
    server.start()
    printed, _ = process.communicate(timeout=300)
    assert process.returncode == 0, printed
    assert "the tracking store is back" in printed
    check_done(server)


@pytest.mark.slow
def test_a_server_that_is_away_for_20_seconds_is_waited_for_and_nothing_differs(serve):
    """Held against the points of a study whose server stayed."""
    server, whole = serve(spawn), serve(spawn)
    process = server.command()
    wait_for(lambda: server.checkpoints() >= 6, process)
    server.kill()
    time.sleep(20)
    assert process.poll() is None
    server.start()
    printed, _ = process.communicate(timeout=300)
    assert process.returncode == 0, printed
    assert AWAY in printed
    check_done(server)
    process = whole.command()
    printed, _ = process.communicate(timeout=300)
    assert process.returncode == 0, printed
    assert server.points() == whole.points()


@pytest.mark.slow
def test_a_server_that_is_gone_is_said_and_the_study_obeys_and_goes_on_later(serve):
    server = serve(spawn)
    process = server.command()
    wait_for(lambda: server.checkpoints() >= 6, process)
    server.kill()
    time.sleep(20)
    process.send_signal(signal.SIGTERM)
    told = time.monotonic()
    printed, _ = process.communicate(timeout=120)
    assert time.monotonic() - told < 30
    assert process.returncode == 143, printed
    assert AWAY in printed
    assert "main was interrupted; the same command goes on." in printed
    assert "Traceback" not in printed
    server.start()
    process = server.command()
    printed, _ = process.communicate(timeout=300)
    assert process.returncode == 0, printed
    check_done(server)


@pytest.mark.slow
def test_two_commands_at_once_compute_a_child_once(serve):
    server = serve(spawn)
    processes = [server.command(), server.command()]
    for process in processes:
        printed, _ = process.communicate(timeout=300)
        assert process.returncode == 0, printed
    assert [run.info.status for run in server.children()] == ["FINISHED"]
    assert len(server.runs()) == 4  # two studies, the child, and the light one of the second
