import io

import numpy as np
import pytest
from cinic10_files import draw, packed, png, unpacked
from PIL import Image

from ib_mlflow.data import load
from ib_mlflow.errors import DataError


@pytest.fixture
def files():
    return {path: png(image) for path, image in draw().items()}


@pytest.fixture(autouse=True)
def _no_machine(bare_machine):
    """The cache of each test is its own."""


def wide(files):
    files["train/frog/train-frog-0.png"] = png(np.zeros((3, 32, 40), np.uint8))


def truncated(files):
    content = files["test/frog/test-frog-0.png"]
    files["test/frog/test-frog-0.png"] = content[: len(content) // 2]


def no_image(files):
    files["test/frog/test-frog-0.png"] = b"no image"


def transparent(files):
    image = Image.new("RGBA", (32, 32), (1, 2, 3, 100))
    file = io.BytesIO()
    image.save(file, "PNG")
    files["train/frog/train-frog-0.png"] = file.getvalue()


def deep(files):
    file = io.BytesIO()
    Image.fromarray(np.zeros((32, 32), np.uint16)).save(file, "PNG")
    files["train/frog/train-frog-0.png"] = file.getvalue()


def missing(files):
    del files["valid/ship/valid-ship-1.png"]


def no_class(files):
    for path in [path for path in files if path.startswith("valid/ship")]:
        del files[path]


def no_part(files):
    for path in [path for path in files if path.startswith("test/")]:
        del files[path]


def unknown_class(files):
    files["train/trucks/x.png"] = files["train/truck/train-truck-0.png"]


def all_copies(files):
    for path in [path for path in files if path.startswith("test/")]:
        files[path] = files["train/truck/train-truck-0.png"]


BROKEN = [
    (wide, "must have 32 × 32 pixels.*train-frog-0.png with 40 × 32, RGB"),
    (truncated, "must be a whole PNG file.*test-frog-0.png"),
    (no_image, "must be a whole PNG file.*test-frog-0.png"),
    (transparent, "none that are transparent.*train-frog-0.png with 32 × 32, transparent"),
    (deep, "of 8 bits.*train-frog-0.png with 32 × 32, I"),
    (missing, "the same number of images.*with 2 of valid/ship, 3 elsewhere"),
    (no_class, "the same number of images.*with 0 of valid/ship, 3 elsewhere"),
    (no_part, "every part must hold images: train, valid, test.*without an image of test"),
    (unknown_class, "received .*with .*train/trucks/x.png. Did you mean truck"),
    (all_copies, "no earlier part holds.*whose test are all copies"),
]


@pytest.mark.parametrize("kind", ["archive", "folders"])
@pytest.mark.parametrize(("break_them", "said"), BROKEN, ids=lambda case: str(case)[:20])
def test_what_is_no_such_dataset_is_refused(tmp_path, files, bare_machine, kind, break_them, said):
    break_them(files)
    if kind == "archive":
        packed(tmp_path / "CINIC-10.tar.gz", files)
    else:
        unpacked(tmp_path / "CINIC-10", files)
    with pytest.raises(DataError, match=said) as error:
        load("cinic10", root=tmp_path)
    assert "\n" not in str(error.value)
    assert not list(bare_machine.glob("*"))  # nothing half made stays


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.99])
@pytest.mark.parametrize("mode", ["w:gz", "w"])
def test_a_truncated_archive_is_refused(tmp_path, files, share, mode):
    archive = packed(tmp_path / "CINIC-10.tar.gz", files, mode=mode)
    content = archive.read_bytes()
    archive.write_bytes(content[: int(share * (len(content) - 10_240))])
    with pytest.raises(DataError, match=r"an archive must be whole|the same number of images"):
        load("cinic10", root=tmp_path)


@pytest.mark.parametrize("content", [b"words, and no archive", b"\x1f\x8b\x08 of gzip no more"])
def test_a_file_that_is_no_archive_is_refused(tmp_path, content, bare_machine):
    (tmp_path / "CINIC-10.tar.gz").write_bytes(content)
    with pytest.raises(DataError, match=r"an archive must be whole and a tar file.*CINIC-10"):
        load("cinic10", root=tmp_path)
    assert not list(bare_machine.glob("*"))


def test_a_link_that_leads_nowhere_is_refused(tmp_path, files):
    folder = unpacked(tmp_path / "CINIC-10", files)
    image = folder / "train" / "cat" / "train-cat-0.png"
    image.unlink()
    image.symlink_to(tmp_path / "moved.png")
    with pytest.raises(DataError, match=r"must be readable.*Copy the file that the link leads to"):
        load("cinic10", root=tmp_path)


def test_a_cache_that_cannot_be_written_is_refused(tmp_path, files, monkeypatch):
    (tmp_path / "full").write_text("no folder")
    monkeypatch.setattr("pooch.os_cache", lambda _: tmp_path / "full" / "ib_mlflow")
    unpacked(tmp_path / "CINIC-10", files)
    with pytest.raises(DataError, match=r"cache of decoded images must be a writable.*Make room"):
        load("cinic10", root=tmp_path)


def test_an_archive_with_a_file_twice_is_refused(tmp_path, files):
    archive = tmp_path / "CINIC-10.tar.gz"
    twice = dict(files)
    twice["again/train/cat/train-cat-0.png"] = files["train/cat/train-cat-0.png"]
    with pytest.raises(DataError, match=r"every file once.*two of train/cat/train-cat-0\.png"):
        load("cinic10", root=packed(archive, twice))


def test_a_root_that_cannot_be_searched_is_refused_in_a_line(tmp_path):
    with pytest.raises(DataError, match=r"must be one that can be searched.*too long"):
        load("cinic10", root=tmp_path / ("a" * 1000))
