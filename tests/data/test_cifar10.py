import gzip
import tarfile
from dataclasses import replace
from hashlib import md5

import numpy as np
import pytest

from ib_mlflow.data import cifar10 as module
from ib_mlflow.data import load
from ib_mlflow.errors import DataError

COUNTS = {
    "data_batch_1": [1005, 974, 1032, 1016, 999, 937, 1030, 1001, 1025, 981],
    "data_batch_2": [984, 1007, 1010, 995, 1010, 988, 1008, 1026, 987, 985],
    "test_batch": [1000] * 10,
}


@pytest.fixture
def small_batches(monkeypatch):
    """Batches of 20 records, the label of record i of batch b being (b + i) % 10."""
    monkeypatch.setattr(module, "RECORDS", 20)
    rng = np.random.default_rng(3)
    names = [*module.TRAIN, module.TEST]
    batches = {}
    for number, name in enumerate(names):
        records = rng.integers(0, 256, (20, 3073), dtype=np.uint8)
        records[:, 0] = (number + np.arange(20)) % 10
        batches[name] = records.tobytes()
    return batches


def test_the_official_batches(real_data):
    test = load("cifar10", root=real_data, part="test")
    assert np.bincount(test.labels).tolist() == COUNTS["test_batch"]
    assert test.source.endswith("; official content")
    raw = gzip.decompress((real_data / "cifar10" / "test_batch.bin.gz").read_bytes())
    record = raw[7 * 3073 : 8 * 3073]
    assert test.labels[7] == record[0]
    # Plane by plane (red, green, blue), row by row.
    assert test.inputs[7, 2, 30, 4] == record[1 + 2 * 1024 + 30 * 32 + 4]
    names = (real_data / "cifar10" / "batches.meta.txt").read_text().split()
    assert list(test.classes) == names
    ship = test.inputs[test.labels == names.index("ship")].mean(axis=(0, 2, 3))
    frog = test.inputs[test.labels == names.index("frog")].mean(axis=(0, 2, 3))
    assert ship[2] > ship[0]  # ships lie on blue water,
    assert frog[2] < frog[0]  # frogs do not


def test_the_batches_that_are_there_are_the_training_part(real_data):
    present = sorted((real_data / "cifar10").glob("data_batch_*.bin*"))
    if len(present) != 2:
        pytest.skip("written for a folder with the first two batches")
    train = load("cifar10", root=real_data)
    assert train.inputs.shape == (20_000, 3, 32, 32)
    for rows, name in ((slice(10_000), "data_batch_1"), (slice(10_000, None), "data_batch_2")):
        assert np.bincount(train.labels[rows]).tolist() == COUNTS[name]
    assert train.source.startswith("train part, batches 1–2 of 5: data_batch_1.bin.gz, data_b")


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("folder", ["", "cifar10", "cifar-10-batches-bin"])
def test_reads_files_gzipped_or_not(tmp_path, small_batches, write, zipped, folder):
    write(tmp_path / folder, small_batches, zipped=zipped)
    train = load("cifar10", root=tmp_path)
    records = np.frombuffer(b"".join(small_batches[name] for name in module.TRAIN), np.uint8)
    records = records.reshape(100, 3073)
    np.testing.assert_array_equal(train.inputs.reshape(100, 3072), records[:, 1:])
    np.testing.assert_array_equal(train.labels, records[:, 0])
    assert train.source.startswith("train part, batches 1–5 of 5: ")
    assert "content differs from the official one" in train.source
    assert load("cifar10", root=tmp_path, part="test").labels[0] == 5


@pytest.mark.parametrize("missing", [1, 2, 4])
def test_a_gap_between_batches_is_refused(tmp_path, small_batches, write, missing):
    del small_batches[f"data_batch_{missing}.bin"]
    with pytest.raises(DataError, match="from the first on, without a gap"):
        load("cifar10", root=write(tmp_path, small_batches))


def test_the_pickled_distribution_is_not_read(tmp_path, write):
    write(tmp_path, {f"data_batch_{number}": b"\x80\x02}q" for number in range(1, 6)})
    with pytest.raises(DataError, match="with none of data_batch_1"):
        load("cifar10", root=tmp_path)


@pytest.mark.parametrize("size", [0, 1, 3073, 19 * 3073, 20 * 3073 - 1, 20 * 3073 + 1, 21 * 3073])
def test_a_batch_of_another_size_is_refused(tmp_path, small_batches, write, size):
    small_batches["data_batch_2.bin"] = bytes(size)
    with pytest.raises(DataError, match=f"20 records of 3073 bytes.*with {size} bytes"):
        load("cifar10", root=write(tmp_path, small_batches))


def test_labels_must_be_in_range(tmp_path, small_batches, write):
    raw = bytearray(small_batches["test_batch.bin"])
    raw[3 * 3073] = 10
    small_batches["test_batch.bin"] = bytes(raw)
    with pytest.raises(DataError, match=r"labels must lie in 0..9; received .* label 10 at 3"):
        load("cifar10", root=write(tmp_path, small_batches), part="test")


def test_what_is_downloaded_is_loaded(
    tmp_path, small_batches, write, server, bare_machine, monkeypatch
):
    unpacked = write(tmp_path / "cifar-10-batches-bin", small_batches)
    archive = server.folder / "cifar-10-binary.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(unpacked, arcname="cifar-10-batches-bin")
    local = replace(
        module.CIFAR10,
        content={name: md5(raw).hexdigest() for name, raw in small_batches.items()},
        downloads={archive.name: md5(archive.read_bytes()).hexdigest()},
        homes=(server.home,),
    )
    monkeypatch.setattr(module, "CIFAR10", local)
    train = load("cifar10")
    assert train.n == 100
    assert train.source.endswith(f"in {bare_machine / 'cifar10'}; official content")
    assert load("cifar10", part="test").n == 20
