import os
import subprocess
import sys

from ib_mlflow.tracking.reserve import RESERVE_BYTES, Reserve


def test_room_is_kept_beside_the_database_and_given_back(tmp_path):
    uri = f"sqlite:///{tmp_path}/m.db"
    with Reserve(uri) as reserve:
        (file,) = tmp_path.iterdir()
        assert file.stat().st_size == RESERVE_BYTES
        assert str(os.getpid()) in file.name
        reserve.release()
        assert not list(tmp_path.iterdir())
    with Reserve(uri):
        pass
    assert not list(tmp_path.iterdir())


def test_what_a_killed_process_left_is_removed(tmp_path):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    litter = tmp_path / f".m.db.reserve-{ended.pid}"
    litter.write_bytes(b"0")
    alive = tmp_path / f".m.db.reserve-{os.getppid()}"
    alive.write_bytes(b"0")
    with Reserve(f"sqlite:///{tmp_path}/m.db"):
        pass
    assert list(tmp_path.iterdir()) == [alive]


def test_other_stores_need_none(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for uri in ("http://127.0.0.1:5000", "postgresql://host/db", "sqlite://"):
        with Reserve(uri) as reserve:
            assert not list(tmp_path.iterdir())
            reserve.release()
