"""A PostgreSQL server of the tests' own, as an ordinary user on a free port."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path


def programs() -> Path | None:
    """The folder of Debian's server programs; None where they are not installed."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return next((f for f in reversed(folders) if (f / "createdb").exists()), None)


class Server:
    """A server with an empty database `optuna`; it keeps its data over a restart."""

    def __init__(self, folder: Path) -> None:
        self._programs = folder
        self._folder = Path(tempfile.mkdtemp(dir="/tmp", prefix="pg-"))
        self._user = "postgres" if os.getuid() == 0 else None
        if self._user:
            shutil.chown(self._folder, self._user)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self._run("initdb", "-D", "data", "-A", "trust", "-U", "tester", "--no-sync")
        self.start()
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "tester", "optuna")

    @property
    def uri(self) -> str:
        return f"postgresql://tester:Hidden12@127.0.0.1:{self.port}/optuna"

    def start(self) -> None:
        options = f"-p {self.port} -h 127.0.0.1 -k {self._folder} -F"
        self._run("pg_ctl", "-D", "data", "-l", "log", "-w", "-t", "120", "-o", options, "start")

    def stop(self, mode: str = "fast") -> None:
        self._run("pg_ctl", "-D", "data", "-m", mode, "-w", "-t", "120", "stop")

    def restart(self, away: float) -> None:
        self.stop("immediate")
        time.sleep(away)
        self.start()

    def close(self) -> None:
        self.stop("immediate")
        shutil.rmtree(self._folder)

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [self._programs / program, *arguments],
            cwd=self._folder,
            user=self._user,
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
