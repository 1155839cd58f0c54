"""How the claims about pruning are judged, over networks and seed by seed.

Reference:
    Revisiting the Information Plane, section 2.5, Table 2.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ib_mlflow.studies.judging.claims import Claim
from ib_mlflow.studies.judging.intervals import Interval, accuracy, known, mean
from ib_mlflow.studies.judging.judgements import steady
from ib_mlflow.studies.judging.margins import SAME_ACCURACY
from ib_mlflow.studies.judging.means import p_value_of_mean
from ib_mlflow.studies.judging.published import Published, reproduces
from ib_mlflow.studies.judging.thresholds import ACCURACY_MARGIN
from ib_mlflow.studies.judging.verdicts import Judgement, Verdict, judge_interval, most, rises
from ib_mlflow.trajectory.members import Numbers
from ib_mlflow.units import Words
from .paper import HIDDEN
from .prunings import Chain, Pruning, Prunings
from .stops import Stopped

SCORES = {"szt tanh": (0.8768, 0.8780, 0.8732, 0.8805), "szt relu": (0.8780, 0.8646, 0.8805)}
"""Table 2: accuracy of the big network and after each pruning, of a network each."""


def added_are_similar(chain: Chain) -> Judgement:
    """Judge whether every added layer of the big network is similar to the one before it."""
    if chain.big.similarity is None:
        return _too_few(chain.big)
    pairs = [layer - 1 for layer in chain.added_layers if layer > 1]
    flags = np.stack([chain.big.similar(layer) for layer in pairs])
    share = mean(flags.mean(axis=0)).quantity(digits=2)
    note = ("Similar is a share of ", share, f" of {len(pairs)} pairs of layers.")
    return most(known(flags.all(axis=0), flags.sum(axis=0)), note=note)


def added_are_removed(chain: Chain) -> Judgement:
    """Judge whether pruning ends without any of the layers that were added."""
    left = [layer for layer in chain.last.layers if layer in chain.added_layers]
    words = f"Of {len(chain.added_layers)} added layers {len(left)} are left{_steps(chain)}"
    if left and not chain.decided:
        return Judgement("undecided", (words, *_too_few(chain.last).words))
    if not left:
        return Judgement("agrees", (words,))
    apart = any(chain.last.differs(layer) for layer in left)
    return Judgement("disagrees" if apart else "undecided", (words,))


def original_are_kept(chain: Chain) -> Judgement:
    """Judge whether pruning ends with all of the layers that nothing was added to.

    It agrees only if the first pruning leaves them at half and at twice the error rate too.
    """
    gone = [layer for layer in chain.original_layers if layer not in chain.last.layers]
    count = len(chain.original_layers)
    words = f"Of {count} original layers {len(gone)} were removed{_steps(chain)}"
    if gone:
        return Judgement("disagrees", (words, *_elsewhere(chain)))
    if not chain.decided:
        return Judgement("undecided", (words, *_too_few(chain.last).words))
    left = set(chain.added_layers) & set(chain.last.layers)
    note = f"But {len(left)} added layers are left. " if left else ""
    steady = not any(set(chain.original_layers) & set(of) for of in first_removals(chain).values())
    verdict: Verdict = "agrees" if steady and not left else "undecided"
    return Judgement(verdict, (words, note, *_elsewhere(chain)))


def first_removals(chain: Chain) -> dict[float, tuple[int, ...]]:
    """The layers that the first pruning removes at half, at once and at twice the error rate.

    Those that are too low for the number of networks that have learnt, or too high, are left out.
    """
    error = chain.big.criteria.error
    others = [chain.big.at_error(rate) for rate in (error / 2, error, 2 * error) if rate < 1]
    return {of.criteria.error: of.removable for of in others if of.similarity is not None}


def _elsewhere(chain: Chain) -> Words:
    parts = (
        f"layers {', '.join(map(str, layers)) or 'none'} at an error of {error:g}"
        for error, layers in first_removals(chain).items()
    )
    return (f"The first pruning removes {'; '.join(parts)}.",)


def _steps(chain: Chain) -> str:
    ways = " → ".join(str(len(step.layers)) for step in chain.steps)
    return f"; hidden layers: {ways}. "


def _too_few(networks: Stopped) -> Judgement:
    learned = int(np.nansum(networks.learned))
    return Judgement(
        "undecided",
        (
            f"{learned} of {networks.learned.size} networks had learnt anything when they "
            f"stopped, too few to tell which layers are similar.",
        ),
    )


def keeps_the_score(pruning: Pruning) -> Judgement:
    """Judge whether a loss of accuracy of more than the margin is excluded, over all networks."""
    return _excludes_a_loss(pruning.after.accuracy - pruning.before.accuracy, pruning)


def keeps_the_score_of_the_learned(pruning: Pruning) -> Judgement:
    """The same over the seeds whose networks had learnt anything before and after."""
    learned = (pruning.before.learned == 1) & (pruning.after.learned == 1)
    return _excludes_a_loss((pruning.after.accuracy - pruning.before.accuracy)[learned], pruning)


def _excludes_a_loss(gained: Numbers, pruning: Pruning) -> Judgement:
    change = mean(gained)
    if np.isnan(change.value):
        return Judgement("undecided", ("No seed has networks to compare.",))
    layers = f"{len(pruning.before.layers)} to {len(pruning.after.layers)}"
    words = ("Accuracy changes by ", change.quantity(digits=4), f" over {_count(gained)} seeds")
    note = (f"Hidden layers: {layers}; a loss counts from {ACCURACY_MARGIN:g}.",)

    def beyond(factor: float) -> Judgement:
        margin = factor * ACCURACY_MARGIN
        moved = Interval(change.value + margin, change.low + margin, change.high + margin)
        p_value = p_value_of_mean(gained + factor * ACCURACY_MARGIN)[1]
        return judge_interval(moved, words, note=note, p_value=p_value)

    return steady(beyond)


def _count(gained: Numbers) -> int:
    return int(np.isfinite(gained).sum())


def beats_random_layers(chain: Chain) -> Judgement:
    """Judge whether pruning leaves more accurate networks than removing random layers does."""
    random = np.stack([control.accuracy for control in chain.controls])
    last, others = chain.last.accuracy, np.asarray(random.mean(axis=0))
    note = (
        f"Accuracy {accuracy(last).text(digits=4)}, without random layers "
        f"{accuracy(others).text(digits=4)} (removals: {len(chain.controls)})."
    )
    return rises(last - others, "", note=note)


@dataclass(frozen=True, eq=False)
class Score:
    """The accuracy after a pruning, beside the paper's.

    Arguments:
        name: of the networks.
        accuracy: (e,) ours, of those that have learnt anything, as the paper's had.
        paper: the paper's.
        rows: of the validation set, which the networks share.
    """

    name: str
    accuracy: Numbers
    paper: float
    rows: int


def scores(readings: Prunings) -> Iterator[Score]:
    """The networks of which Table 2 has a score, where the layers are as in the paper."""
    for chain in readings.chains:
        for step in chain.steps:
            paper = paper_score(readings, chain, step)
            if paper is not None:
                accuracies = step.accuracy[step.learned == 1]
                yield Score(step.name, accuracies, paper, step.rows)


def reproduces_score(of: Score) -> Judgement:
    """Judge whether the paper's accuracy could be that of one of these networks."""
    published = Published(of.paper, decimals=4)
    return reproduces(of.accuracy, published, margin=SAME_ACCURACY, rows=of.rows, digits=4)


