"""A real PostgreSQL server for the tests, from Debian's packages, as an ordinary user."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

USER, PASSWORD = "studies", "Pg-Hidden-42x"
NOBODY = "nobody"


def programs() -> Path | None:
    """The newest version's folder of programs; None where there is none."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name))
    return folders[-1] if folders else None


class Postgres:
    """A server on a free port of 127.0.0.1, with a password, whose files are in a folder.

    Arguments:
        folder: for its files; removed by whoever made it.
        binaries: the folder of its programs.
        durable: whether it waits for the disk at each commit, as servers do outside of tests.
    """

    def __init__(self, folder: Path, binaries: Path, *, durable: bool = False) -> None:
        self._folder, self._binaries, self._durable = folder, binaries, durable
        self._data = folder / "data"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        secret = folder / "password"
        secret.write_text(PASSWORD)
        if os.geteuid() == 0:
            # The server refuses to run as root.
            for path in (folder, secret):
                shutil.chown(path, NOBODY, pwd.getpwnam(NOBODY).pw_gid)
        words = ["-D", str(self._data), "-U", USER, f"--pwfile={secret}", "-A", "scram-sha-256"]
        self._run("initdb", *words, "--no-sync", "-E", "UTF8", "--locale=C")
        self.start()

    def uri(self, database: str = "postgres", password: str = PASSWORD) -> str:
        """The address of a database, as MLflow and Optuna take it."""
        return f"postgresql://{USER}:{password}@127.0.0.1:{self.port}/{database}"

    def create(self, database: str) -> str:
        """Make an empty database; its address."""
        self.execute(f"CREATE DATABASE {database}")
        return self.uri(database)

    def execute(self, statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Run a statement by itself, and return its rows."""
        import psycopg

        with psycopg.connect(self.uri(database), autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        options = f"-p {self.port} -k {self._folder} -c listen_addresses=127.0.0.1"
        options += f" -c fsync={'on' if self._durable else 'off'} -c max_connections=200"
        words = ["-l", str(self._folder / "server.log"), "-o", options]
        self._run("pg_ctl", "-D", str(self._data), "-w", "-t", "120", *words, "start")

    def stop(self, mode: str = "fast") -> None:
        """Stop the server: "fast" ends its connections, "immediate" is a crash."""
        self._run("pg_ctl", "-D", str(self._data), "-m", mode, "-w", "-t", "120", "stop")

    def _run(self, program: str, *words: str) -> None:
        user = ["runuser", "-u", NOBODY, "--"] if os.geteuid() == 0 else []
        command = [*user, str(self._binaries / program), *words]
        with (self._folder / f"{program}.log").open("a") as log:
            done = subprocess.run(command, cwd="/", stdout=log, stderr=log, check=False)
        assert done.returncode == 0, (self._folder / f"{program}.log").read_text()


@contextmanager
def postgres_server(*, durable: bool = False) -> Iterator[Postgres]:
    """A server that ends with the block; the test is skipped where PostgreSQL is not installed."""
    binaries = programs()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed (apt install postgresql)")
    pytest.importorskip("psycopg", reason="no driver (pip install 'ib_mlflow[postgres]')")
    # Not below pytest's own folder, which other users may not enter.
    folder = Path(tempfile.mkdtemp(prefix="ib_mlflow-postgres-"))
    try:
        server = Postgres(folder, binaries, durable=durable)
        try:
            yield server
        finally:
            if (folder / "data" / "postmaster.pid").exists():
                server.stop("immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def pause(server: Postgres, seconds: float, mode: str = "fast") -> None:
    """Take a server away for a while, by an end of its connections or a crash."""
    server.stop(mode)
    time.sleep(seconds)
    server.start()
