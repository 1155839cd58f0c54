"""How the claims about the amount of data are judged.

Reference:
    On the Information Bottleneck Theory of Deep Learning, slides "Effect of Amount of Data",
    "Effect of Training Data" and "NN as a Markov Chain" (the theorem).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ib_mlflow.studies.judging.claims import Claim
from ib_mlflow.studies.judging.curves import NEAR, compressing
from ib_mlflow.studies.judging.drops import drops
from ib_mlflow.studies.judging.epochs import lie_together
from ib_mlflow.studies.judging.intervals import mean
from ib_mlflow.studies.judging.lengths import HAPPENS, STAYS_AWAY, Course, at_its_end
from ib_mlflow.studies.judging.margins import SAME_EPOCH
from ib_mlflow.studies.judging.powers import median_text
from ib_mlflow.studies.judging.relations import follow, go_together
from ib_mlflow.studies.judging.shares import most_within
from ib_mlflow.studies.judging.verdicts import Judgement, rises
from ib_mlflow.trajectory.members import hidden_layers
from ib_mlflow.units import Words, nats
from .amounts import Amount, DataAmounts, Path
from .paper import course


def overtrains(path: Path) -> Judgement:
    """Judge whether I(T;Y) of the last hidden layer falls, by whatever."""
    fallen = drops(path.plane, path.layer, "i_y")
    sizeable = int((fallen > NEAR).sum())
    return rises(fallen, note=("By more than ", nats(NEAR), f" in {sizeable}."))


def overtrains_less(readings: DataAmounts) -> Judgement:
    """Judge whether I(T;Y) falls less with the most data than with the least, seed by seed."""
    least, largest = (drops(of.plane, of.layer, "i_y") for of in (readings.least, readings.most))
    return rises(
        least - largest,
        note=(
            f"{readings.least.name}: ",
            mean(least).quantity("nats"),
            f"; {readings.most.name}: ",
            mean(largest).quantity("nats"),
            ".",
        ),
    )


def stops_before_the_fall(amount: Amount) -> Judgement:
    """Judge whether the lowest validation loss comes where I(T;Y) is highest, before it falls."""
    stops, highest = amount.stops, amount.highest
    note: Words = (
        f"Median epochs: {median_text(stops.latest)} of the lowest validation loss, "
        f"{median_text(highest.latest)} of the highest I(T;Y); counted within a factor of "
        f"{SAME_EPOCH:g}. ",
    )
    if np.isfinite(amount.before).any():
        below = mean(amount.before).quantity("nats")
        note = (*note, "I(T;Y) at the stop lies ", below, " below its highest.")
    return lie_together(stops, highest, SAME_EPOCH, note=note)


def knows_more(readings: DataAmounts) -> Judgement:
    """Judge whether the last hidden layer ends with more I(T;Y) the more data there were."""
    return rises(readings.most.end("i_y") - readings.least.end("i_y"))


def follows_generalisation(readings: DataAmounts) -> Judgement:
    """Judge whether I(T;Y) and validation accuracy rise together over the shares."""
    return follow(
        [of.end("i_y") for of in readings.amounts],
        [of.score("val_accuracy") for of in readings.amounts],
    )


@dataclass(frozen=True, eq=False)
class Moved:
    """A layer of the networks that learnt least and of those that learnt most.

    Arguments:
        layer: the layer.
        least: what learnt least.
        largest: what learnt most.
    """

    layer: int
    least: Amount
    largest: Amount


def moved_layers(readings: DataAmounts) -> Iterator[Moved]:
    """The hidden layers, from the first."""
    for layer in hidden_layers(readings.least.plane):
        yield Moved(layer, readings.least, readings.most)


def hardly_moves(moved: Moved) -> Judgement:
    """Judge whether I(X;T) of a layer ends where it did with less data, within 5 % of H(X)."""
    change = moved.largest.end("i_x", moved.layer) - moved.least.end("i_x", moved.layer)
    near = compressing(moved.least.plane)
    note = (
        "With more data it ends higher by ",
        mean(change).quantity("nats"),
        "; counted up to ",
        nats(near),
        " either way.",
    )
    return most_within(np.abs(change), near, note=note)


def keeps_and_generalises(amount: Amount) -> Judgement:
    """Judge whether networks that keep more of the input have a larger gap."""
    return go_together(amount.end("i_x"), amount.gap)


def knows_and_generalises(amount: Amount) -> Judgement:
    """Judge whether networks that know more of the label have a smaller gap."""
    return go_together(amount.end("i_y"), amount.gap, opposed=True)


def _both(readings: DataAmounts) -> list[Course]:
    return [_label(of) for of in (readings.least, readings.most)]


def _label(amount: Amount) -> Course:
    return course(amount.plane, amount.layer, "i_y")


def _beside_the_gap(amount: Amount, column: str) -> list[Course]:
    scores = (column, "train_accuracy", "val_accuracy")
    return [course(amount.plane, amount.layer, of) for of in scores]


AMOUNT, TRAINING, THEOREM = (
    f'slide "{title}"'
    for title in ("Effect of Amount of Data", "Effect of Training Data", "NN as a Markov Chain")
)
CLAIMS: list[Claim[DataAmounts, Any]] = [
    Claim(
        "{of.name}: over-training: I(T;Y) of the last hidden layer ({of.layer}) falls in the "
        "second phase",
        AMOUNT,
        at_its_end(overtrains, lambda of: course(of.plane, of.layer, "i_y"), HAPPENS),
        lambda readings: readings.least.paths,
    ),
    Claim(
        "With more data over-training takes less: I(T;Y) falls less with "
        "{of.most.name} than with {of.least.name}",
        AMOUNT,
        at_its_end(overtrains_less, _both),
    ),
    Claim(
        "{of.name}: the ideal early stop is just before I(T;Y) falls",
        AMOUNT,
        stops_before_the_fall,
        lambda readings: [readings.least],
    ),
    Claim(
        "More data, better generalisation, higher I(T;Y): layer {of.most.layer} ends higher "
        "with {of.most.name} than with {of.least.name}",
        TRAINING,
        at_its_end(knows_more, _both),
    ),
    Claim(
        "Better generalisation goes with higher I(T;Y) over the amounts of data",
        TRAINING,
        at_its_end(follows_generalisation, lambda of: map(_label, of.amounts)),
    ),
    Claim(
        "More data have a limited effect on I(X;T) of layer {of.layer}, which remains almost "
        "constant",
        TRAINING,
        at_its_end(
            hardly_moves,
            lambda of: [course(each.plane, of.layer) for each in (of.least, of.largest)],
            STAYS_AWAY,
        ),
        moved_layers,
    ),
    Claim(
        "{of.name}: I(X;T) of the last hidden layer tells the sample complexity: networks that "
        "keep more of the input have a larger gap of accuracies",
        THEOREM,
        at_its_end(keeps_and_generalises, lambda of: _beside_the_gap(of, "i_x")),
        lambda readings: readings.amounts,
    ),
    Claim(
        "{of.name}: I(T;Y) of the last hidden layer tells the generalisation error: networks "
        "that know more of the label have a smaller gap of accuracies",
        THEOREM,
        at_its_end(knows_and_generalises, lambda of: _beside_the_gap(of, "i_y")),
        lambda readings: readings.amounts,
    ),
]
"""In the order of the report."""