def paper_score(readings: Prunings, chain: Chain, of: Stopped) -> float | None:
    """The paper's accuracy after as many prunings; None where it has none of such layers."""
    c, papers = readings.configuration, SCORES.get(chain.name, ())
    as_in_paper = c.hidden == HIDDEN and c.added == len(HIDDEN)
    if not as_in_paper or of.prunings is None or of.prunings >= len(papers):
        return None
    return papers[of.prunings]


WHERE, OURS = "Sec. 2.5", "Beyond the paper: beside Sec. 2.5"
CLAIMS: list[Claim[Prunings, Any]] = [
    Claim(
        "{of.name}: layers added at the end are just passing the information through: each takes "
        "a path similar to that of the layer before",
        f"{WHERE}; Fig. 8",
        added_are_similar,
        lambda readings: [chain for chain in readings.chains if chain.added],
    ),
    Claim(
        "{of.name}: there are prune-able layers until all added layers have been removed",
        WHERE,
        added_are_removed,
        lambda readings: [chain for chain in readings.chains if chain.added],
    ),
    Claim(
        "{of.name}: then no layers are similar: none of the original ones is removed",
        WHERE,
        original_are_kept,
        lambda readings: readings.chains,
    ),
    Claim(
        "{of.name}: pruning does not result in a decreased score",
        f"{WHERE}; Table 2",
        keeps_the_score,
        lambda readings: readings.prunings,
    ),
    Claim(
        "{of.name}: nor does it where the networks had learnt anything, before and after",
        OURS,
        keeps_the_score_of_the_learned,
        lambda readings: readings.prunings,
    ),
    Claim(
        "{of.name}: removing similar layers leaves more accurate networks than removing as many "
        "random ones",
        OURS,
        beats_random_layers,
        lambda readings: readings.controlled,
    ),
    Claim(
        "{of.name}: the accuracy of Table 2, of networks that have learnt",
        "Table 2",
        reproduces_score,
        scores,
    ),
]
"""In the order of the report."""
