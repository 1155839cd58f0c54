import io
from dataclasses import replace
from hashlib import md5

import numpy as np
import pytest
from cinic10_files import FOLDERS, PER_CLASS, draw, packed, png, unpacked
from PIL import Image

from ib_mlflow.data import cinic10 as module
from ib_mlflow.data import load, three_way
from ib_mlflow.data.cifar10 import CLASSES
from ib_mlflow.errors import DataError, InvalidInputError


@pytest.fixture
def pixels():
    return draw()


@pytest.fixture
def files(pixels):
    return {path: png(image) for path, image in pixels.items()}


@pytest.fixture(autouse=True)
def _no_machine(bare_machine):
    """The cache of each test is its own."""


def expected(pixels, folder):
    paths = [f"{folder}/{word}/" for word in CLASSES]
    ordered = [path for place in paths for path in sorted(pixels) if path.startswith(place)]
    labels = [CLASSES.index(path.split("/")[1]) for path in ordered]
    return np.stack([pixels[path] for path in ordered]), labels


@pytest.mark.parametrize("kind", ["archive", "folders", "folder of the dataset", "file itself"])
def test_parts_are_those_of_the_files_whatever_their_order(tmp_path, pixels, files, kind):
    shuffled = {str(name): files[name] for name in np.random.default_rng(1).permutation([*files])}
    if kind == "archive":
        other = {"README.md": b"words", "CINIC-10/train/._x.png": b"of another system"}
        packed(tmp_path / "CINIC-10.tar.gz", {**other, **shuffled})
    elif kind == "file itself":
        tmp_path = packed(tmp_path / "mine.tar.gz", shuffled, prefix="CINIC-10/")
    else:
        unpacked(tmp_path / ("CINIC-10" if "of" in kind else ""), shuffled)
    for part, folder in zip(("encoding", "decoding", "evaluation"), FOLDERS, strict=True):
        dataset = load("cinic10", root=tmp_path, part=part)
        images, labels = expected(pixels, folder)
        np.testing.assert_array_equal(dataset.inputs, images)
        assert dataset.labels.tolist() == labels
        assert dataset.classes == CLASSES
        assert f"{part} part ({folder}): " in dataset.source
        assert "(3 images a class, not 9,000)" in dataset.source
        assert (
            "; 0 later copies of its own images and 0 of earlier parts' dropped" in dataset.source
        )
        word = "no checksum" if "folder" in kind else "differs from the official one"
        assert word in dataset.source
    assert load("cinic10", root=tmp_path).digest == load("cinic10", root=tmp_path).digest
    assert load("cinic10", root=tmp_path).source.startswith("encoding part")


def test_images_are_mapped_from_a_cache_that_is_made_once(
    tmp_path, files, bare_machine, monkeypatch
):
    archive = packed(tmp_path / "CINIC-10.tar.gz", files)
    first = load("cinic10", root=tmp_path, part="decoding")
    base = first.inputs
    while not isinstance(base, np.memmap):
        base = base.base
    assert not first.inputs.flags.writeable
    assert [path.name.split("-")[0] for path in bare_machine.iterdir()] == ["decoded"]

    def refused(*_):
        raise AssertionError("decoded again")

    with monkeypatch.context() as patch:
        patch.setattr("ib_mlflow.data.image_tree.ImageTree.images", refused)
        assert load("cinic10", root=tmp_path, part="decoding").digest == first.digest
    name = "valid/frog/valid-frog-1.png"
    packed(archive, {**files, name: png(np.zeros((3, 32, 32), np.uint8))})
    assert load("cinic10", root=tmp_path, part="decoding").digest != first.digest
    assert len(list(bare_machine.iterdir())) == 2


def test_a_damaged_cache_is_refused(tmp_path, files, bare_machine):
    unpacked(tmp_path / "cinic10", files)
    load("cinic10", root=tmp_path)
    (folder,) = bare_machine.iterdir()
    path = folder / "train-images.npy"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"those that were written.*Delete the folder"):
        load("cinic10", root=tmp_path)
    assert load("cinic10", root=tmp_path, part="decoding").n == 30
    path.write_bytes(content[:-100])
    with pytest.raises(DataError, match="those that were written"):
        load("cinic10", root=tmp_path)
    (folder / "manifest.json").unlink()
    with pytest.raises(DataError, match="must have their manifest"):
        load("cinic10", root=tmp_path)


