import gzip
from hashlib import md5
from pathlib import Path

import pytest

from ib_mlflow.data.files import Distribution, File, Folder, describe
from ib_mlflow.errors import DataError

CONTENT = bytes(range(1, 200)) * 50
PACKED = gzip.compress(CONTENT, mtime=0)
OFFICIAL = Distribution("some", ("some",), {"a": md5(CONTENT).hexdigest()}, {}, ())


@pytest.mark.parametrize(
    ("name", "raw"), [("a", CONTENT), ("a.gz", PACKED), ("a", PACKED), ("a.gz", CONTENT)]
)
def test_reads_plain_and_gzipped_files_whatever_their_name(tmp_path, name, raw):
    (tmp_path / name).write_bytes(raw)
    assert Folder(OFFICIAL, tmp_path).read("a") == File(tmp_path / name, CONTENT, official=True)


def test_prefers_the_plain_file(tmp_path):
    (tmp_path / "a").write_bytes(CONTENT)
    (tmp_path / "a.gz").write_bytes(PACKED)
    assert Folder(OFFICIAL, tmp_path).find("a") == tmp_path / "a"


def test_other_content_is_read_and_said_so(tmp_path):
    (tmp_path / "a").write_bytes(CONTENT[:-1])
    file = Folder(OFFICIAL, tmp_path).read("a")
    assert not file.official
    assert describe([file]) == f"a in {tmp_path}; content differs from the official one: a"
    assert describe([File(Path("x/a"), b"", official=True)]) == "a in x; official content"


def test_other_content_in_the_download_cache_is_damage(tmp_path):
    (tmp_path / "a").write_bytes(CONTENT[:-1])
    with pytest.raises(DataError, match=r"must have the official content.*Delete the folder"):
        Folder(OFFICIAL, tmp_path, downloaded=True).read("a")


@pytest.mark.parametrize("downloaded", [True, False])
def test_a_missing_file_is_named(tmp_path, downloaded):
    fix = "Delete the folder" if downloaded else "Put the missing file beside"
    with pytest.raises(DataError, match=f"without a, gz or not. {fix}"):
        Folder(OFFICIAL, tmp_path, downloaded=downloaded).read("a")


@pytest.mark.parametrize(
    "raw",
    [
        PACKED[:2],
        PACKED[: len(PACKED) // 2],
        PACKED[:-8],
        PACKED[:-1],
        PACKED[:-8] + bytes(8),
        PACKED[:30] + bytes(20) + PACKED[50:],
        PACKED + b"more",
    ],
)
def test_a_damaged_gzip_file_is_refused(tmp_path, raw):
    (tmp_path / "a.gz").write_bytes(raw)
    with pytest.raises(DataError, match=r"a gzipped data file must be whole; received .*a\.gz"):
        Folder(OFFICIAL, tmp_path).read("a")


def test_an_unreadable_file_is_refused(tmp_path, monkeypatch):
    (tmp_path / "a").write_bytes(CONTENT)

    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(DataError, match=r"must be readable.*Permission denied"):
        Folder(OFFICIAL, tmp_path).read("a")
