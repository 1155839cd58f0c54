from types import SimpleNamespace

import pytest

from ib_mlflow.studies.judging.claims import Claim, Finding, count_verdicts, findings_of, in_words
from ib_mlflow.studies.judging.verdicts import Judgement, rises

UP = [1.0, 1.1, 0.9, 1.2, 0.8]
LAYERS = [
    SimpleNamespace(name="tanh", figure="Fig. 1", lost=UP),
    SimpleNamespace(name="relu", figure="Fig. 2", lost=[-number for number in UP]),
]


def lost(layer):
    return rises(layer.lost)


CLAIM = Claim("{of.name} layers compress", "Sec. 2; {of.figure}", lost, lambda layers: layers)


@pytest.mark.parametrize("layers", [LAYERS, LAYERS[::-1]])
def test_a_claim_is_judged_of_each_subject_under_the_subjects_own_name(layers):
    findings = {finding.claim: finding for finding in CLAIM.findings(layers)}
    assert {claim: (finding.where, finding.verdict) for claim, finding in findings.items()} == {
        "tanh layers compress": ("Sec. 2; Fig. 1", "agrees"),
        "relu layers compress": ("Sec. 2; Fig. 2", "disagrees"),
    }
    for layer in layers:
        assert findings[f"{layer.name} layers compress"].words == lost(layer).words


def test_without_subjects_of_its_own_a_claim_is_judged_of_the_readings():
    def judge(layers):
        return Judgement("agrees", (f"{len(layers)} layers.",))

    claim = Claim("{of[0].name} is the first", "Sec. 1", judge)
    assert claim.findings(LAYERS) == [
        Finding("tanh is the first", "Sec. 1", "agrees", ("2 layers.",))
    ]


def test_a_claim_with_parts_agrees_only_if_all_of_them_do():
    yes, no, open_ = (
        Judgement(verdict, ("3 nats.",), 0.01) for verdict in ("agrees", "disagrees", "undecided")
    )
    for parts, verdict in (
        ((yes, yes), "agrees"),
        ((yes, open_), "undecided"),
        ((open_, no), "disagrees"),
    ):
        claim = Claim("both", "Sec. 1", lambda _, parts=parts: parts)
        assert claim.findings(None)[0].verdict == verdict
    assert Claim("both", "Sec. 1", lambda _: (yes, no)).findings(None)[0].p_value == 0.02


def test_a_claim_without_subjects_is_not_judged():
    assert CLAIM.findings([]) == []


def test_claims_are_judged_in_their_order():
    other = Claim("{of.name} layers expand", "Sec. 3", lost, lambda layers: layers[:1])
    assert [finding.claim for finding in findings_of([other, CLAIM], LAYERS)] == [
        "tanh layers expand",
        "tanh layers compress",
        "relu layers compress",
    ]


def test_verdicts_are_counted():
    findings = CLAIM.findings([*LAYERS, LAYERS[0]])
    assert count_verdicts(findings) == {"agrees": 2, "disagrees": 1, "undecided": 0}
    assert in_words(findings) == "2 agree, 1 disagrees, 0 are undecided"
    assert in_words([]) == "0 agree, 0 disagree, 0 are undecided"