def test_later_copies_are_dropped_and_counted(tmp_path, pixels, files):
    copies = {
        "train/cat/train-cat-2.png": "train/airplane/train-airplane-0.png",  # within a part
        "valid/dog/valid-dog-0.png": "train/truck/train-truck-1.png",  # of an earlier part
        "valid/dog/valid-dog-1.png": "train/truck/train-truck-1.png",
        "test/dog/test-dog-2.png": "valid/ship/valid-ship-0.png",
        "test/deer/test-deer-0.png": "train/cat/train-cat-2.png",  # itself dropped
    }
    for copy, first in copies.items():
        files[copy], pixels[copy] = png(pixels[first], "RGBA"), pixels[first]  # other bytes
    unpacked(tmp_path, files)
    parts = {part: load("cinic10", root=tmp_path, part=part) for part in module.PARTS}
    assert {part: dataset.n for part, dataset in parts.items()} == {
        "encoding": 29,
        "decoding": 28,
        "evaluation": 28,
    }
    words = {part: dataset.source.split("; ")[-2] for part, dataset in parts.items()}
    assert words == {
        "encoding": "1 later copies of its own images and 0 of earlier parts' dropped",
        "decoding": "0 later copies of its own images and 2 of earlier parts' dropped",
        "evaluation": "0 later copies of its own images and 2 of earlier parts' dropped",
    }
    rows = [image.tobytes() for dataset in parts.values() for image in dataset.inputs]
    assert len(set(rows)) == len(rows) == 85
    kept = {path: image for path, image in pixels.items() if path not in copies}
    for (part, folder), dataset in zip(module.PARTS.items(), parts.values(), strict=True):
        images, labels = expected(kept, folder)
        np.testing.assert_array_equal(parts[part].inputs, images)
        assert dataset.labels.tolist() == labels


def test_grey_and_palette_images_are_red_green_and_blue_alike(tmp_path, files):
    levels = np.arange(32, dtype=np.uint8)[None, :, None].repeat(32, axis=2).repeat(3, axis=0)
    files["train/cat/train-cat-0.png"] = png(levels, "L")
    files["valid/cat/valid-cat-0.png"] = png(levels * 2, "P")
    unpacked(tmp_path, files)
    row = 3 * PER_CLASS
    np.testing.assert_array_equal(load("cinic10", root=tmp_path).inputs[row], levels)
    palette = load("cinic10", root=tmp_path, part="decoding").inputs[row]
    with Image.open(io.BytesIO(files["valid/cat/valid-cat-0.png"])) as image:
        np.testing.assert_array_equal(palette, np.asarray(image.convert("RGB")).transpose(2, 0, 1))


def test_what_is_not_there_is_refused_before_any_download(tmp_path):
    with pytest.raises(DataError, match=r"root must hold CINIC-10\.tar\.gz.*with none of them"):
        load("cinic10", root=tmp_path)
    with pytest.raises(InvalidInputError, match="encoding, decoding, evaluation; received 'train'"):
        load("cinic10", root=tmp_path, part="train")


def test_what_is_downloaded_is_loaded(tmp_path, files, server, bare_machine, monkeypatch):
    content = packed(server.folder / "CINIC-10.tar.gz", files).read_bytes()
    sums = {"CINIC-10.tar.gz": md5(content).hexdigest()}
    local = replace(module.CINIC10, content=sums, downloads=sums, homes=(server.home,))
    monkeypatch.setattr(module, "CINIC10", local)
    for _ in range(2):
        dataset = load("cinic10")
        assert f"in {bare_machine / 'cinic10'}; official content" in dataset.source
    assert server.asked == ["/CINIC-10.tar.gz"]
    wrong = replace(local, downloads={"CINIC-10.tar.gz": "0" * 32}, homes=(server.home,))
    monkeypatch.setattr(module, "CINIC10", wrong)
    (bare_machine / "cinic10" / "CINIC-10.tar.gz").unlink()
    with pytest.raises(DataError, match="or be downloaded"):
        load("cinic10")
    assert not (bare_machine / "cinic10" / "CINIC-10.tar.gz").exists()


def test_the_sample_is_in_the_layout_of_cifar10(real_data):
    sample = load("cinic10_sample", root=real_data)
    assert sample.inputs.shape == (2000, 3, 32, 32)
    assert sample.labels.tolist() == [row % 10 for row in range(2000)]
    assert sample.source.endswith("; official content")
    assert len({image.tobytes() for image in sample.inputs}) == 2000
    with pytest.raises(InvalidInputError, match="not divided into parts"):
        load("cinic10_sample", root=real_data, part="encoding")
    parts = three_way(sample, encoding=700, decoding=700, evaluation=600, seed=0)
    rows = [image.tobytes() for part in parts for image in part.inputs]
    assert len(set(rows)) == 2000


def test_images_of_the_sample_are_those_of_cifar10_where_they_come_from_it(real_data):
    flags = real_data / "cinic10" / "cinic10_samples.from_cifar10.u8"
    if not flags.is_file():
        pytest.skip(f"no {flags}")
    sample, train = load("cinic10_sample", root=real_data), load("cifar10", root=real_data)
    label_of = dict(zip(map(bytes, train.inputs), train.labels.tolist(), strict=True))
    labels = [label_of.get(bytes(image)) for image in sample.inputs]
    known = [row for row, label in enumerate(labels) if label is not None]
    assert len(known) == 195
    assert all(labels[row] == sample.labels[row] for row in known)
    assert np.fromfile(flags, np.uint8)[known].all()


@pytest.mark.parametrize("size", [0, 3073, 2000 * 3073 - 1])
def test_a_sample_of_another_size_is_refused(tmp_path, write, size):
    write(tmp_path, {"cinic10_samples.bin": bytes(size)})
    with pytest.raises(DataError, match=f"2000 records.*with {size} bytes"):
        load("cinic10_sample", root=tmp_path)


def test_a_sample_that_is_not_there_is_refused_without_a_download():
    with pytest.raises(DataError, match="no address serves it"):
        load("cinic10_sample")
