"""Errors of the versions of the MNIST CNN on numbers whose answer is known."""

from dataclasses import replace

import numpy as np
import pytest

from ib_mlflow.studies.judging import all_hold
from ib_mlflow.studies.judging.claims import findings_of
from ib_mlflow.studies.judging.settings import filed
from ib_mlflow.studies.reporting.table import Table
from ib_mlflow.units import text_of
from projects.noise.mnist_noise.configuration import SETTING
from projects.noise.mnist_noise.errors import (
    adds_errors,
    changes_little,
    errors,
    errors_table,
    in_table_1,
    large_noises,
    reproduces_errors,
    small_noises,
    spares_errors,
    version_errors,
    with_dropout,
)
from projects.noise.mnist_noise.judged import CLAIMS

HELD_OUT = 1000
BASE = np.array([48.0, 50, 52, 49, 51, 50])


@pytest.fixture
def planes(plane):
    return {
        "deterministic": plane(BASE),
        "noisy, beta=0.05": plane(BASE + np.array([1, -1, 2, 0, -2, 1])),
        "noisy, beta=0.5": plane(BASE + np.array([400, 300, 350, 500, 450, 380])),
        "dropout": plane(BASE - np.array([9, 10, 11, 12, 8, 10])),
    }


@pytest.fixture
def readings(planes, versions_of):
    return versions_of(planes=planes)


def test_errors_are_those_of_the_last_epoch(planes):
    np.testing.assert_allclose(errors(planes["deterministic"], HELD_OUT), BASE)


def test_each_version_has_its_own_errors_beside_the_deterministic_ones(planes, versions_of):
    for order in (list(planes), list(reversed(planes))):
        readings = versions_of(planes={name: planes[name] for name in order})
        found = {version.name: version for version in version_errors(readings)}
        assert found.keys() == planes.keys()
        for name, version in found.items():
            np.testing.assert_allclose(version.counts, errors(planes[name], HELD_OUT))
            np.testing.assert_allclose(version.plain, BASE)
        assert {name: version.beta for name, version in found.items()} == {
            "deterministic": 0.0, "noisy, beta=0.05": 0.05, "noisy, beta=0.5": 0.5, "dropout": 0.0,
        }  # fmt: skip


def test_the_claims_of_table_1_are_judged_seed_by_seed(readings):
    (small,), (large,), (dropout,) = (
        choose(readings) for choose in (small_noises, large_noises, with_dropout)
    )
    assert (small.name, large.name, dropout.name) == (
        "noisy, beta=0.05", "noisy, beta=0.5", "dropout",
    )  # fmt: skip
    assert changes_little(small).verdict == "agrees"
    assert changes_little(large).verdict == "disagrees"
    assert adds_errors(large).verdict == "agrees"
    assert adds_errors(dropout).verdict == "disagrees"
    assert all_hold(spares_errors(dropout)).verdict == "agrees"
    fewer = replace(dropout, counts=dropout.plain - 1 - np.arange(6) / 10)
    first, strongly = spares_errors(fewer)
    assert (first.verdict, strongly.verdict) == ("agrees", "disagrees"), "one of fifty is not much"
    assert "Errors change by 0.2 [-1.4, 1.7] from 50.0. Minimal is up to 20%." in text_of(
        changes_little(small).words
    )


def test_the_papers_own_numbers_are_compared_only_where_they_can_be(readings, versions_of, planes):
    assert in_table_1(readings) == []
    whole = versions_of(planes=planes)
    paper = type(whole.configuration).parse(["--scale", "paper"])
    whole.ensembles.configuration = paper.model_copy(update={"members": 6})
    compared = in_table_1(whole)
    assert {version.name for version in compared} == planes.keys()
    judgement = reproduces_errors(compared[0])
    assert judgement.verdict in ("agrees", "disagrees")
    assert "The paper's: " in text_of(judgement.words)


def test_the_table_has_the_papers_errors_beside_ours(readings):
    table = errors_table(version_errors(readings), HELD_OUT)
    assert isinstance(table, Table)
    assert "| dropout | 40.0 ± 2.0 | 4.00 % | 39 ± 3.9 | 0.39 % |" in table.markdown()


def test_where_all_have_diverged_the_table_says_so(plane, versions_of):
    readings = versions_of(planes={"deterministic": plane(np.full(6, np.nan))})
    table = errors_table(version_errors(readings), HELD_OUT).markdown()
    assert "| deterministic | all diverged | – | 50 ± 4.6 | 0.50 % |" in table


@pytest.mark.parametrize(("scale", "verdict"), [("quick", "undecided"), ("paper", "disagrees")])
def test_a_comparison_of_less_training_does_not_disagree(planes, versions_of, scale, verdict):
    worse = planes | {"dropout": planes["noisy, beta=0.5"]}
    readings = versions_of(planes=worse, parameters=("--scale", scale))
    (claim,) = (each for each in CLAIMS if each.words.startswith("dropout strongly"))
    (finding,) = findings_of([claim], readings)
    assert finding.verdict == verdict
    if scale == "quick":
        assert "images=2000, epochs=16, learning_rate=0.05" in text_of(finding.words)


def test_where_it_agrees_it_is_beyond_the_paper(planes, versions_of):
    readings = versions_of(planes=planes)
    (claim,) = (each for each in CLAIMS if each.words.startswith("dropout strongly"))
    (finding,) = filed(findings_of([claim], readings), SETTING, readings.configuration)
    assert finding.verdict == "agrees"
    assert finding.where == "Beyond the paper: Sec. 2; Table 1"
