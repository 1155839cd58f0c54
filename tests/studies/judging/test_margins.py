import ast
import pickle
from pathlib import Path

import numpy as np
import pytest

from ib_mlflow.studies.judging import margins
from ib_mlflow.studies.judging.asking import AS_THEY_ARE
from ib_mlflow.studies.judging.threshold import Threshold

PROJECTS = Path(__file__).parents[3] / "projects"


def test_a_threshold_is_its_number_and_keeps_its_words():
    half = Threshold(0.5, "a share that is most", "it is what the word means")
    copy = pickle.loads(pickle.dumps(half))
    assert (copy, copy.decides, copy.reason) == (0.5, half.decides, half.reason)
    assert f"{half:g} {half:.0%}" == "0.5 50%"
    np.testing.assert_array_equal(np.array([0.4, 0.6]) <= half, [True, False])


def test_every_threshold_says_what_it_decides_and_why():
    every = [value for value in vars(margins).values() if isinstance(value, Threshold)]
    assert len(every) >= 15
    assert all(each.decides and each.reason for each in every)


def test_two_thresholds_of_one_number_are_two():
    one, other = Threshold(0.5, "a share", "x"), Threshold(0.5, "a fall", "y")
    assert len({one, other, Threshold(0.5, "a share", "other words")}) == 2
    assert one == 0.5
    assert one != other
    assert len(AS_THEY_ARE) == len({value.decides for value in AS_THEY_ARE})


def compared(path):
    """Fractions that a number is compared with inside a judge, but for a half, which is *most*."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        for inner in ast.walk(node) if isinstance(node, ast.Compare) else ():
            if isinstance(inner, ast.Constant) and isinstance(inner.value, float):
                yield inner.value


@pytest.mark.parametrize("path", sorted(PROJECTS.rglob("*claims.py")), ids=lambda path: path.stem)
def test_no_judge_compares_with_a_number_of_its_own(path):
    assert set(compared(path)) <= {0.0, 0.5, 1.0}


def numbers_of(path):
    """The names that a file gives to numbers between 0 and 1, or to small ones."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        named = isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        if named and isinstance(node.value.value, float):
            yield node.targets[0].id


@pytest.mark.parametrize("path", sorted(PROJECTS.rglob("*claims.py")), ids=lambda path: path.stem)
def test_no_claim_has_a_threshold_of_its_own_beside_it(path):
    """But for rounding, which decides nothing."""
    assert set(numbers_of(path)) <= {"ROUNDING"}
