"""Commands at work: typed as in a shell, or forked from a process that has imported all."""

import multiprocessing
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

# What forked commands find imported, as the server of their processes imports this file.
import projects.planes.main
import projects.tuning.tune  # noqa: F401
from ib_mlflow.tracking.server_log import silence_remarks
from ib_mlflow.training.engines import compiled
from projects.__main__ import main

with silence_remarks():
    import mlflow.store.tracking.sqlalchemy_store  # noqa: F401

ROOT = Path(__file__).parents[2]
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["commands"])
FIFTH = 5


class Forked:
    """A command whose process begins at once; of `subprocess.Popen` what the tests need."""

    def __init__(
        self,
        words: Sequence[str],
        folder: Path,
        environment: Mapping[str, str],
        *,
        largest: int | None = None,
        dies: str = "",
    ) -> None:
        self._log = folder / f"command{len(list(folder.glob('command*.log')))}.log"
        self._log.touch()
        arguments = (words, folder, dict(environment), self._log, largest, dies)
        self._process = CONTEXT.Process(target=_run, args=arguments)
        with pytest.MonkeyPatch.context() as patch:
            # What the server imports beforehand it finds by this, and not by sys.path.
            for path in (ROOT, Path(__file__).parent):
                patch.setenv("PYTHONPATH", str(path), prepend=os.pathsep)
            patch.setenv("OMP_NUM_THREADS", "1")
            self._process.start()

    @property
    def pid(self) -> int:
        return self._process.pid or 0

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def printed(self) -> str:
        """What it has printed so far."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def communicate(self, timeout: float | None = None) -> tuple[str, None]:
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired(str(self._log), timeout or 0.0)
        return self.printed(), None


Command = Forked | subprocess.Popen[str]
Begin = Callable[..., Command]


def fork(
    words: Sequence[str], folder: Path, environment: Mapping[str, str], **troubles: object
) -> Forked:
    """Begin a command in the process of a server that has imported all.

    Arguments:
        words: what stands after `python -m projects`.
        folder: where it is typed.
        environment: all its variables.
        troubles: `largest`, beyond which no file may grow, in bytes; `dies`, the moment at which
            it is killed: "training", "writing" or "concluding".
    """
    return Forked(words, folder, environment, **troubles)  # type: ignore[arg-type]


def spawn(
    words: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    *,
    largest: int | None = None,
) -> "subprocess.Popen[str]":
    """Type a command as in a shell; arguments as for `fork`."""
    return subprocess.Popen(
        [sys.executable, "-m", "projects", *words],
        cwd=folder,
        env={**environment, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: _limit(largest),
    )


def _run(
    words: Sequence[str],
    folder: Path,
    environment: dict[str, str],
    log: Path,
    largest: int | None,
    dies: str,
) -> None:
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    with log.open("wb", buffering=0) as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    _limit(largest)
    if dies:
        MOMENTS[dies]()
    try:
        main(words)
    except KeyboardInterrupt:
        # As the interpreter ends, which this process does not reach.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)


def _limit(largest: int | None) -> None:
    if largest is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _die_in_training() -> None:
    """Be killed as networks learn, after some of the epochs were recorded."""
    advance, calls = compiled.advance, 0

    def counted(*arguments: object) -> None:
        nonlocal calls
        calls += 1
        if calls == FIFTH:
            _die()
        advance(*arguments)  # type: ignore[arg-type]

    compiled.advance = counted  # type: ignore[assignment]


def _die_at_file(name: str) -> None:
    """Be killed when a file of this name is written, and has not got its name yet."""
    replace = Path.replace

    def watched(path: Path, target: Path) -> Path:
        if Path(target).name == name:
            _die()
        return replace(path, target)

    Path.replace = watched  # type: ignore[method-assign, assignment]


MOMENTS: Mapping[str, Callable[[], None]] = {
    "training": _die_in_training,
    "writing": lambda: _die_at_file("trajectory.parquet"),
    "concluding": lambda: _die_at_file("report.md"),
}
"""By moment what makes this process die at it, as by kill -9."""
