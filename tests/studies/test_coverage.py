"""Coverage of a paper that does not exist, by studies that do not either."""

from types import SimpleNamespace

import pytest

from ib_mlflow.errors import ConfigurationError, DataError
from ib_mlflow.studies.coverage import claim_named, claims_page, read_coverage, unnamed_claims
from ib_mlflow.studies.judging.claims import Claim

WIDTH = SimpleNamespace(
    paper="Width",
    claims=[
        Claim("{of.name}: layer {of.layer} compresses", "Fig. 1", lambda of: None),
        Claim("{of.name}: layer {of.layer} compresses", "Fig. 2", lambda of: None),
        Claim("{of[0].name}: it does", "Sec. 3", lambda of: None),
        Claim("{of[0].name}: it does, at {of.least:g}", "Sec. 3", lambda of: None),
    ],
)
STUDIES = {"width": WIDTH, "other": SimpleNamespace(paper="", claims=[])}


@pytest.fixture
def paper(tmp_path):
    def read(*items):
        path = tmp_path / "width.toml"
        path.write_text('paper = "Width"\nitems = [' + ",\n".join(items) + "]", encoding="utf-8")
        return read_coverage(path)

    return read


def test_a_claim_is_named_by_a_part_of_its_words_or_of_its_place():
    assert claim_named("width: compresses @ Fig. 2", STUDIES) == ("width", WIDTH.claims[1])
    assert claim_named("width: it does", STUDIES) == ("width", WIDTH.claims[2])
    assert claim_named("width: it does, at", STUDIES) == ("width", WIDTH.claims[3])


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ("width: compresses", "which is in 2 of the 4"),
        ("width: expands", "which is in 0 of the 4"),
        ("widht: compresses", r"received widht\. Did you mean width\?"),
    ],
)
def test_what_names_no_claim_is_one_line(answer, message):
    with pytest.raises(ConfigurationError, match=message):
        claim_named(answer, STUDIES)


def test_an_item_without_claim_or_reason_is_refused(paper):
    with pytest.raises(DataError, match="by or note, or both"):
        paper('{at = "Sec. 1", says = "Wide layers lose."}')
    with pytest.raises(DataError, match="received reason"):
        paper('{at = "Sec. 1", says = "Wide layers lose.", reason = "no"}')


def test_the_claims_that_nobody_names_are_known(paper):
    of = paper('{at = "Sec. 1", says = "S", by = ["width: compresses @ Fig. 1", "width: it does"]}')
    assert unnamed_claims([of], STUDIES) == [
        "width: {of.name}: layer {of.layer} compresses",
        "width: {of[0].name}: it does, at {of.least:g}",
    ]


def test_the_page_says_what_judges_an_item_or_why_nothing_does(paper):
    of = paper(
        '{at = "Fig. 1", says = "A", by = ["width: compresses @ Fig. 1"], note = "One layer."}',
        '{at = "Fig. 9", says = "B", note = "A picture."}',
    )
    page = claims_page([of], STUDIES)
    assert "| Width | 2 | 1 | 1 | 0 |" in page
    judged = "[`width`](results.md#width): ⟨name⟩: layer ⟨layer⟩ compresses. One layer."
    assert f"| Fig. 1 | A | {judged} |" in page
    assert "| Fig. 9 | B | *not judged*: A picture. |" in page
