from dataclasses import replace

import numpy as np
import pytest

from ib_mlflow.errors import CheckpointError
from ib_mlflow.information.exact.gaussian import gaussian_information
from projects.phases.students import KNOWN, Students
from projects.phases.teachers import Course, Teacher

TEACHER = Teacher(relevant=3, irrelevant=4, outputs=2, noise=0.2)
STUDENTS = Students(TEACHER, (5, 4), Course(40, 8, 0.05, 1.0), (0, 1, 2), 0.3)


def test_informations_are_those_of_the_joint_gaussian():
    """T, X and Y by their covariances, one layer and student at a time."""
    *_, last = STUDENTS.learn([0, 30])
    teachers = [TEACHER.draw(seed, 40)[0] for seed in STUDENTS.seeds]
    for student, teacher in enumerate(teachers):
        product = np.eye(7)
        for layer, weights in enumerate(last.weights[:-1]):
            product = weights[student] @ product
            d = len(product)
            of = {
                "relevant": np.eye(7)[:3],
                "irrelevant": np.eye(7)[3:],
                "target": teacher,
            }
            for name, rows in of.items():
                noise = TEACHER.noise if name == "target" else 0.0
                both = np.vstack([product, rows])
                joint = both @ both.T + np.diag([0.3] * d + [noise] * len(rows))
                measured = last.information[KNOWN.index(name), student, layer]
                assert measured == pytest.approx(gaussian_information(joint, d), abs=1e-9)
            whole = np.linalg.slogdet(np.eye(d) + product @ product.T / 0.3)[1] / 2
            assert last.information[0, student, layer] == pytest.approx(whole, abs=1e-9)


def test_the_expected_error_is_that_of_new_samples():
    *_, last = STUDENTS.learn([0, 30])
    rng = np.random.default_rng(5)
    inputs = rng.normal(size=(200_000, 7))
    teacher = TEACHER.draw(0, 40)[0]
    total = last.weights[2][0] @ last.weights[1][0] @ last.weights[0][0]
    noise = np.sqrt(0.2) * rng.normal(size=(len(inputs), 2))
    terms = ((inputs @ (total - teacher).T - noise) ** 2).mean(axis=1)
    error = 4 * terms.std() / np.sqrt(len(terms))
    assert last.test_error[0] == pytest.approx(terms.mean(), abs=error)


def test_training_that_was_interrupted_ends_with_the_same_bits():
    whole = list(STUDENTS.learn([0, 7, 30]))
    resumed = list(STUDENTS.learn([0, 7, 30], whole[1].checkpoint()))
    first = next(iter(STUDENTS.learn([0, 7, 30], next(STUDENTS.learn([0])).checkpoint())))
    assert [measured.update for measured in resumed] == [30]
    assert first.update == 7
    np.testing.assert_array_equal(resumed[0].information, whole[2].information)


def test_a_student_that_diverges_is_nan_and_leaves_the_others_alone():
    weights = [matrix.copy() for matrix in next(STUDENTS.learn([0])).weights]
    teachers = np.stack([TEACHER.draw(seed, 40)[0] for seed in STUDENTS.seeds])
    sound = STUDENTS.measure(weights, teachers)
    weights[1][1, 0, 0] = np.inf
    measured = STUDENTS.measure(weights, teachers)
    assert np.isnan(measured[:, 1]).all()
    np.testing.assert_array_equal(measured[:, [0, 2]], sound[:, [0, 2]])
    for matrix in weights:
        matrix[:] = np.nan
    assert np.isnan(STUDENTS.measure(weights, teachers)).all()


def test_a_checkpoint_of_other_students_is_refused():
    other = replace(STUDENTS, hidden=(5,))
    checkpoint = next(other.learn([0])).checkpoint()
    with pytest.raises(CheckpointError, match="weights of shapes"):
        next(STUDENTS.learn([1], checkpoint))
