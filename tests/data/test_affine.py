import numpy as np
import pytest
from scipy import stats

from ib_mlflow.data import Dataset, affine_copies, load
from ib_mlflow.errors import InvalidInputError

CENTRES = np.array([[13.5, 13.5], [8.5, 13.5], [13.5, 8.5]])


def dataset(images):
    images = np.asarray(images, np.uint8)
    labels = np.arange(len(images), dtype=np.int64)
    names = tuple(str(label) for label in labels)
    return Dataset("blobs", images, labels, names, "made for a test", 256)


def blobs():
    """One image of three channels with a round blob each: in the middle, above and to the left."""
    places = np.indices((28, 28)).transpose(1, 2, 0)
    squares = ((places - CENTRES[:, None, None]) ** 2).sum(axis=3)
    return dataset(255 * np.exp(-squares / (2 * 1.5**2))[None])


def centroids(images):
    """(n, channels, 2) the centres of mass as (row, column)."""
    places = np.indices(images.shape[-2:]).reshape(2, -1)
    mass = images.reshape(*images.shape[:2], -1).astype(float)
    return mass @ places.T / mass.sum(axis=2, keepdims=True)


@pytest.fixture(scope="module")
def copies():
    return affine_copies(blobs(), copies=1500, seed=0)


def test_the_maps_are_those_described(copies):
    """The map is read off three blobs: M = rotation · shear · scales, one factor after another."""
    centres = centroids(copies.inputs)
    down, right = (centres[:, 0] - centres[:, channel] for channel in (1, 2))
    maps = np.stack([down, right], axis=2) / 5
    width = np.linalg.norm(maps[:, :, 1], axis=1)
    angle = np.rad2deg(np.arctan2(-maps[:, 0, 1], maps[:, 1, 1]))
    turn = np.deg2rad(angle)
    height = np.cos(turn) * maps[:, 0, 0] + np.sin(turn) * maps[:, 1, 0]
    slant = -np.sin(turn) * maps[:, 0, 0] + np.cos(turn) * maps[:, 1, 0]
    for values, low, high in (
        (angle, -20, 20),
        (slant / height, -0.2, 0.2),
        (height, 0.8, 1.2),
        (width, 0.8, 1.2),
    ):
        # Pixels are whole levels: places are right to some hundredths of one.
        reach = 0.05 * (high - low)
        assert low - reach < values.min() < values.max() < high + reach
        assert stats.kstest(values, stats.uniform(low, high - low).cdf).pvalue > 1e-3


def test_no_ink_leaves_the_canvas(copies):
    assert copies.inputs.shape == (1500, 3, 40, 40)
    edges = [copies.inputs[:, :, side] for side in (0, -1)]
    edges += [copies.inputs[..., side] for side in (0, -1)]
    assert max(edge.max() for edge in edges) == 0


def test_places_are_uniform_as_far_as_the_ink_allows(monkeypatch):
    monkeypatch.setattr("ib_mlflow.data.affine.ROTATION", 0.0)
    monkeypatch.setattr("ib_mlflow.data.affine.SHEAR", 0.0)
    monkeypatch.setattr("ib_mlflow.data.affine.SCALE", (1.0, 1.0))
    point = np.zeros((1, 1, 9, 9))
    point[0, 0, 2, 6] = 250
    moved = affine_copies(dataset(point), canvas=20, copies=1500, seed=3)
    centres = centroids(moved.inputs)[:, 0]
    np.testing.assert_allclose(moved.inputs.sum(axis=(1, 2, 3)), 250, atol=2)
    for axis in (0, 1):
        assert stats.kstest(centres[:, axis], stats.uniform(1, 17).cdf).pvalue > 1e-3


def test_copies_follow_each_other_with_their_label():
    digits = load("digits")
    few = Dataset("digits", digits.inputs[:5], digits.labels[:5], digits.classes, digits.source, 17)
    affine = affine_copies(few, canvas=12, copies=3, seed=1)
    assert affine.labels.tolist() == np.repeat(few.labels, 3).tolist()
    assert affine.levels == 17
    assert affine.inputs.max() <= 16
    assert "3 random affine maps" in affine.source
    assert affine.digest == affine_copies(few, canvas=12, copies=3, seed=1).digest
    assert affine.digest != affine_copies(few, canvas=12, copies=3, seed=2).digest


def test_an_image_without_ink_stays_empty():
    assert not affine_copies(dataset(np.zeros((2, 1, 8, 8))), canvas=10, seed=0).inputs.any()


@pytest.mark.parametrize(
    "wrong", [{"canvas": 7}, {"copies": 0}, {"seed": -1}, {"seed": 0.5}, {"copies": True}]
)
def test_arguments_out_of_range_are_refused(wrong):
    with pytest.raises(InvalidInputError):
        affine_copies(load("digits"), **{"canvas": 12, "seed": 0, **wrong})


def test_rows_are_no_images():
    with pytest.raises(InvalidInputError, match="affine maps are of images"):
        affine_copies(load("szt"), seed=0)
