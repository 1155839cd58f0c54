from dataclasses import replace

import numpy as np
import pytest

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.studies.decoding.division import load_parts

PARTS = ("encoding", "decoding", "validation", "evaluation")


@pytest.fixture(scope="module")
def parts():
    return load_parts("digits", root=None, shrunk=2, binary=True, evaluated=300, seed=3)


def rows(part):
    return {row.tobytes() for row in part.inputs.reshape(part.n, -1)}


def test_no_image_is_in_two_parts():
    whole = load_parts("digits", root=None, shrunk=1, binary=False, evaluated=360, seed=0)
    sets = [
        rows(getattr(whole, name)) for name in ("encoding", "decoding", "validation", "evaluation")
    ]
    assert sum(len(images) for images in sets) == len(set.union(*sets))
    assert sum(len(images) for images in sets) > 1790
    assert abs(whole.encoding.n - whole.decoding.n) <= 1


def test_images_are_reduced_as_asked(parts):
    assert parts.shape == (1, 4, 4)
    assert parts.levels == 2
    assert parts.dimensions == 16
    assert parts.evaluation.n == 300
    assert not parts.colour
    for name in PARTS:
        assert set(np.unique(getattr(parts, name).inputs)) == {0, 1}


def test_the_division_is_a_function_of_the_seed(parts):
    again = load_parts("digits", root=None, shrunk=2, binary=True, evaluated=300, seed=3)
    other = load_parts("digits", root=None, shrunk=2, binary=True, evaluated=300, seed=4)
    for name in PARTS:
        assert getattr(again, name).digest == getattr(parts, name).digest
        assert getattr(other, name).digest != getattr(parts, name).digest


def test_the_parts_are_named_by_what_they_are_used_for(parts):
    assert {use: part.digest for use, part in parts.datasets} == {
        name: getattr(parts, name).digest for name in PARTS
    }


def test_grey_and_colour_are_told_apart(blank):
    coloured = blank((3, 8, 8), 256)
    assert coloured.colour
    assert coloured.dimensions == 192
    assert not blank((1, 8, 8), 2).colour


def test_real_inputs_have_no_levels(blank):
    parts = blank((1, 8, 8), 2)
    inputs = np.zeros((20, 64), np.float32)
    real = replace(parts, evaluation=replace(parts.evaluation, inputs=inputs, levels=None))
    with pytest.raises(InvalidInputError, match="a finite number of levels"):
        _ = real.levels
