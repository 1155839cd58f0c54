from dataclasses import replace

import numpy as np
import pytest

from ib_mlflow.data import Dataset, load
from ib_mlflow.studies.configuration import LearningConfiguration, TrainingConfiguration
from ib_mlflow.studies.running import tasks
from ib_mlflow.studies.running.tasks import (
    divided_task,
    image_task,
    share_task,
    split_task,
    whole_task,
)
from ib_mlflow.trajectory import Guides

CONFIGURATION = TrainingConfiguration(members=1, epochs=1, test_fraction=0.25)


def test_what_is_learnt_is_measured():
    task = split_task("szt", CONFIGURATION)
    assert task.measured is task.train_set
    assert (task.train_set.n, task.validation_set.n) == (3072, 1024)
    assert [use for use, _ in task.datasets] == ["training", "validation"]


def test_every_sample_is_measured():
    task = whole_task("szt", CONFIGURATION)
    assert task.measured.digest == load("szt").digest
    assert task.train_set.digest == split_task("szt", CONFIGURATION).train_set.digest
    assert [use for use, _ in task.datasets] == ["training", "validation", "measured"]
    assert task.guides.h_x == pytest.approx(12 * np.log(2))


def test_guides_are_those_of_what_is_measured_unless_they_are_known():
    task = whole_task("szt", CONFIGURATION)
    assert task.guides.i_xy == pytest.approx(task.measured.information_xy)
    known = Guides(h_x=8.0, h_y=0.69, i_xy=0.5)
    assert replace(task, known=known).guides is known


def test_the_split_follows_its_seed():
    other = CONFIGURATION.model_copy(update={"split_seed": 1})
    assert split_task("szt", other).train_set.digest != (
        split_task("szt", CONFIGURATION).train_set.digest
    )


@pytest.mark.parametrize("images", [30, 100])
def test_images_are_the_first_of_each_class_and_those_held_out_are_measured(monkeypatch, images):
    def load_images(name, *, root, part):
        assert root == "somewhere"
        pixels = np.arange(100 * 4).reshape(100, 1, 2, 2).astype(np.uint8) + (part == "test")
        classes = tuple("abcdefghij")
        return Dataset(name, pixels, np.arange(100) % 10, classes, source=part, levels=256)

    monkeypatch.setattr(tasks, "load", load_images)
    configuration = LearningConfiguration(members=1, epochs=1, data_root="somewhere")
    task = image_task("letters", configuration, images=images, held_out=20)
    assert task.measured is task.validation_set
    assert (task.train_set.n, task.measured.n) == (images, 20)
    assert (np.bincount(task.train_set.labels) == images // 10).all()
    assert (np.bincount(task.measured.labels) == 2).all()
    assert task.train_set.source != task.measured.source
    assert set(task.train_set.inputs[:, 0, 0, 0]) <= {4 * k % 256 for k in range(images)}


def test_the_first_images_of_each_class_are_divided_at_random():
    def divided(**changes):
        how = {"images": 200, "test_fraction": 0.25, "split_seed": 0, **changes}
        return divided_task("digits", LearningConfiguration(members=1, epochs=1), **how)

    task = divided()
    assert task.measured is task.train_set
    assert (task.train_set.n, task.validation_set.n) == (150, 50)
    labels = np.concatenate([task.train_set.labels, task.validation_set.labels])
    assert (np.bincount(labels) == 20).all()
    for other in (divided(split_seed=1), divided(images=210), divided(test_fraction=0.3)):
        assert other.train_set.digest != task.train_set.digest


def test_of_images_in_two_parts_the_training_part_is_divided(monkeypatch):
    def load_images(name, *, root, part):
        assert (name, part) == ("mnist", "train")
        pixels = np.arange(100 * 4).reshape(100, 1, 2, 2).astype(np.uint8)
        return Dataset(name, pixels, np.arange(100) % 10, tuple("abcdefghij"), "x", levels=256)

    monkeypatch.setattr(tasks, "load", load_images)
    configuration = LearningConfiguration(members=1, epochs=1)
    how = {"images": 50, "test_fraction": 0.2, "split_seed": 0}
    assert divided_task("mnist", configuration, **how).train_set.n == 40


def test_shares_hold_each_other_and_are_validated_on_the_same_rows():
    configuration = TrainingConfiguration(members=1, epochs=1, test_fraction=0.15)
    few, many = (share_task("szt", share, configuration) for share in (0.05, 0.85))
    np.testing.assert_array_equal(many.train_set.inputs[: few.train_set.n], few.train_set.inputs)
    assert few.validation_set.digest == many.validation_set.digest
    assert (few.train_set.n, many.train_set.n + many.validation_set.n) == (205, 4096)
    assert few.measured.n == 4096
    learnt = {row.tobytes() for row in many.train_set.inputs}
    assert not any(row.tobytes() in learnt for row in many.validation_set.inputs)
