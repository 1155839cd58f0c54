"""What became of a claim, and what becomes of one with several parts or a threshold."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.studies.judging.thresholds import FACTORS
from ib_mlflow.units import Quantity, Words

Verdict = Literal["agrees", "disagrees", "undecided"]
Note = Iterable[str | Quantity]
"""A text, or its parts."""


@dataclass(frozen=True)
class Judgement:
    """What became of one claim.

    Arguments:
        verdict: the verdict.
        words: what was measured; its informations are in nats until they are written.
        p_value: how often chance alone would decide as clearly, two-sided; None where the rule
            rests on no sample, or knows none.
        parts: the judgements of its parts, where it has some.
        alone: what it is over, where it speaks of one network alone; empty where it generalises
            over what all claims of a report do.
    """

    verdict: Verdict
    words: Words
    p_value: float | None = None
    parts: tuple["Judgement", ...] = ()
    alone: str = ""


def sentence(words: Words, note: Note = ()) -> Words:
    """End a sentence, which begins with a capital, and put the note behind it.

    Example:
        >>> sentence(("in 3 of 3",), ("All of them.",))
        ('In 3 of 3', '. ', 'All of them.')
    """
    if isinstance(words[0], str):
        words = (f"{words[0][:1].upper()}{words[0][1:]}", *words[1:])
    behind = tuple(note)
    return (*words, ". ", *behind) if behind else (*words, ".")


def all_hold(judgements: Sequence[Judgement], *, note: Note = ()) -> Judgement:
    """Judge a claim by its parts, all of which must hold.

    Reference:
        Berger (1982), Technometrics 24: the intersection of tests, each at the level of the whole.

    Arguments:
        judgements: of the parts.
        note: what else was measured.

    Returns:
        It agrees where all parts agree, disagrees where one disagrees, and is undecided otherwise.
        Its p-value is the largest of its parts where it agrees, and else the smallest of those
        that disagree times the number of parts.

    Raises:
        InvalidInputError: there is no part.

    Example:
        >>> yes, no = (Judgement(verdict, ("3.",), 0.01) for verdict in ("agrees", "disagrees"))
        >>> all_hold([yes, yes]).verdict, all_hold([yes, no]).verdict
        ('agrees', 'disagrees')
    """
    parts = tuple(judgements)
    if not parts:
        raise InvalidInputError(
            "a claim has at least one part", received="none", fix="Give it a judgement."
        )
    if len(parts) == 1 and not tuple(note):
        return parts[0]
    words: Words = ()
    for number, part in enumerate(parts, start=1):
        words += (" " if words else "", f"({number}) ", *part.words, f" This part: {part.verdict}.")
    alone = next((part.alone for part in parts if part.alone), "")
    return Judgement(_of_parts(parts), (*words, *_behind(note)), _largest(parts), parts, alone)


def _of_parts(parts: Sequence[Judgement]) -> Verdict:
    verdicts = {part.verdict for part in parts}
    if "disagrees" in verdicts:
        return "disagrees"
    return "agrees" if verdicts == {"agrees"} else "undecided"


def _largest(parts: Sequence[Judgement]) -> float | None:
    against = [part for part in parts if part.verdict == "disagrees"]
    p_values = [part.p_value for part in against or parts]
    sound = [p_value for p_value in p_values if p_value is not None]
    if len(sound) < len(p_values):
        return None
    return min(1.0, len(parts) * min(sound)) if against else max(sound)


def between(judgement: Judgement, limits: Sequence[Judgement]) -> Judgement:
    """Keep a verdict that holds at all limits of what was measured, and else leave it open.

    Arguments:
        judgement: of the claim, by the estimates.
        limits: of the same claim, at the limits of what they may stand for: of how the peak of a
            curve is read, or of the bounds of estimates that are not reliable.

    Returns:
        The judgement with the largest of all p-values, undecided where the verdicts differ.

    Example:
        >>> yes, no = (Judgement(verdict, ("3 nats.",)) for verdict in ("agrees", "disagrees"))
        >>> between(yes, [yes, no]).verdict
        'undecided'
    """
    verdict = judgement.verdict
    everything = (judgement, *limits)
    if verdict == "undecided" or {each.verdict for each in everything} == {verdict}:
        p_values = [each.p_value for each in everything if each.p_value is not None]
        whole = len(p_values) == len(everything)
        return replace(judgement, p_value=max(p_values) if whole else judgement.p_value)
    words = (*judgement.words, f" By the estimates it {verdict}, but their limits leave it open.")
    return replace(judgement, verdict="undecided", words=words)


def left_open(judgement: Judgement, why: str) -> Judgement:
    """Take a verdict back, with the reason behind its words.

    Example:
        >>> left_open(Judgement("agrees", ("3.",), 0.01), " But too few.").words
        ('3.', ' But too few.')
    """
    return replace(judgement, verdict="undecided", words=(*judgement.words, why), p_value=None)


def steady(judge: Callable[[float], Judgement], *, of: str = "the threshold") -> Judgement:
    """Judge at a threshold, and see whether the verdict hangs on it.

    Arguments:
        judge: the judgement where the threshold is multiplied by a factor.
        of: what is halved and doubled, in words.

    Returns:
        The judgement at the threshold, with the verdicts at half and at twice the threshold in
        words. It is undecided where one of the three agrees and another disagrees; a verdict that
        the numbers only lose the power for stays, and that they do is in the words.

    Example:
        >>> agree = lambda factor: Judgement("agrees" if factor < 2 else "disagrees", ("3 nats.",))
        >>> steady(agree).words[-1]
        ' At half the threshold it agrees, at twice it disagrees: undecided, for it hangs on it.'
    """
    at, half, twice = (judge(factor) for factor in FACTORS)
    words = f" At half {of} {_is(half)}, at twice {_is(twice)}"
    if not {"agrees", "disagrees"} <= {at.verdict, half.verdict, twice.verdict}:
        return replace(at, words=(*at.words, f"{words}."))
    hanging = (*at.words, f"{words}: undecided, for it hangs on it.")
    return replace(at, verdict="undecided", words=hanging)


def _is(judgement: Judgement) -> str:
    return "it is undecided" if judgement.verdict == "undecided" else f"it {judgement.verdict}"


def _behind(note: Note) -> Words:
    behind = tuple(note)
    return (" ", *behind) if behind else ()
