import ast
import pickle
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from ib_mlflow.studies.judging import margins
from ib_mlflow.studies.judging.margins import SAME_ACCURACY, Threshold, thresholds_of
from projects.planes.main_claims import accuracy_stays
from projects.registry import STUDIES, load_study

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


@pytest.mark.parametrize("wrapped", [accuracy_stays, partial(accuracy_stays)])
def test_the_thresholds_of_a_judge_are_those_that_its_file_knows(wrapped):
    assert thresholds_of([wrapped, wrapped]) == [SAME_ACCURACY]
    assert thresholds_of([len]) == []


@pytest.mark.parametrize("name", sorted(STUDIES))
def test_thresholds_of_every_study_can_be_printed(name):
    for each in thresholds_of(claim.judge for claim in load_study(name).claims):
        assert each.decides


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
