"""A server that is away: said at once, waited for, and no hindrance to being told to stop."""

import http.server
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest

from ib_mlflow.errors import TrackingError
from ib_mlflow.tracking import client as module
from ib_mlflow.tracking.client import PatientClient
from ib_mlflow.tracking.outages import RETRIES, brief_requests


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> int:
    """One where nobody answers."""
    monkeypatch.delenv(RETRIES, raising=False)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


class Taker(http.server.BaseHTTPRequestHandler):
    """Takes every tag."""

    def do_POST(self) -> None:
        body = json.dumps({}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_a_server_that_comes_back_is_waited_for_and_said(
    port: int, caplog: pytest.LogCaptureFixture
) -> None:
    def come_back() -> None:
        time.sleep(1.0)
        server = http.server.HTTPServer(("127.0.0.1", port), Taker)
        server.handle_request()
        server.server_close()

    thread = threading.Thread(target=come_back)
    thread.start()
    PatientClient(f"http://127.0.0.1:{port}").set_tag("a" * 32, "key", "value")
    thread.join()
    assert caplog.messages == [
        "the tracking store is away: waiting for it, 240 s at most",
        "the tracking store is back",
    ]


def test_a_server_that_is_gone_is_one_line_and_later_calls_do_not_wait(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SERVER_SECONDS", 0.5)
    client = PatientClient(f"http://bob:Hidden12@127.0.0.1:{port}")
    with pytest.raises(TrackingError, match="does not answer, and was waited for") as raised:
        client.set_tag("a" * 32, "key", "value")
    assert "Hidden12" not in str(raised.value)
    assert "run the same command again" in str(raised.value)
    began = time.monotonic()
    with pytest.raises(TrackingError):
        client.get_run("a" * 32)
    with pytest.raises(TrackingError):
        client.create_run("0")
    assert time.monotonic() - began < 0.4


def test_the_end_of_runs_is_granted_one_more_wait(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SERVER_SECONDS", 0.2)
    monkeypatch.setitem(module.GRACE_SECONDS, "FAILED", 0.6)
    client = PatientClient(f"http://127.0.0.1:{port}")
    waited = []
    for _ in range(3):
        began = time.monotonic()
        with pytest.raises(TrackingError):
            client.set_terminated("a" * 32, "FAILED")
        waited.append(time.monotonic() - began)
        client.grant("FAILED")
    assert waited[1] >= 0.55 > waited[2]


def test_who_sets_the_retries_waits_as_mlflow_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(RETRIES, "2")
    assert PatientClient("http://127.0.0.1:1").patience == 0
    with brief_requests():
        assert os.environ[RETRIES] == "2"


STUDY = """
import sys
from ib_mlflow.tracking.client import PatientClient
from ib_mlflow.tracking.interrupts import Interrupts

with Interrupts() as interrupts:
    client = PatientClient(sys.argv[1], sleep=interrupts.pause)
    with interrupts.held():
        client.set_tag("a" * 32, "key", "value")
"""


def test_told_to_stop_in_an_outage_a_process_stops(port: int) -> None:
    words = [sys.executable, "-c", STUDY, f"http://127.0.0.1:{port}"]
    process = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    for line in process.stderr:
        if "the tracking store is away" in line:
            break
    process.send_signal(signal.SIGTERM)
    began = time.monotonic()
    process.communicate(timeout=60)
    assert process.returncode == 143
    assert time.monotonic() - began < 10


def test_a_server_that_hangs_is_asked_briefly_once_it_was_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(RETRIES, raising=False)
    monkeypatch.setattr(module, "ANSWER_SECONDS", 1)
    monkeypatch.setattr(module, "LAST_SECONDS", 1)
    monkeypatch.setattr(module, "SERVER_SECONDS", 0.5)
    # It takes connections, and never answers.
    with socket.create_server(("127.0.0.1", 0)) as mute:
        client = PatientClient(f"http://127.0.0.1:{mute.getsockname()[1]}")
        for _ in range(2):
            began = time.monotonic()
            with pytest.raises(TrackingError, match="does not answer"):
                client.set_tag("a" * 32, "key", "value")
            assert time.monotonic() - began < 5
