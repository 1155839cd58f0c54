from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest

from ib_mlflow.errors import TrackingError
from projects.phases.students import IRRELEVANT, KNOWN, Students
from projects.phases.subspace_reporting import Subspaces, draw, table_of
from projects.phases.subspaces import StudentsSpec, ends_table, metrics_of, train_students
from projects.phases.teachers import Course, Teacher

STUDENTS = Students(Teacher(3, 4, 1, 0.2), (5,), Course(40, 8, 0.05, 1.0), (0, 1), 0.3)
SPEC = StudentsSpec("some", STUDENTS, (0, 5, 20))


class Job:
    """A job in memory."""

    finished, checkpoint, name, run_id = False, None, "some", "0"

    def __init__(self):
        self.logged, self.kept = {}, {}

    def log(self, step, metrics, checkpoint):
        self.logged[step], self.checkpoint = metrics, checkpoint

    def save_results(self, name, arrays):
        self.kept[name] = arrays

    def results(self, name):
        return self.kept.get(name)


class Study:
    def __init__(self, job):
        self._job = job

    @contextmanager
    def job(self, spec):
        yield self._job


def test_curves_are_kept_and_read_again():
    job = Job()
    curves = train_students(Study(job), SPEC)
    assert curves.information.shape == (len(KNOWN), 2, 3, 1)
    assert curves.test_error.shape == curves.train_error.shape == (2, 3)
    for place, (update, measured) in enumerate(
        (measured.update, measured) for measured in STUDENTS.learn(SPEC.updates)
    ):
        np.testing.assert_array_equal(curves.information[:, :, place], measured.information)
        np.testing.assert_array_equal(curves.test_error[:, place], measured.test_error)
        assert job.logged[update] == metrics_of(measured)
    job.finished = True
    again = train_students(Study(job), SPEC)
    np.testing.assert_array_equal(again.information, curves.information)


def test_an_interrupted_run_keeps_what_was_measured():
    whole, job = Job(), Job()
    expected = train_students(Study(whole), SPEC)
    train_students(Study(job), replace(SPEC, updates=(0, 5)))
    resumed = train_students(Study(job), SPEC)
    np.testing.assert_array_equal(resumed.information, expected.information)
    np.testing.assert_array_equal(resumed.train_error, expected.train_error)


def test_a_finished_run_without_results_is_an_error():
    job = Job()
    job.finished = True
    with pytest.raises(TrackingError, match="keeps what was computed"):
        train_students(Study(job), SPEC)


@pytest.mark.parametrize(
    "change",
    [
        {"hidden": (6,)},
        {"variance": 0.2},
        {"seeds": (0, 2)},
        {"course": Course(40, 8, 0.04, 1.0)},
        {"course": Course(40, 8, 0.05, 0.9)},
        {"course": Course(40, 9, 0.05, 1.0)},
        {"course": Course(41, 8, 0.05, 1.0)},
        {"teacher": Teacher(4, 3, 1, 0.2)},
        {"teacher": Teacher(3, 4, 1, 0.3)},
    ],
)
def test_whatever_changes_the_numbers_changes_the_child(change):
    assert replace(SPEC, students=replace(STUDENTS, **change)).child.digest != SPEC.child.digest
    assert replace(SPEC, updates=(0, 5, 21)).child.digest != SPEC.child.digest
    assert replace(SPEC, name="other").child.digest == SPEC.child.digest


def test_layers_are_known_by_their_names():
    deep = replace(SPEC, students=replace(STUDENTS, hidden=(5, 4)))
    curves = train_students(Study(Job()), deep)
    assert [layer.name for layer in curves.layers] == ["some, layer 1", "some, layer 2"]
    place = KNOWN.index(IRRELEVANT)
    np.testing.assert_array_equal(
        curves.layers[1].information[IRRELEVANT], curves.information[place, :, :, 1]
    )
    table = table_of([curves])
    assert len(table) == 2 * 3 * 2
    row = table[(table["seed"] == 1) & (table["update"] == 20) & (table["layer"] == 2)].iloc[0]
    assert row["i_irrelevant"] == curves.information[place, 1, 2, 1]
    assert row["test_error"] == curves.test_error[1, 2]


def test_the_report_shows_every_run():
    class Configuration:
        unit = "bits"

    curves = train_students(Study(Job()), SPEC)
    readings = Subspaces(Configuration(), [curves])
    assert set(draw(readings)) == {"information.png", "errors.png"}
    assert "| some | I(X irrelevant;T) |" in ends_table([curves]).markdown()
    assert readings.evidence.summary == "2 linear networks were trained"
