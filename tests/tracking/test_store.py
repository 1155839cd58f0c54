import errno
import os
import re
import shlex
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock
from processes import CONTEXT, start

from ib_mlflow.errors import TrackingError
from ib_mlflow.tracking import store as module
from ib_mlflow.tracking.store import ensure_store, store_lock

NOBODY = 65534


def meet(barrier: object, name: str) -> None:
    from mlflow import MlflowClient

    barrier.wait(60)  # type: ignore[attr-defined]
    ensure_store()
    MlflowClient().create_experiment(name)


@pytest.mark.slow
def test_eight_processes_meet_a_store_that_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = tmp_path / "new folder" / "mlflow.db"
    database.parent.mkdir()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{database}")
    monkeypatch.delenv("MLFLOW_EXPERIMENT_ID", raising=False)
    monkeypatch.chdir(tmp_path)
    barrier = CONTEXT.Barrier(8)
    processes = [start(meet, barrier, f"number {number}") for number in range(8)]
    for process in processes:
        process.join(100)
    assert [process.exitcode for process in processes] == [0] * 8
    connection = sqlite3.connect(database)
    names = {name for (name,) in connection.execute("select name from experiments")}
    connection.close()
    assert names == {"Default", *(f"number {number}" for number in range(8))}


@pytest.mark.parametrize("uri", ["file:///tmp/store", "nothing://at.all"])
def test_a_store_that_does_not_answer_is_one_clear_error(
    uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    with pytest.raises(TrackingError, match="the tracking store must answer"):
        ensure_store()


def test_a_held_lock_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOCK_SECONDS", 0.1)
    with (
        FileLock(tmp_path / "a.db.lock"),
        pytest.raises(TrackingError, match=r"free within 0\.1 s"),
        store_lock(f"sqlite:///{tmp_path}/a.db"),
    ):
        pytest.fail("entered")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that this user cannot write in, nor can root."""
    folder = Path(tempfile.mkdtemp())  # below tmp_path no other user may look
    (folder / "a file").touch()
    folder.chmod(0o555)
    user = os.geteuid()
    os.seteuid(NOBODY if user == 0 else user)
    try:
        yield folder
    finally:
        os.seteuid(user)
        folder.chmod(0o755)
        shutil.rmtree(folder)


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("{folder}/a.db", "{folder}: Permission denied (a.db.lock)"),
        ("/proc/a.db", "/proc: No such file or directory"),
    ],
)
def test_a_folder_that_takes_no_lock_is_named_at_once(
    folder: Path, place: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOCK_SECONDS", 0.0)  # who waited would blame another process
    words = f"a store is locked in a folder that this user can write in; received {reason}"
    end = "Make it one, or set MLFLOW_TRACKING_URI to a file elsewhere."
    with (
        pytest.raises(TrackingError, match=re.escape(words.format(folder=folder))) as caught,
        store_lock(f"sqlite:///{place.format(folder=folder)}"),
    ):
        pytest.fail("entered")
    assert str(caught.value).endswith(end)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("place", ["misspelt/a.db", "misspelt/deeper/a.db", "a file/a.db"])
def test_a_folder_that_is_not_there_is_named_and_not_made(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a file").touch()
    database = tmp_path / place
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{database}")
    with pytest.raises(TrackingError) as caught:
        ensure_store()
    assert str(caught.value) == (
        f"the folder of a store's file must be there; received {database.parent}, which is no "
        f"folder. Make it, `mkdir -p {shlex.quote(str(database.parent))}`, or correct "
        "MLFLOW_TRACKING_URI."
    )
    assert list(tmp_path.iterdir()) == [tmp_path / "a file"]
    # A path without a folder is in this one, as MLflow's own default is.
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///misspelt/a.db")
    with pytest.raises(TrackingError, match=f"received {tmp_path}/misspelt, which is no folder"):
        ensure_store()


def test_a_disk_that_is_read_only_is_named_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> int:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(os, "open", refuse)
    with (
        pytest.raises(TrackingError, match=f"received {tmp_path}: Read-only file system"),
        store_lock(f"sqlite:///{tmp_path}/a.db"),
    ):
        pytest.fail("entered")


def test_a_server_is_locked_where_temporary_files_lie(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    with (
        pytest.raises(TrackingError, match=r"Permission denied .* or set TMPDIR to a folder"),
        store_lock("http://127.0.0.1:5000"),
    ):
        pytest.fail("entered")


def test_the_lock_is_free_after_an_exception(tmp_path: Path) -> None:
    uri = f"sqlite:///{tmp_path}/a.db"
    with pytest.raises(KeyError), store_lock(uri):
        raise KeyError
    with store_lock(uri):
        pass


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("sqlite:///mlflow.db", "{cwd}/mlflow.db.lock"),
        ("sqlite:////var/mlflow.db", "/var/mlflow.db.lock"),
        ("sqlite+pysqlite:////var/a.db?timeout=3", "/var/a.db.lock"),
        ("sqlite://", None),
        ("sqlite:///:memory:", None),
        ("sqlite:////a%20b%3F/m%23.db", "/a b?/m#.db.lock"),
    ],
)
def test_the_lock_lies_beside_the_database(uri: str, path: str | None) -> None:
    lock = module._lock_path(uri)
    assert (lock and str(lock)) == (path and path.format(cwd=os.getcwd()))


def test_a_database_server_is_locked_on_this_machine_by_its_whole_address() -> None:
    first, other = (module._lock_path(f"postgresql://host/{name}") for name in ("a", "b"))
    assert first is not None
    assert other is not None
    assert first.parent == other.parent
    assert first != other


def test_a_tracking_server_is_locked_too_with_and_without_a_slash() -> None:
    uris = ("http://tracking.example:5000", "http://tracking.example:5000/", "http://other:5000")
    first, same, other = (module._lock_path(uri) for uri in uris)
    assert first is not None
    assert first == same != other
