"""How many verdicts of a report chance alone would decide, and which remain beside so many."""

from collections.abc import Sequence

import numpy as np
from scipy import stats

from ib_mlflow.studies.judging.claims import Finding
from ib_mlflow.studies.judging.thresholds import LEVEL


def kept(findings: Sequence[Finding]) -> list[bool]:
    """Which decided verdicts remain at a rate of false discoveries of 5 %.

    Reference:
        Benjamini & Hochberg (1995), J. Royal Statistical Society B 57.

    Arguments:
        findings: of one report.

    Returns:
        For each whether it is decided and kept; false where its rule has no p-value.

    Example:
        >>> claim = ("It rises", "Fig. 1", "agrees", ("1.",))
        >>> sure, slight = (Finding(*claim, p_value) for p_value in (1e-4, 0.049))
        >>> undecided = Finding("It falls", "Fig. 1", "undecided", ("1.",), 0.9)
        >>> kept([sure, slight]), kept([sure, slight, undecided])
        ([True, True], [True, False, False])
    """
    tested = [place for place, of in enumerate(findings) if of.p_value is not None]
    marks = [False] * len(findings)
    if tested:
        p_values = [float(findings[place].p_value or 0.0) for place in tested]
        adjusted = np.asarray(stats.false_discovery_control(p_values))
        for place, p_value in zip(tested, adjusted, strict=True):
            marks[place] = bool(p_value <= LEVEL) and findings[place].verdict != "undecided"
    return marks


def in_words(findings: Sequence[Finding]) -> str:
    """What chance alone would have decided, in sentences; nothing where no verdict was tested.

    Example:
        >>> in_words([Finding("It rises", "Fig. 1", "agrees", ("1.",), 0.01)] * 20)[:47]
        '20 verdicts rest on a test; chance alone would '
    """
    tested = [of for of in findings if of.p_value is not None]
    if not tested:
        return ""
    decided, remaining = sum(of.verdict != "undecided" for of in tested), sum(kept(findings))
    rest = "1 verdict rests" if len(tested) == 1 else f"{len(tested)} verdicts rest"
    marked = {0: "None remains", 1: "The one marked with * remains"}.get(
        remaining, f"The {remaining} marked with * remain"
    )
    return (
        f"{rest} on a test; chance alone would have decided about {LEVEL * len(tested):.1f} if "
        f"nothing were there; {decided} {'is' if decided == 1 else 'are'} decided. {marked} where "
        "at most 5 % of what is marked may be expected to be false (Benjamini & Hochberg, 1995)."
    )
