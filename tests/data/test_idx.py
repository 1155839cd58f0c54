from dataclasses import replace

import numpy as np
import pytest

from ib_mlflow.data import idx as module
from ib_mlflow.data import load
from ib_mlflow.errors import DataError

COUNTS = {
    "train": [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949],
    "test": [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009],
}


@pytest.mark.parametrize("part", ["train", "test"])
def test_mnist_is_the_official_one(real_data, part):
    mnist = load("mnist", root=real_data, part=part)
    assert mnist.inputs.shape == (sum(COUNTS[part]), 1, 28, 28)
    assert np.bincount(mnist.labels).tolist() == COUNTS[part]
    assert mnist.source.startswith(f"{part} part: ")
    assert mnist.source.endswith("; official content")


def test_the_first_training_image_is_the_well_known_five(real_data):
    mnist = load("mnist", root=real_data)
    assert mnist.labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    row = [3, 18, 18, 18, 126, 136, 175, 26, 166, 255, 247, 127]
    assert mnist.inputs[0, 0, 5, 12:24].tolist() == row


@pytest.mark.parametrize("part", ["train", "test"])
def test_fashion_mnist_is_the_official_one(load_real, part):
    fashion = load_real("fashion_mnist", part)
    n = {"train": 60_000, "test": 10_000}[part]
    assert fashion.inputs.shape == (n, 1, 28, 28)
    assert np.bincount(fashion.labels).tolist() == [n // 10] * 10
    assert fashion.source.endswith("; official content")
    assert fashion.classes[fashion.labels[0]] == "Ankle boot"


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("folder", ["", "same as name"])
def test_reads_files_gzipped_or_not(tmp_path, tiny_mnist, write, name, zipped, folder):
    write(tmp_path / (name if folder else ""), tiny_mnist, zipped=zipped)
    for part, prefix, n in (("train", "train", 30), ("test", "t10k", 20)):
        dataset = load(name, root=str(tmp_path), part=part)
        pixels = np.frombuffer(tiny_mnist[f"{prefix}-images-idx3-ubyte"][16:], np.uint8)
        np.testing.assert_array_equal(dataset.inputs, pixels.reshape(n, 1, 28, 28))
        assert dataset.labels.tolist() == [i % 10 for i in range(n)]
        names = [path.name for path in sorted(tmp_path.rglob(f"{prefix}-*"))]
        assert dataset.source.endswith(f"differs from the official one: {', '.join(names)}")


def test_one_part_needs_only_its_own_files(tmp_path, tiny_mnist, write):
    write(tmp_path, {name: raw for name, raw in tiny_mnist.items() if name.startswith("t10k")})
    assert load("mnist", root=tmp_path, part="test").n == 20
    with pytest.raises(DataError, match="none of train-images"):
        load("mnist", root=tmp_path)


@pytest.mark.parametrize("missing", ["train-images-idx3-ubyte", "train-labels-idx1-ubyte"])
def test_a_missing_file_is_named(tmp_path, tiny_mnist, write, missing):
    del tiny_mnist[missing]
    with pytest.raises(DataError, match=f"without {missing}"):
        load("mnist", root=write(tmp_path, tiny_mnist))


def test_what_is_downloaded_is_loaded(tiny_mnist, write, server, bare_machine, monkeypatch):
    write(server.folder, tiny_mnist, zipped=True)
    local = replace(
        module.MNIST,
        content={name: module.md5(raw) for name, raw in tiny_mnist.items()},
        downloads={path.name: module.md5(path.read_bytes()) for path in server.folder.iterdir()},
        homes=(server.home,),
    )
    monkeypatch.setattr(module, "MNIST", local)
    train, test = load("mnist"), load("mnist", part="test")
    assert (train.n, test.n) == (30, 20)
    assert train.source.endswith(f"in {bare_machine / 'mnist'}; official content")
    assert len(server.asked) == 4


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda raw: b"", "magic number 00000803; received .* with no content"),
        (lambda raw: b"\0", "magic number"),
        (lambda raw: b"\x89PNG" + raw[4:], "magic number 00000803; received .* with 89504e47"),
        (lambda raw: raw[:2] + b"\x0d" + raw[3:], "magic number"),
        (lambda raw: raw[:3] + b"\x01" + raw[4:], "magic number"),
        (lambda raw: raw[:15], "header of 16 bytes"),
        (lambda raw: raw[:16], "as many elements as its header says"),
        (lambda raw: raw[:-1], r"received .* with 23519 for shape \(30, 28, 28\)"),
        (lambda raw: raw + b"\0", r"received .* with 23521 for shape \(30, 28, 28\)"),
        (lambda raw: raw[:4] + b"\xff" * 12 + raw[16:], "as many elements"),
        (lambda raw: raw[:4] + bytes(12), "at least one"),
    ],
)
def test_a_file_of_the_wrong_format_or_length_is_refused(
    tmp_path, tiny_mnist, write, change, message, zipped
):
    name = "train-images-idx3-ubyte"
    write(tmp_path, {**tiny_mnist, name: change(tiny_mnist[name])}, zipped=zipped)
    with pytest.raises(DataError, match=message):
        load("mnist", root=tmp_path)


def test_images_of_another_size_are_refused(tmp_path, tiny_mnist, write, idx):
    tiny_mnist["train-images-idx3-ubyte"] = idx(np.zeros((30, 20, 20)))
    with pytest.raises(DataError, match=r"28 × 28 pixels; received .*ubyte with 20 × 20"):
        load("mnist", root=write(tmp_path, tiny_mnist))


def test_counts_must_agree(tmp_path, tiny_mnist, write, idx):
    tiny_mnist["train-labels-idx1-ubyte"] = idx(np.zeros(29))
    with pytest.raises(DataError, match="one label for each image; received 30 images and 29"):
        load("mnist", root=write(tmp_path, tiny_mnist))


def test_labels_must_be_in_range(tmp_path, tiny_mnist, write, idx):
    tiny_mnist["train-labels-idx1-ubyte"] = idx(np.array([3, 10] * 15))
    with pytest.raises(DataError, match=r"labels must lie in 0..9; received .* label 10 at 1"):
        load("mnist", root=write(tmp_path, tiny_mnist))


def test_images_and_labels_must_not_change_places(tmp_path, tiny_mnist, write):
    first, second = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"
    swapped = {first: tiny_mnist[second], second: tiny_mnist[first]}
    with pytest.raises(DataError, match=r"magic number 00000803; received .* with 00000801"):
        load("mnist", root=write(tmp_path, swapped))


def test_mnist_is_not_taken_for_fashion_mnist(real_data):
    with pytest.raises(DataError, match="which is a file of mnist"):
        load("fashion_mnist", root=real_data / "mnist", part="test")
