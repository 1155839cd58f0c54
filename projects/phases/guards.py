"""What tells whether trainings went on for long enough to speak of their phases.

Reference:
    On the Information Bottleneck Theory of Deep Learning, slides "Information Path".
"""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from ib_mlflow.studies.judging.judgements import Judgement, left_open

S = TypeVar("S")
"""What a claim is judged of."""


def after_the_turn(
    judge: Callable[[S], Judgement], second: Callable[[S], Judgement]
) -> Callable[[S], Judgement]:
    """Guard a claim about what parts two phases, or about the second, by that there is one.

    A layer that has lost too little since its largest I(X;T) may have it later: both phases of the
    claim would be others.

    Arguments:
        judge: of the claim.
        second: judges whether the layer compresses after its largest I(X;T).

    Returns:
        The guarded judge, undecided where the other does not agree.
    """

    @wraps(judge)
    def guarded(of: S) -> Judgement:
        judgement = judge(of)
        if judgement.verdict == "undecided" or second(of).verdict == "agrees":
            return judgement
        words = " No second phase is seen, in which I(X;T) falls: undecided, for it may come later."
        return left_open(judgement, words)

    return guarded
