"""What a plan counts: the networks that a run of the study leaves."""

import os
from pathlib import Path

import pytest

from ib_mlflow.errors import ConfigurationError
from projects.inversion.invariance import STUDY as INVARIANCE
from projects.inversion.inversion import STUDY as INVERSION
from projects.inversion.inversion_dynamics import STUDY as DYNAMICS

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"
# As `test_inversion_studies` finds them; at the scale toy the digits have no test part of their
# own, and no decoder of another seed starts warm.
COUNTS = [(INVERSION, 26), (INVARIANCE, 19), (DYNAMICS, 21)]


def works_of(study, *arguments):
    return study.works(study.configuration.parse(["--scale", "toy", *arguments]))


@pytest.mark.parametrize(("study", "children"), COUNTS)
def test_every_child_run_is_counted(study, children):
    works = works_of(study)
    # Pictures of layers over training are drawn in the study's own run.
    pictures = [w for w in works if study is DYNAMICS and w.name.startswith("samples")]
    assert sum(work.count for work in works if work not in pictures) == children


def test_decoders_of_other_seeds_start_warm_where_the_test_part_is_nobodys(monkeypatch):
    folder = Path(os.environ.get("IB_DATA") or SHARED)
    if not (folder / "cifar10").is_dir():
        pytest.skip(f"no images of cifar10 at {folder}; name their folder in IB_DATA")
    monkeypatch.setenv("IB_DATA", str(folder))
    shared = ("--decoder_updates", "100", "--evaluated", "50", "--networks", "5")
    works = {work.name: work for work in works_of(INVERSION, "--tasks", "cifar10", *shared)}
    cold, warm = works["decoders of cifar10 FC3"], works["decoders of cifar10 FC3, warm"]
    assert (cold.count, warm.count) == (1, 4)
    assert (cold.plan.updates, warm.plan.updates) == (100, 50)
    assert works["decoders of cifar10 nothing"].count == 1
    works = {work.name: work for work in works_of(INVERSION, *shared)}
    assert works["decoders of digits FC3"].count == 5
    assert "decoders of digits FC3, warm" not in works


def test_a_stage_more_is_two_decoders_and_one_with_a_warm_start_more():
    def counts(moments):
        works = works_of(DYNAMICS, "--networks", "1", "--moments", moments)
        return [work.count for work in works if work.name.startswith("decoders")]

    assert counts("0,10,20") == [5, 2]
    assert counts("0,10,20,30") == [7, 3]


@pytest.mark.parametrize(("study", "children"), COUNTS)
def test_tuned_decoders_are_refused_by_a_plan_and_by_nothing_else(study, children):
    works = works_of(study, "--decoder", "tuned")
    assert 0 < sum(work.count for work in works) < children
    assert not any(
        work.name.startswith("decoders") and "nothing" not in work.name for work in works
    )
    with pytest.raises(ConfigurationError, match=r"decoder: leave it out beside plan=true"):
        works_of(study, "--decoder", "tuned", "--plan", "true")
