"""The tuning split: no image of it is one that bounds rest on, or that decoders learn."""

import pytest

from ib_mlflow.data import DATASETS, load
from ib_mlflow.studies.decoding.division import load_parts
from ib_mlflow.studies.decoding.tuned_fit import tuning_parts

SIZES = {"root": None, "shrunk": 1, "binary": False}


def sources_of(part, rows):
    """Which rows of the whole dataset a part holds; images that are there twice count as both."""
    return {row for image in part.inputs for row in rows[image.tobytes()]}


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("evaluated", [50, 360])
def test_the_tuning_split_is_disjoint_from_what_is_estimated_and_learnt(seed, evaluated):
    whole = load("digits")
    rows: dict[bytes, list[int]] = {}
    for row, image in enumerate(whole.inputs):
        rows.setdefault(image.tobytes(), []).append(row)
    assert max(map(len, rows.values())) == 1, "digits has no image twice"
    study = load_parts("digits", **SIZES, evaluated=evaluated, seed=seed)
    tuning = tuning_parts(study, tuned_on=300)
    split = sources_of(tuning.evaluation, rows)
    assert len(split) == tuning.evaluation.n == 300
    # The estimate of a study of any size at the same seed.
    whole_test = load_parts("digits", **SIZES, evaluated=1000, seed=seed)
    assert not split & sources_of(whole_test.evaluation, rows)
    assert not split & sources_of(study.evaluation, rows)
    assert not split & sources_of(study.decoding, rows)
    assert not split & sources_of(study.validation, rows)


def test_a_search_learns_and_stops_on_what_a_study_does():
    study = load_parts("digits", **SIZES, evaluated=100, seed=0)
    tuning = tuning_parts(study, tuned_on=10**6)
    assert tuning.decoding.digest == study.decoding.digest
    assert tuning.validation.digest == study.validation.digest
    assert tuning.evaluation.n == study.encoding.n
    assert not DATASETS["digits"].parts
