"""How the claims about leaky ReLU networks are judged, seed by seed beside ReLU networks.

Reference:
    Revisiting the Information Plane, section 4; Xu et al. (2015), arXiv:1505.00853.
"""

from collections.abc import Callable
from typing import Any

from ib_mlflow.studies.judging.claims import Claim
from ib_mlflow.studies.judging.curves import NEAR, compressing
from ib_mlflow.studies.judging.drops import falls_somewhere, stays_up
from ib_mlflow.studies.judging.intervals import accuracy, information, mean
from ib_mlflow.studies.judging.judgements import Judgement, all_hold, steady
from ib_mlflow.studies.judging.lengths import (
    HAPPENS,
    STAYS_AWAY,
    Course,
    at_its_end,
)
from ib_mlflow.studies.judging.shares import most_beyond, most_within
from ib_mlflow.studies.judging.thresholds import ACCURACY_MARGIN
from ib_mlflow.studies.judging.verdicts import rises
from ib_mlflow.trajectory.members import at_end
from ib_mlflow.units import nats
from .leaky_readings import Pair, Rectified, leaky_ones, pairs_of, relus
from .paper import course


def more_accurate(pair: Pair) -> Judgement:
    """Judge whether leaky networks end with a higher validation accuracy."""
    relu, leaky = (of.score("val_accuracy") for of in (pair.relu, pair.leaky))
    note = f"Leaky ReLU {accuracy(leaky).text(digits=4)}, ReLU {accuracy(relu).text(digits=4)}."
    return rises(leaky - relu, "", note=note)


def lower_loss(pair: Pair) -> Judgement:
    """Judge whether leaky networks reach a lower validation cross-entropy."""
    return rises(pair.relu.lowest_loss - pair.leaky.lowest_loss)


def compresses_somewhere(networks: Rectified) -> Judgement:
    """Judge whether the last hidden layer of some network compresses."""
    return falls_somewhere(networks.plane, networks.layer, least=compressing(networks.plane))


def does_not_compress(networks: Rectified) -> Judgement:
    """Judge whether the last hidden layer loses too little to be said to compress."""
    return stays_up(networks.plane, networks.layer, least=compressing(networks.plane))


def compresses_less(pair: Pair) -> Judgement:
    """Judge whether the last hidden layer of leaky networks loses less."""
    return rises(pair.relu.lost - pair.leaky.lost)


def loses_in_the_bin(networks: Rectified) -> Judgement:
    """Judge whether the last hidden layer ends below H(X) though all that differs is told apart."""
    return _truth(networks, above=False)


def stays_invertible(networks: Rectified) -> Judgement:
    """Judge whether the last hidden layer ends at H(X) if all that differs is told apart."""
    return _truth(networks, above=True)


def _truth(networks: Rectified, *, above: bool) -> Judgement:
    ends, h_x = at_end(networks.fine, "i_x", networks.layer), networks.fine.guides.h_x
    note = (
        "It ends at ", information(ends, h_x).quantity("nats"), "; H(X) is ", nats(h_x),
        ", and what is less by ", nats(NEAR), " counts as below it.",
    )  # fmt: skip
    short = h_x - ends
    return most_within(short, NEAR, note=note) if above else most_beyond(short, NEAR, note=note)


def generalises_without(pair: Pair) -> Judgement:
    """Judge whether leaky networks compress less, and are no less accurate, within the margin."""
    gained = pair.leaky.score("val_accuracy") - pair.relu.score("val_accuracy")
    spared = pair.relu.lost - pair.leaky.lost
    note = (
        "They lose ", mean(spared).quantity("nats"), " less after the peak, and are more accurate "
        "by ", mean(gained).quantity(digits=4), ".",
    )  # fmt: skip
    alike = f"The number is the difference of accuracies plus the margin of {ACCURACY_MARGIN:g}."
    no_less = steady(lambda factor: rises(gained + factor * ACCURACY_MARGIN, "", note=(alike,)))
    return all_hold([rises(spared), no_less], note=note)


def the_dead_know_nothing(networks: Rectified) -> Judgement:
    """Judge whether the last hidden layer of those that ended at chance knows next to nothing."""
    ends, dead = at_end(networks.plane, "i_x", networks.layer), networks.dead == 1
    known = information(ends[dead]).quantity("nats")
    note = ("They end with ", known, "; counted below ", nats(NEAR), ".")
    return most_within(ends[dead], NEAR, note=note)


def _layer(of: Rectified) -> Course:
    return course(of.plane, of.layer)


def _finely(of: Rectified) -> Course:
    return course(of.fine, of.layer)


def _both_rest(
    judge: Callable[[Pair], Judgement], course: Callable[[Rectified], Course]
) -> Callable[[Pair], Judgement]:
    return at_its_end(judge, lambda of: [course(each) for each in (of.relu, of.leaky)])


def _accuracy(of: Rectified) -> Course:
    return course(of.plane, of.layer, "val_accuracy")


def _lowest(of: Rectified) -> Course:
    return course(of.lowest_so_far, of.layer, "val_loss")


WHERE = "Sec. 4"
CLAIMS: list[Claim[Any, Any]] = [
    Claim(
        "{of.task}: leaky ReLU is favourable to ReLU in terms of generalisation: validation "
        "accuracy at the end",
        WHERE,
        _both_rest(more_accurate, _accuracy),
        pairs_of,
    ),
    Claim(
        "{of.task}: leaky ReLU is favourable to ReLU in terms of generalisation: lowest "
        "validation cross-entropy",
        WHERE,
        _both_rest(lower_loss, _lowest),
        pairs_of,
    ),
    Claim(
        "{of.name}: networks with ReLU could experience a form of compression (layer {of.layer})",
        WHERE,
        compresses_somewhere,
        relus,
    ),
    Claim(
        "{of.name}: the bin at zero loses information: layer {of.layer} does not tell all "
        "inputs apart",
        WHERE,
        at_its_end(loses_in_the_bin, _finely, HAPPENS),
        relus,
    ),
    Claim(
        "{of.name}: leaky ReLUs restore invertibility: layer {of.layer} tells all inputs apart",
        WHERE,
        at_its_end(stays_invertible, _finely, STAYS_AWAY),
        leaky_ones,
    ),
    Claim(
        "{of.name}: and therefore prevent compression (layer {of.layer})",
        WHERE,
        at_its_end(does_not_compress, _layer, STAYS_AWAY),
        leaky_ones,
    ),
    Claim(
        "{of.task}: the last hidden layer compresses less with leaky ReLU than with ReLU",
        WHERE,
        compresses_less,
        pairs_of,
    ),
    Claim(
        "{of.task}: compression does not necessarily generalise better: leaky ReLU "
        "compresses less and is no less accurate",
        WHERE,
        _both_rest(generalises_without, _accuracy),
        pairs_of,
    ),
    Claim(
        "{of.name}: dying ReLUs are too high compression: where a network ends at chance, "
        "layer {of.layer} keeps next to nothing",
        WHERE,
        the_dead_know_nothing,
        relus,
    ),
]
"""In the order of the report."""
