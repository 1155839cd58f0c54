"""The claims about the phases of learning, guarded against trainings that end too soon.

Reference:
    On the Information Bottleneck Theory of Deep Learning, slides "Dynamics of Learning – Info
    Path" to "Diffusion Improves Generalisation".
"""

from collections.abc import Callable, Collection
from typing import Any

from ib_mlflow.studies.judging.claims import Claim
from ib_mlflow.studies.judging.judgements import Verdict
from ib_mlflow.studies.judging.lengths import EITHER, HAPPENS, STAYS_AWAY, at_its_end
from ib_mlflow.studies.judging.verdicts import Judgement
from . import phase_claims as judges
from .guards import after_the_turn
from .paper import course
from .phase_readings import Path
from .transitions import transition_claims


def _rests(
    judge: Callable[[Path], Judgement], column: str, turns: Collection[Verdict] = HAPPENS
) -> Callable[[Path], Judgement]:
    return at_its_end(judge, lambda of: course(of.plane, of.layer, column), turns)


def _in_two_phases(judge: Callable[[Path], Judgement]) -> Callable[[Path], Judgement]:
    return after_the_turn(judge, judges.compresses)


FIRST, SECOND = (f'Slides "Information Path – {which} Phase"' for which in ("First", "Second"))
WHERE = "{of.name}, layer {of.layer}: "
CLAIMS: list[Claim[Any, Any]] = [
    Claim(
        WHERE + "similar path for all initialisations",
        'Slide "Dynamics of Learning – Info Path"',
        _rests(judges.follows_the_average, "i_x"),
        lambda readings: readings.last_hidden,
    ),
    Claim(
        WHERE + "first phase, A → C: ΔI(X;T) > 0 and ΔI(T;Y) > 0",
        FIRST,
        _rests(judges.fits, "i_y"),
        lambda readings: readings.last_hidden,
    ),
    Claim(
        WHERE + "the first phase is fast",
        FIRST,
        _in_two_phases(_rests(judges.is_fast, "i_x")),
        lambda readings: readings.last_hidden,
    ),
    Claim(
        WHERE + "second phase, C → E: ΔI(X;T) < 0, compression",
        SECOND,
        _rests(judges.compresses, "i_x"),
        lambda readings: readings.last_hidden,
    ),
    Claim(
        WHERE + "second phase: and ΔI(T;Y) ≥ 0",
        SECOND,
        _in_two_phases(_rests(judges.keeps_the_label, "i_y", EITHER)),
        lambda readings: readings.last_hidden,
    ),
    Claim(
        WHERE + "second phase: empirical risk ≈ constant",
        SECOND,
        _in_two_phases(_rests(judges.risk_is_constant, "train_loss", STAYS_AWAY)),
        lambda readings: readings.last_hidden,
    ),
    Claim(
        WHERE + "the second phase is responsible for generalisation: validation accuracy rises",
        SECOND,
        _in_two_phases(_rests(judges.generalises, "val_accuracy", EITHER)),
        lambda readings: readings.last_hidden,
    ),
    Claim(
        WHERE + "drift has a high SNR, diffusion a low one",
        'Slides "SNR of Gradient"',
        _in_two_phases(judges.drifts_then_diffuses),
        lambda readings: readings.judged,
    ),
    *transition_claims('Slide "Role of the Batch Size"', lambda readings: readings.transitions),
]
"""In the order of the report."""
