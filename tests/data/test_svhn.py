import io

import numpy as np
import pytest
from scipy.io import savemat

from ib_mlflow.data import load
from ib_mlflow.data.svhn import SVHN
from ib_mlflow.errors import DataError


def mat(**variables):
    buffer = io.BytesIO()
    savemat(buffer, variables, do_compression=True)
    return buffer.getvalue()


@pytest.fixture
def arrays():
    generator = np.random.default_rng(0)
    images = generator.integers(0, 256, (32, 32, 3, 7), dtype=np.uint8)
    return images, np.array([[1], [2], [10], [9], [10], [5], [3]], np.uint8)


def test_images_come_in_order_with_channels_first(arrays, write, tmp_path):
    images, labels = arrays
    write(tmp_path / "svhn", {"test_32x32.mat": mat(X=images, y=labels)})
    dataset = load("svhn", root=tmp_path, part="test")
    assert dataset.inputs.shape == (7, 3, 32, 32)
    for sample in range(7):
        for channel in range(3):
            expected = images[:, :, channel, sample]
            np.testing.assert_array_equal(dataset.inputs[sample, channel], expected)
    assert dataset.labels.tolist() == [1, 2, 0, 9, 0, 5, 3]
    assert [dataset.classes[label] for label in dataset.labels] == list("1209053")
    assert "test_32x32.mat" in dataset.source
    assert "content differs from the official one" in dataset.source


def test_an_official_file_is_said_to_be_one(arrays, write, tmp_path, monkeypatch):
    content = mat(X=arrays[0], y=arrays[1])
    monkeypatch.setattr("ib_mlflow.data.files.md5", lambda _: SVHN.content["train_32x32.mat"])
    write(tmp_path, {"train_32x32.mat": content}, zipped=True)
    assert "official content" in load("svhn", root=tmp_path).source


def broken(images, labels):
    yield "readable", b"neither MATLAB nor anything"
    yield "readable", mat(X=images, y=labels)[:500]
    yield "must hold X", mat(X=images)
    yield "must hold X", mat(digitStruct=labels)
    yield "bytes of shape", mat(X=images[:28], y=labels)
    yield "bytes of shape", mat(X=images, y=labels[:6])
    yield "bytes of shape", mat(X=images.astype(np.float64), y=labels)
    yield "bytes of shape", mat(X=images[..., :0], y=labels[:0])
    yield r"1\.\.10", mat(X=images, y=labels - 1)
    yield r"1\.\.10", mat(X=images, y=labels + 1)


@pytest.mark.parametrize("case", range(10))
def test_what_is_no_file_of_cropped_digits_is_refused(arrays, write, tmp_path, case):
    message, content = list(broken(*arrays))[case]
    write(tmp_path, {"train_32x32.mat": content})
    with pytest.raises(DataError, match=message) as error:
        load("svhn", root=tmp_path)
    assert "train_32x32.mat" in str(error.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match=r"train_32x32\.mat"):
        load("svhn", root=tmp_path)
