"""How the claims about random labels are judged.

Reference:
    On the Information Bottleneck Theory of Deep Learning, slides "Problem Statement", "Information
    Path – First Phase", "Information Path – Second Phase", "Effect of Training Data"; Zhang et al.
    (2017), arXiv:1611.03530.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np

from ib_mlflow.studies.judging.claims import Claim
from ib_mlflow.studies.judging.curves import NEAR, compressing
from ib_mlflow.studies.judging.drops import stays_up
from ib_mlflow.studies.judging.intervals import UNIT, mean
from ib_mlflow.studies.judging.lengths import HAPPENS, STAYS_AWAY, Course, at_its_end, beside
from ib_mlflow.studies.judging.margins import AT_CHANCE, FITTED_LABELS
from ib_mlflow.studies.judging.relations import follow
from ib_mlflow.studies.judging.shares import most_beyond, most_within
from ib_mlflow.studies.judging.verdicts import Judgement, rises
from ib_mlflow.trajectory.members import Numbers, at_epoch
from ib_mlflow.units import nats
from .labellings import Labelling, Labellings
from .paper import course

Extremes = tuple[Labelling, Labelling]
"""Networks that learnt true labels, and those that learnt random ones, of the same seeds."""


def fits(labelling: Labelling) -> Judgement:
    """Judge whether most networks fit the labels that they were given."""
    accuracy = labelling.score("train_accuracy")
    note = (f"Accuracy {mean(accuracy, UNIT).text()}; counted from {FITTED_LABELS:g}.",)
    return most_within(1 - accuracy, 1 - FITTED_LABELS, note=note)


def guesses(labelling: Labelling) -> Judgement:
    """Judge whether most networks only guess the true labels of other inputs."""
    accuracy = labelling.score("val_accuracy")
    even = 1 / labelling.group.trained.spec.task.train_set.c
    note = (f"Accuracy {mean(accuracy, UNIT).text()}; counted within {AT_CHANCE:g} of {even:g}.",)
    return most_within(np.abs(accuracy - even), AT_CHANCE, note=note)


def learns_the_labels(labelling: Labelling) -> Judgement:
    """Judge whether I(T;Y) of the last hidden layer rises by 0.1 bits or more from the start."""
    start = at_epoch(labelling.plane, "i_y", epoch=labelling.plane.epochs[0], layer=labelling.layer)
    gained = labelling.end("i_y") - start
    note = (
        "It rises by ",
        mean(gained).quantity("nats"),
        "; counted from ",
        nats(NEAR),
        ". H(Y) is ",
        nats(labelling.plane.guides.h_y),
        ".",
    )
    return most_beyond(gained, NEAR, note=note)


def does_not_compress(labelling: Labelling) -> Judgement:
    """Judge whether the last hidden layer loses too little I(X;T) to be said to compress."""
    return stays_up(labelling.plane, labelling.layer, least=compressing(labelling.plane))


def compresses_less(extremes: Extremes) -> Judgement:
    """Judge whether the last hidden layer loses less with random labels, seed by seed."""
    true, random = extremes
    note = (
        f"{true.name}: ", mean(true.lost).quantity("nats"),
        f"; {random.name}: ", mean(random.lost).quantity("nats"), ".",
    )  # fmt: skip
    return rises(true.lost - random.lost, note=note)


def keeps_more(extremes: Extremes) -> Judgement:
    """Judge whether the last hidden layer ends with more I(X;T) with random labels."""
    true, random = extremes
    return rises(random.end("i_x") - true.end("i_x"))


def higher_by_learnt_labels(extremes: Extremes) -> Judgement:
    """Judge whether I(T;Y) by the labels learnt ends higher where networks generalise."""
    true, random = extremes
    return _higher(true.end("i_y"), random.end("i_y"))


def higher_by_true_labels(extremes: Extremes) -> Judgement:
    """Judge whether I(T;Y) by true labels of all inputs ends higher where networks generalise."""
    true, random = extremes
    return _higher(true.true_end("i_y"), random.true_end("i_y"))


def _higher(true: Numbers, random: Numbers) -> Judgement:
    # H(Y) itself differs by thousandths of nats: random labels are more even.
    higher = true - random
    note = ("Higher by ", mean(higher).quantity("nats"), "; counted from ", nats(NEAR), ".")
    return most_beyond(higher, NEAR, note=note)


def true_labels_tell(readings: Labellings) -> Judgement:
    """Judge whether I(T;Y) by true labels of all inputs rises with validation accuracy."""
    return follow(
        [of.true_end("i_y") for of in readings.labellings],
        [of.score("val_accuracy") for of in readings.labellings],
    )


def _accuracy(of: Labelling) -> Course:
    return course(of.plane, of.layer, "train_accuracy")


def _both(extremes: Extremes, column: str = "i_x") -> list[Course]:
    return [course(of.plane, of.layer, column) for of in extremes]


def _by_true_labels(labellings: Iterable[Labelling]) -> list[Course]:
    # Of an accuracy at chance all that moves is noise, which never comes to rest.
    return [course(of.true, of.layer, "i_y") for of in labellings]


PROBLEM, FIRST, SECOND, DATA, THEOREM = (
    f'slide "{title}"'
    for title in (
        "Problem Statement", "Information Path – First Phase", "Information Path – Second Phase",
        "Effect of Training Data", "NN as a Markov Chain",
    )
)  # fmt: skip
CLAIMS: list[Claim[Labellings, Any]] = [
    Claim(
        "{of.name}: networks easily fit a random labelling of the training data",
        PROBLEM,
        at_its_end(fits, _accuracy, HAPPENS),
        lambda r: r.random,
    ),
    Claim(
        "{of.name}: nothing generalises: validation accuracy is at chance",
        PROBLEM,
        beside(guesses, fits, "labels are learnt"),
        lambda r: r.random,
    ),
    Claim(
        "{of.name}: the first phase fits the labels: I(T;Y) of layer {of.layer} rises, by "
        "the labels that were learnt",
        FIRST,
        at_its_end(learns_the_labels, _accuracy, HAPPENS),
        lambda r: r.labellings,
    ),
    Claim(
        "{of.name}: compression is responsible for generalisation: where nothing can "
        "generalise, layer {of.layer} does not compress",
        SECOND,
        at_its_end(does_not_compress, lambda of: course(of.plane, of.layer), STAYS_AWAY),
        lambda r: r.random,
    ),
    Claim(
        "Compression is responsible for generalisation: the last hidden layer compresses "
        "less with {of[1].name} than with {of[0].name}",
        SECOND,
        at_its_end(compresses_less, _both),
        lambda r: r.extremes,
    ),
    Claim(
        "I(X;T) of the last hidden layer tells the sample complexity: it ends higher with "
        "{of[1].name} than with {of[0].name}",
        THEOREM,
        at_its_end(keeps_more, _both),
        lambda r: r.extremes,
    ),
    Claim(
        "Better generalisation, higher I(T;Y): by the labels learnt of the training inputs it ends "
        "higher with {of[0].name} than with {of[1].name}",
        DATA,
        at_its_end(higher_by_learnt_labels, lambda of: _both(of, "i_y")),
        lambda r: r.extremes,
    ),
    Claim(
        "Better generalisation, higher I(T;Y): by the true labels of all inputs it ends higher "
        "with {of[0].name} than with {of[1].name}",
        DATA,
        at_its_end(higher_by_true_labels, _by_true_labels),
        lambda r: r.extremes,
    ),
    Claim(
        "Better generalisation goes with higher I(T;Y) by the true labels, over the shares",
        DATA,
        at_its_end(true_labels_tell, lambda of: _by_true_labels(of.labellings)),
    ),
]
"""In the order of the report."""
