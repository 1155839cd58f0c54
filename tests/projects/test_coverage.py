"""Every sentence of the papers has its claim or a reason, and every claim its sentence."""

from pathlib import Path

import pytest

from ib_mlflow.studies.coverage import claim_named, claims_page, read_coverage, unnamed_claims
from projects.__main__ import main
from projects.pages import PAPERS
from projects.registry import STUDIES, load_study

ROOT = Path(__file__).parents[2]
STUDIES_BY_NAME = {name: load_study(name) for name in STUDIES}
COVERAGE = {path.stem: read_coverage(path) for path in sorted(PAPERS.glob("*.toml"))}


def test_all_five_papers_are_read():
    assert list(COVERAGE) == ["information_flow", "inverting", "resnet", "revisiting", "slides"]


@pytest.mark.parametrize("name", COVERAGE)
def test_what_judges_an_item_is_a_claim_of_a_study(name):
    for answer in COVERAGE[name].answers:
        claim_named(answer, STUDIES_BY_NAME)


def test_every_claim_of_their_studies_is_named():
    assert unnamed_claims(COVERAGE.values(), STUDIES_BY_NAME) == []


@pytest.mark.parametrize("name", COVERAGE)
def test_what_is_beyond_a_paper_says_so_where_it_is_judged(name):
    for items, beyond in ((COVERAGE[name].items, False), (COVERAGE[name].beyond, True)):
        for item in items:
            for answer in item.by:
                study, claim = claim_named(answer, STUDIES_BY_NAME)
                marked = claim.where.startswith("Beyond the paper")
                assert marked is beyond, f"{study}: {claim.words} at {claim.where}"


@pytest.mark.parametrize("name", COVERAGE)
def test_a_sentence_stands_once(name):
    said = [(item.at, item.says) for item in COVERAGE[name].items]
    assert len(set(said)) == len(said)


def test_the_page_is_written_from_them(capsys):
    main(["claims"])
    printed = capsys.readouterr().out
    assert (ROOT / "docs" / "claims.md").read_text(encoding="utf-8") == printed
    assert claims_page(COVERAGE.values(), STUDIES_BY_NAME) == printed
