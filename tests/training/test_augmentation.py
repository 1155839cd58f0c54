import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage, stats

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks.noise import training_streams
from ib_mlflow.training.augmentation import Augmentation, affine

IMAGE = np.random.default_rng(0).random((9, 12))


def moved(image, *numbers):
    numbers = [torch.tensor([float(number)], dtype=torch.float64) for number in numbers]
    return affine(torch.tensor(image)[None, None], *numbers)[0, 0].numpy()


@settings(max_examples=50)
@given(st.integers(-3, 3), st.integers(-3, 3), st.floats(-3, 3), st.floats(-1.2, 1.2))
def test_pixels_come_from_where_scipy_finds_them(right, down, angle, shear):
    """Shear along the rows, then turn clockwise (rows point down), then move; bilinear."""
    turn = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    forward = turn @ np.array([[1, 0], [math.tan(shear), 1]])  # in (row, column)
    back, centre = np.linalg.inv(forward), (np.array(IMAGE.shape) - 1) / 2
    offset = centre - back @ (centre + np.array([down, right]))
    expected = ndimage.affine_transform(
        IMAGE, back, offset=offset, order=1, mode="grid-constant", cval=0
    )
    np.testing.assert_allclose(moved(IMAGE, right, down, angle, shear), expected, atol=1e-9)


def test_whole_pixels_are_moved_exactly():
    image = moved(IMAGE, 2, -1, 0, 0)
    np.testing.assert_allclose(image[:-1, 2:], IMAGE[1:, :-2], atol=1e-12)
    assert np.abs(image[-1]).max() < 1e-12
    assert np.abs(image[:, :2]).max() < 1e-12


def test_a_quarter_turn_is_numpys():
    square = IMAGE[:, :9]
    np.testing.assert_allclose(
        moved(square, 0, 0, math.pi / 2, 0), np.rot90(square, -1), atol=1e-12
    )


def numbers_of(augmentation, seeds, epoch, n, start=0):
    """The numbers that an augmentation draws, by what it does to images of their own place."""
    numbers = []

    def record(images, *arguments):
        numbers.append(torch.stack(arguments, dim=1).numpy())
        return images

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ib_mlflow.training.augmentation.affine", record)
        images = torch.zeros(len(seeds), n, 1, 1, 1, dtype=torch.float64)
        augmentation.of_members(images, training_streams(seeds, epoch), start)
    return numbers[0].reshape(len(seeds), n, 4)


def test_numbers_have_the_papers_distributions():
    n = 40_000
    right, down, angle, shear = numbers_of(Augmentation(), [0], 1, n)[0].T
    for shift in (right, down):
        values, counts = np.unique(shift, return_counts=True)
        assert values.tolist() == [-2, -1, 0, 1, 2]
        assert stats.chisquare(counts).pvalue > 1e-4
    bound = math.radians(10)
    for uniform in (angle, shear):
        assert stats.kstest(uniform, stats.uniform(-bound, 2 * bound).cdf).pvalue > 1e-4
    correlations = np.corrcoef([right, down, angle, shear])[np.triu_indices(4, 1)]
    assert np.abs(correlations).max() < 4 / math.sqrt(n)


def test_numbers_follow_from_seed_epoch_and_position():
    whole = numbers_of(Augmentation(), [3, 3, 4], 1, 20)
    assert np.array_equal(whole[0], whole[1])
    assert not np.array_equal(whole[0], whole[2])
    assert np.array_equal(whole[2:, 8:], numbers_of(Augmentation(), [4], 1, 12, start=8))
    assert not np.array_equal(whole[:1], numbers_of(Augmentation(), [3], 2, 20))


def test_images_stay_as_they_are_if_nothing_is_to_change():
    images = torch.rand(2, 5, 3, 6, 7)
    images_seen = Augmentation(0, 0, 0).of_members(images, training_streams([0, 1], 1), 0)
    torch.testing.assert_close(images_seen, images, rtol=0, atol=1e-6)


def test_members_are_augmented_independently_of_each_other():
    images = torch.rand(2, 5, 3, 6, 7)
    streams = training_streams([0, 1], 1)
    both = Augmentation().of_members(images, streams, 0)
    torch.testing.assert_close(both[1:], Augmentation().of_members(images[1:], streams[1:], 0))


@pytest.mark.parametrize(
    "wrong",
    [
        {"translation": -1},
        {"translation": 0.5},
        {"rotation": -1},
        {"rotation": 181},
        {"rotation": float("nan")},
        {"shear": 90},
        {"shear": float("inf")},
    ],
)
def test_numbers_out_of_range_are_refused(wrong):
    with pytest.raises(InvalidInputError, match="translation must be a whole number of pixels"):
        Augmentation(**wrong)
