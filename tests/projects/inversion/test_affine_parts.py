import numpy as np
import pytest

from ib_mlflow.data import load
from projects.inversion.affine_parts import mapped_parts, on_maps
from projects.inversion.invariance import Configuration


def parsed(**changed):
    words = [word for name, value in changed.items() for word in (f"--{name}", str(value))]
    return Configuration.parse(["--scale", "toy", "--task", "affine_digits", *words])


def test_each_digit_that_is_learnt_has_so_many_maps_and_no_other_part_has_it():
    c = parsed(maps=3)
    parts = c.parts("affine_digits")
    one = parsed().parts("affine_digits")
    assert (parts.encoding.n, parts.decoding.n) == (3 * one.encoding.n, 3 * one.decoding.n)
    assert (parts.validation.n, parts.evaluation.n) == (one.validation.n, one.evaluation.n)
    assert parts.shape == one.shape == (1, 20, 20)
    assert parts.name == "affine_digits"
    labels = parts.encoding.labels.reshape(-1, 3)
    assert (labels == labels[:, :1]).all()
    images = parts.encoding.inputs.reshape(-1, 3, 400)
    different = (images[:, 0] != images[:, 1]).any(axis=1)
    assert different.mean() > 0.99
    # Every digit of the training part is in one part alone.
    digits = (parts.encoding.n + parts.decoding.n) // 3 + parts.validation.n
    assert digits == one.encoding.n + one.decoding.n + one.validation.n < load("digits").n


def test_other_maps_are_other_data_and_one_map_is_as_before():
    few, many = (mapped_parts("affine_digits", parsed(), maps) for maps in (2, 4))
    assert few.encoding.digest != many.encoding.digest
    np.testing.assert_array_equal(few.evaluation.inputs, many.evaluation.inputs)


@pytest.mark.parametrize(("maps", "words"), [(1, "one map of each"), (3, "3 maps of each")])
def test_the_report_says_how_many_images_there_are(maps, words):
    c = parsed(maps=maps)
    parts = c.parts("affine_digits")
    assert words in on_maps(parts, c)
    assert f"{parts.encoding.n:,} images" in on_maps(parts, c)
