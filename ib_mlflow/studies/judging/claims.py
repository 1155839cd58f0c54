"""A claim as data: a paper's words, their place, and how they are judged over what."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from ib_mlflow.studies.judging.judgements import Judgement, Verdict, all_hold
from ib_mlflow.units import Words

R = TypeVar("R")
"""What a study has read from its runs."""
S = TypeVar("S")
"""What one claim is judged of: a group of networks, two of them, a task."""


@dataclass(frozen=True)
class Finding:
    """One claim of a paper, as it was judged of one subject.

    Arguments:
        claim: the claim, in words.
        where: the section or figure of the paper that makes it.
        verdict: what became of it.
        words: what was measured.
        p_value: how often chance alone would decide as clearly; None where the rule has none.
        alone: what it is over, where it speaks of one network alone; else empty.
    """

    claim: str
    where: str
    verdict: Verdict
    words: Words
    p_value: float | None = None
    alone: str = ""


@dataclass(frozen=True)
class Claim(Generic[R, S]):
    """One sentence of a paper.

    Arguments:
        words: the claim; `{of.name}` and the like stand for what the subject calls itself.
        where: the section or figure of the paper that makes it, with the same places.
        judge: what becomes of it, from one subject; it knows no unit. Several judgements are those
            of its parts, and it agrees only if all do.
        of: the subjects among the study's readings; the readings themselves by default.

    Example:
        >>> from ib_mlflow.studies.judging.verdicts import rises
        >>> lost = lambda of: rises([of, of + 0.1, of + 0.2, of + 0.3, of + 0.4])
        >>> claim = Claim("layer {of} compresses", "Fig. 1", lost, lambda of: of)
        >>> [finding.claim for finding in claim.findings([1, 2])]
        ['layer 1 compresses', 'layer 2 compresses']
    """

    words: str
    where: str
    judge: Callable[[S], Judgement | Sequence[Judgement]]
    of: Callable[[R], Iterable[S]] = lambda readings: (readings,)  # type: ignore[assignment, return-value]

    def findings(self, readings: R) -> list[Finding]:
        """Judge it of every subject."""
        return [self._of(subject) for subject in self.of(readings)]

    def _of(self, subject: S) -> Finding:
        judged = self.judge(subject)
        judgement = judged if isinstance(judged, Judgement) else all_hold(judged)
        claim, where = (text.format(of=subject) for text in (self.words, self.where))
        kept = judgement.verdict, judgement.words, judgement.p_value, judgement.alone
        return Finding(claim, where, *kept)


def findings_of(claims: Sequence[Claim[R, Any]], readings: R) -> list[Finding]:
    """Judge all claims of a study, in their order."""
    return [finding for claim in claims for finding in claim.findings(readings)]


def count_verdicts(findings: Iterable[Finding]) -> dict[Verdict, int]:
    """How many claims agree, disagree, and are undecided.

    Example:
        >>> count_verdicts([Finding("Layers compress", "Fig. 1", "agrees", ("In 3 of 3.",))])
        {'agrees': 1, 'disagrees': 0, 'undecided': 0}
    """
    counts: dict[Verdict, int] = {"agrees": 0, "disagrees": 0, "undecided": 0}
    for finding in findings:
        counts[finding.verdict] += 1
    return counts


def in_words(findings: Sequence[Finding]) -> str:
    """How many claims agree, disagree, and are undecided, in words.

    Example:
        >>> in_words([Finding("Layers compress", "Fig. 1", "agrees", ("In 3 of 3.",))])
        '1 agrees, 0 disagree, 0 are undecided'
    """
    counts = count_verdicts(findings)
    verbs: dict[Verdict, tuple[str, str]] = {
        "agrees": ("agrees", "agree"),
        "disagrees": ("disagrees", "disagree"),
        "undecided": ("is undecided", "are undecided"),
    }
    return ", ".join(
        f"{counts[verdict]} {one if counts[verdict] == 1 else several}"
        for verdict, (one, several) in verbs.items()
    )
