from dataclasses import replace

import numpy as np
import pytest

from ib_mlflow.data import Dataset, load, shrink
from ib_mlflow.errors import InvalidInputError
from ib_mlflow.studies.decoding import division
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


def test_three_parts_of_the_authors_stay_what_they_are(tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    by_part = {
        part: Dataset.of(
            rng.integers(0, 256, (200, 3, 32, 32), dtype=np.uint8),
            np.arange(200) % 10,
            name="cinic10",
            levels=256,
            source=part,
        )
        for part in ("encoding", "decoding", "evaluation")
    }
    asked = []

    def load(name, *, root, part):
        asked.append((name, root, part))
        return by_part[part]

    monkeypatch.setattr("ib_mlflow.studies.decoding.division.load", load)
    parts = load_parts("cinic10", root=str(tmp_path), shrunk=2, binary=False, evaluated=80, seed=0)
    assert {part for _, _, part in asked} == set(by_part)
    assert {root for _, root, _ in asked} == {str(tmp_path)}
    counts = {name: getattr(parts, name).n for name in PARTS}
    assert counts == {"encoding": 200, "decoding": 190, "validation": 10, "evaluation": 80}
    assert parts.shape == (3, 16, 16)
    whole = shrink(by_part["decoding"], factor=2)
    assert rows(parts.decoding) | rows(parts.validation) == rows(whole)
    assert not rows(parts.decoding) & rows(parts.validation)
    assert rows(parts.encoding) == rows(shrink(by_part["encoding"], factor=2))
    assert rows(parts.evaluation) < rows(shrink(by_part["evaluation"], factor=2))


def test_an_undivided_dataset_of_files_is_read_from_the_root(tmp_path):
    content = np.zeros((2000, 3073), np.uint8)
    content[:, 0] = np.arange(2000) % 10
    content[:, 1:5] = np.random.default_rng(0).integers(0, 256, (2000, 4))
    (tmp_path / "cinic10_samples.bin").write_bytes(content.tobytes())
    parts = load_parts(
        "cinic10_sample", root=str(tmp_path), shrunk=1, binary=False, evaluated=100, seed=0
    )
    assert parts.evaluation.n == 100
    assert str(tmp_path) in parts.encoding.source


def test_test_images_that_are_not_evaluated_on_are_spare(parts):
    assert parts.spare.n + parts.evaluation.n == 360
    assert parts.spare.inputs.shape[1:] == parts.evaluation.inputs.shape[1:]
    assert set(np.unique(parts.spare.inputs)) == {0, 1}


def test_the_first_images_of_a_whole_part_are_of_all_classes(monkeypatch):
    """Archives have images class by class, and what is drawn for are the first few."""
    whole = load("digits")
    by_class = np.argsort(whole.labels, kind="stable")
    ordered = replace(whole, inputs=whole.inputs[by_class], labels=whole.labels[by_class])
    thirds = {"encoding": 0, "decoding": 1, "evaluation": 2}

    def third(name, *, root, part):
        rows = np.s_[thirds[part] :: 3]
        return replace(ordered, inputs=ordered.inputs[rows], labels=ordered.labels[rows])

    monkeypatch.setattr(division, "load", third)
    parts = load_parts("cinic10", root=None, shrunk=1, binary=False, evaluated=599, seed=0)
    assert parts.evaluation.n == 599
    assert parts.spare is None
    for part in (parts.encoding, parts.decoding, parts.evaluation):
        assert len(set(part.labels[:100])) == 10
    again = load_parts("cinic10", root=None, shrunk=1, binary=False, evaluated=599, seed=1)
    assert again.evaluation.digest != parts.evaluation.digest
    assert rows(again.evaluation) == rows(parts.evaluation)
