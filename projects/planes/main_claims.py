"""What is judged of the information plane of one ensemble, by its activation.

Reference:
    Revisiting the Information Plane, sections 1 and 2.3, appendix F; Fig. 4 and 17.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ib_mlflow.studies.configuration import LearningConfiguration
from ib_mlflow.studies.judging.claims import Claim
from ib_mlflow.studies.judging.curves import keeps, loss_rises, rises_and_falls
from ib_mlflow.studies.judging.intervals import information
from ib_mlflow.studies.judging.lengths import (
    HAPPENS,
    STAYS_AWAY,
    Course,
    PaperEpoch,
    after,
    at_its_end,
    beside,
)
from ib_mlflow.studies.judging.margins import LOW, SAME_ACCURACY
from ib_mlflow.studies.judging.shares import most_within
from ib_mlflow.studies.judging.verdicts import Judgement, rises
from ib_mlflow.studies.reporting.ensembles import Ensembles
from ib_mlflow.trajectory.members import at_end, at_epoch, validation_accuracy
from ib_mlflow.units import nats
from .claims import Curves, curves_of, keeps_the_class
from .paper import course


def curves_with(activation: str) -> Callable[[Ensembles[Any]], list[Curves]]:
    """The curves of networks of one activation, of which alone the paper says so.

    Arguments:
        activation: of all hidden layers.

    Returns:
        The subjects of a claim.
    """

    def subjects(readings: Ensembles[LearningConfiguration]) -> list[Curves]:
        return [curves for curves in curves_of(readings) if curves.name == activation]

    return subjects


def ends_higher_than_it_began(curves: Curves) -> Judgement:
    """Judge whether the last hidden layer ends with more I(X;T) than it had before training."""
    return _gained(curves, "i_x")


def learns_the_label(curves: Curves) -> tuple[Judgement, Judgement]:
    """Judge whether I(T;Y) of the last hidden layer is low before training, and ends higher."""
    plane, layer = curves.plane, curves.last_hidden
    first = at_epoch(plane, "i_y", epoch=plane.epochs[0], layer=layer)
    least = LOW * plane.guides.h_y
    note = ("At first; low is up to ", nats(least), ", a quarter of H(Y).")
    return most_within(first, least, note=note), _gained(curves, "i_y")


def _gained(curves: Curves, column: str) -> Judgement:
    plane, layer = curves.plane, curves.last_hidden
    first = at_epoch(plane, column, epoch=plane.epochs[0], layer=layer)
    last = at_end(plane, column, layer)
    highest = {"i_x": plane.guides.h_x, "i_y": plane.guides.h_y}[column]
    ends = [information(of, highest).quantity("nats") for of in (first, last)]
    note = ("From ", ends[0], " to ", ends[1], ".")
    return rises(last - first, note=note)


def accuracy_stays(curves: Curves) -> Judgement:
    """Judge whether the validation accuracy of most networks stays while their loss may rise."""
    early, last = (
        validation_accuracy(curves.plane, epoch) for epoch in (curves.early, curves.last)
    )
    note = f"Counted within {SAME_ACCURACY:g}, which is ours; the paper names none."
    return most_within(np.abs(last - early), SAME_ACCURACY, note=note)


def last_hidden_compresses(curves: Curves) -> Judgement:
    """Judge whether the last hidden layer gains I(X;T) and then loses it again."""
    return rises_and_falls(curves.plane, curves.last_hidden)


def _last_hidden(curves: Curves) -> Course:
    return course(curves.plane, curves.last_hidden)


def _output(curves: Curves) -> Course:
    return course(curves.plane, curves.plane.layers[-1])


TURN = PaperEpoch(1000, "rise of the cross-entropy")
"""Of Fig. 17, in 8000 epochs."""
CLAIMS: Sequence[Claim[Ensembles[Any], Any]] = (
    Claim(
        "The last hidden layer ({of.last_hidden}) gains I(X;T) and then loses it again",
        "Sec. 1; Fig. 4a",
        at_its_end(last_hidden_compresses, _last_hidden, HAPPENS),
        curves_with("tanh"),
    ),
    Claim(
        "The first hidden layer (1) does not compress, where the last one does",
        "Sec. 2.3; Fig. 4a",
        beside(lambda of: keeps(of.plane, 1), last_hidden_compresses, "the last one does"),
        curves_with("tanh"),
    ),
    Claim(
        "ReLU: I(X;T) of the last hidden layer ({of.last_hidden}) rises",
        "Sec. 2.3; Fig. 4b",
        at_its_end(ends_higher_than_it_began, _last_hidden, HAPPENS),
        curves_with("relu"),
    ),
    Claim(
        "ReLU: and does not fall again: layer {of.last_hidden} does not compress",
        "Sec. 2.3; Fig. 4b",
        at_its_end(lambda of: keeps(of.plane, of.last_hidden), _last_hidden, STAYS_AWAY),
        curves_with("relu"),
    ),
    Claim(
        "I(T;Y) of the last hidden layer ({of.last_hidden}) is low at first, of random weights, "
        "and rises",
        "Sec. 2.3",
        at_its_end(learns_the_label, lambda of: course(of.plane, of.last_hidden, "i_y"), HAPPENS),
        curves_of,
    ),
    Claim(
        "The output ends with I(X;T) = H(Y): what is left is the class",
        "Sec. 2.3",
        at_its_end(keeps_the_class, _output),
        curves_of,
    ),
    Claim(
        "Training on makes the network worse: from epoch {of.early} (one eighth of training) "
        "to {of.last} its validation cross-entropy rises",
        "App. F, Fig. 17",
        after(lambda of: loss_rises(of.plane), TURN, lambda of: of.last),
        curves_of,
    ),
    Claim(
        "while its accuracy stays",
        "App. F, Fig. 17",
        after(accuracy_stays, TURN, lambda of: of.last),
        curves_of,
    ),
)
"""In the order of the report. Of other activations than tanh and ReLU the paper says nothing."""
