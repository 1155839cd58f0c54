import gzip
import io
import tarfile
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from hashlib import md5
from urllib.parse import urlsplit

import pytest

from ib_mlflow.data import fetch as module
from ib_mlflow.data.fetch import fetch
from ib_mlflow.data.files import Distribution
from ib_mlflow.errors import DataError

CONTENT = {"images": bytes(range(256)) * 40, "labels": b"labels" * 9}


def pack(content):
    return gzip.compress(content, mtime=0)


@pytest.fixture
def some(server, bare_machine):
    """A distribution of two gzipped files, served by this machine."""
    downloads = {f"{name}.gz": pack(content) for name, content in CONTENT.items()}
    for name, raw in downloads.items():
        (server.folder / name).write_bytes(raw)
    return Distribution(
        name="some",
        folders=("some",),
        content={name: md5(content).hexdigest() for name, content in CONTENT.items()},
        downloads={name: md5(raw).hexdigest() for name, raw in downloads.items()},
        homes=(server.home,),
    )


def check_nothing_is_cached(cache):
    assert not cache.exists() or list(cache.iterdir()) == []


def test_downloads_once_and_verifies(some, server, bare_machine):
    folder = fetch(some)
    assert folder.path == bare_machine / "some"
    assert {name: folder.read(name).content for name in CONTENT} == CONTENT
    assert server.asked == ["/images.gz", "/labels.gz"]
    assert [path.name for path in bare_machine.iterdir()] == ["some"]
    assert fetch(some) == folder
    assert len(server.asked) == 2


def test_addresses_are_tried_in_turn(some, server):
    (server.folder / "bad").mkdir()
    (server.folder / "bad" / "labels.gz").write_bytes(pack(b"others"))
    homes = ("http://127.0.0.1:9/", server.home + "bad/", server.home)
    folder = fetch(replace(some, homes=homes))
    assert folder.read("labels").content == CONTENT["labels"]
    assert server.asked == ["/bad/images.gz", "/images.gz", "/bad/labels.gz", "/labels.gz"]


@pytest.mark.parametrize("name", ["images.gz", "labels.gz"])
@pytest.mark.parametrize("change", ["other", "truncated", "missing"])
def test_nothing_is_cached_unless_all_is_right(some, server, bare_machine, name, change):
    path = server.folder / name
    raw = path.read_bytes()
    path.unlink()
    if change != "missing":
        path.write_bytes(raw[:-3] if change == "truncated" else pack(b"others"))
    with pytest.raises(DataError) as error:
        fetch(some)
    message = str(error.value)
    reason = "status 404" if change == "missing" else "another checksum"
    assert f"received no {name} from {urlsplit(server.home).netloc} ({reason}). Put" in message
    assert "Put images, labels (gz or not) into a folder" in message
    check_nothing_is_cached(bare_machine)
    path.write_bytes(raw)
    assert fetch(some).read("labels").content == CONTENT["labels"]


def test_a_download_without_an_answer_is_refused_in_a_short_line(some):
    homes = ("http://127.0.0.1:9/a/long/folder/", "http://127.0.0.1:9/another/")
    with pytest.raises(DataError) as error:
        fetch(replace(some, homes=homes))
    assert str(error.value) == (
        "some must be found on this machine or be downloaded; received no images.gz from "
        "127.0.0.1:9 (ConnectionError). Put images, labels (gz or not) into a folder, and pass it "
        "as root (data_root of a study) or name it in the environment variable IB_DATA."
    )


def test_the_content_is_verified_before_it_is_cached(some, bare_machine):
    content = {**some.content, "labels": md5(b"others").hexdigest()}
    with pytest.raises(DataError, match="must have the official content"):
        fetch(replace(some, content=content))
    check_nothing_is_cached(bare_machine)


def tar(files):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        archive.addfile(folder := tarfile.TarInfo("some-bin"))
        folder.type = tarfile.DIRTYPE
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def archived(some, server, files):
    raw = tar(files)
    (server.folder / "some.tar.gz").write_bytes(raw)
    return replace(some, downloads={"some.tar.gz": md5(raw).hexdigest()})


def test_takes_the_files_of_the_dataset_out_of_an_archive(some, server, bare_machine):
    files = {f"../some-bin/{name}": content for name, content in CONTENT.items()}
    folder = fetch(archived(some, server, {"../readme.html": b"hello", **files}))
    assert {path.name: path.read_bytes() for path in folder.path.iterdir()} == CONTENT
    assert [path.name for path in bare_machine.parent.iterdir()] == ["ib_mlflow"]


def test_an_archive_without_a_file_leaves_nothing(some, server, bare_machine):
    with pytest.raises(DataError, match="without labels"):
        fetch(archived(some, server, {"images": CONTENT["images"]}))
    check_nothing_is_cached(bare_machine)


def test_simultaneous_downloads_do_not_disturb_each_other(some, bare_machine, monkeypatch):
    together = threading.Barrier(4, timeout=20)
    move = module._move

    def move_together(*paths):
        together.wait()
        move(*paths)

    monkeypatch.setattr(module, "_move", move_together)
    with ThreadPoolExecutor(4) as pool:
        folders = list(pool.map(fetch, [some] * 4))
    assert len(set(map(str, folders))) == 1
    assert folders[0].read("images").content == CONTENT["images"]
    assert [path.name for path in bare_machine.iterdir()] == ["some"]


def test_a_cache_that_cannot_be_written_is_refused(some, bare_machine):
    bare_machine.parent.mkdir()
    bare_machine.write_text("a file in the way")
    with pytest.raises(DataError, match="download cache must be a writable folder"):
        fetch(some)


def test_a_damaged_cache_is_refused(some):
    folder = fetch(some)
    (folder.path / "labels.gz").write_bytes(pack(b"others"))
    with pytest.raises(DataError, match="Delete the folder"):
        fetch(some).read("labels")
