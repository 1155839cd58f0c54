from ib_mlflow.studies.decoding.evidence import ON_BOUNDS, decoding_evidence


def evidence_of(parts, configuration):
    return decoding_evidence(parts, configuration, summary="It was inverted", metrics={"a": 1.0})


def test_the_four_parts_of_every_task_are_named(digits, blank, configuration):
    other = blank((3, 8, 8), 256, "other")
    evidence = evidence_of([digits, other], configuration)
    assert evidence.over == "test images"
    uses = ["encoding", "decoding", "validation", "evaluation"]
    assert [use for use, _ in evidence.datasets] == uses * 2
    assert dict(evidence.datasets[:4])["decoding"] is digits.decoding
    reduced, colour, *bounds = evidence.remarks
    assert "images of digits are 8 × 8 of 2 levels" in reduced
    assert "4 filters" in reduced
    assert "images of other are 8 × 8 of 256 levels" in colour
    assert "6 filters" in colour
    assert tuple(bounds) == ON_BOUNDS


def test_a_cut_of_what_was_asked_for_is_said(digits, configuration):
    asked = configuration.model_copy(update={"evaluated": digits.evaluation.n + 1})
    said = [remark for remark in evidence_of([digits], asked).remarks if "evaluated)" in remark]
    assert said == [
        f"{digits.evaluation.n + 1} test images were asked for (evaluated), and digits has "
        f"{digits.evaluation.n}: numbers are of these."
    ]
    all_there = configuration.model_copy(update={"evaluated": digits.evaluation.n})
    assert not [text for text in evidence_of([digits], all_there).remarks if "evaluated)" in text]


def test_nothing_is_reduced_at_the_papers_scale(digits, configuration):
    paper = configuration.model_copy(update={"scale": "paper"})
    assert tuple(evidence_of([digits], paper).remarks) == ON_BOUNDS
