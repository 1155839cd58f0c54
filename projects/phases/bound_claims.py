"""How the claims about the theoretical bound are judged.

Reference:
    On the Information Bottleneck Theory of Deep Learning, slides "Theoretical IB Bound";
    Revisiting the Information Plane, appendices A and E.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from ib_mlflow.studies.judging.claims import Claim
from ib_mlflow.studies.judging.curves import NEAR
from ib_mlflow.studies.judging.intervals import finite, information, known
from ib_mlflow.studies.judging.judgements import left_open
from ib_mlflow.studies.judging.lengths import Course, at_its_end
from ib_mlflow.studies.judging.relations import go_together
from ib_mlflow.studies.judging.shares import most_within
from ib_mlflow.studies.judging.verdicts import Judgement, always, most, rises
from ib_mlflow.trajectory.members import Numbers
from ib_mlflow.units import Quantity, nats
from .bounds import BoundedLayer, Rule
from .paper import course

ROUNDING = 1e-9
"""Nats by which an exact information may lie above its bound."""


def satisfies(rule: Rule) -> Judgement:
    """Judge whether no layer lies above the bound, before training or at any measured epoch."""
    highest = rule.bounded.table.groupby("member")["excess"].max().to_numpy(dtype=np.float64)
    top = float(finite(highest).max(initial=-np.inf))
    note = (
        "I(T;Y) less the bound is at most ", nats(top, digits=None), "; up to ",
        nats(ROUNDING, digits=None), " counts as rounding.",
    )  # fmt: skip
    return always(known(highest <= ROUNDING, highest), note=note)


def ends_near(layer: BoundedLayer) -> Judgement:
    """Judge whether a layer ends within 0.1 bits below the bound.

    Networks whose layer still knows all of X are at the bound by that, trained or not, and are
    not counted.
    """
    distance = layer.end("distance")
    whole = layer.knows_all
    counted = distance[~whole]
    note: list[str | Quantity] = [
        "It ends ", information(distance).quantity("nats", digits=4), " below, counted up to ",
        nats(NEAR), ", and could spare ", information(layer.end("spare")).quantity("nats"),
        " of X.",
    ]  # fmt: skip
    if whole.any():
        note.append(f" In {int(whole.sum())} networks it knows all of X, which is not counted.")
    return most_within(counted, NEAR, note=note)


def approaches(layer: BoundedLayer) -> Judgement:
    """Judge whether a layer ends nearer to the bound than it was before training.

    One that begins at the bound cannot come nearer, so that it does not disagree.
    """
    start = layer.start("distance")
    nearer = start - layer.end("distance")
    judged = rises(np.where(np.abs(nearer) <= ROUNDING, 0.0, nearer))
    if judged.verdict == "disagrees" and np.nanmedian(start) <= NEAR:
        return left_open(judged, " It begins as near as counts as at the bound: undecided.")
    return judged


def needs_all(layer: BoundedLayer) -> Judgement:
    """Judge whether a layer keeps at most 0.1 bits more of X than its I(T;Y) needs."""
    spare = layer.end("spare")
    note = (
        "It keeps ",
        information(spare).quantity("nats"),
        " more, counted up to ",
        nats(NEAR),
        ".",
    )
    return most_within(spare, NEAR, note=note)


def nearer_is_better(rule: Rule) -> Judgement:
    """Judge whether networks whose last hidden layer ends nearer to the bound have a lower loss."""
    return go_together(rule.last_hidden.end("distance"), rule.losses)


def tradeoff_falls(rule: Rule, column: str = "tradeoff") -> Judgement:
    """Judge whether the tradeoff falls from every layer to the next.

    Networks count in which it rises somewhere, or in which all steps are told.

    Arguments:
        rule: the networks.
        column: "tradeoff" at the layer's I(X;T), "tradeoff_across" at its I(T;Y).
    """
    layers = rule.layers
    steps = [falls(lower.end(column), higher.end(column)) for lower, higher in pairwise(layers)]
    sound = np.isfinite(layers[0].known("i_x"))
    holds = every(steps)
    told = np.isfinite(holds) | ~sound
    shares = "; ".join(
        f"{higher.name} in {int(finite(step).sum())} of {finite(step).size}"
        for higher, step in zip(layers[1:], steps, strict=True)
    )
    note = [f"Lower than in the layer before: {shares}."]
    if not told.all():
        note.append(
            f" In {int((~told).sum())} other networks two layers lie beyond the bound's last "
            "point, and nothing is told."
        )
    return most(holds[told], note=note)


def falls(lower: Numbers, higher: Numbers) -> Numbers:
    """Whether a tradeoff is smaller in the higher of two layers: (e,).

    Returns:
        1 and 0; NaN where it is not told: both lie beyond the bound's last point (infinite), or
        the network diverged.

    Example:
        >>> falls(np.array([9.0, np.inf, 2.0, np.inf]), np.array([3.0, 3.0, 2.0, np.inf]))
        array([ 1.,  1.,  0., nan])
    """
    untold = (np.isinf(lower) & np.isinf(higher)) | np.isnan(lower) | np.isnan(higher)
    return np.where(untold, np.nan, (higher < lower).astype(np.float64))


def every(steps: Sequence[Numbers]) -> Numbers:
    """Whether all steps fall: (e,) 1, 0 where one does not; NaN where that is not told.

    Example:
        >>> every([np.array([1.0, 0.0, np.nan]), np.array([1.0, np.nan, 1.0])])
        array([ 1.,  0., nan])
    """
    table = np.stack(steps)
    untold = np.isnan(table).any(axis=0) & ~(table == 0).any(axis=0)
    return np.where(untold, np.nan, (table == 1).all(axis=0).astype(np.float64))


def _course(layer: BoundedLayer) -> Course:
    return course(layer.rule.bounded.plane, layer.number)


def _layers(rule: Rule, column: str) -> list[Course]:
    return [course(rule.bounded.plane, layer.number, column) for layer in rule.layers]


BOUND = 'Slides "Theoretical IB Bound"'
CLAIMS: list[Claim[Any, Any]] = [
    Claim(
        "{of.name}: encoder and decoder of each layer satisfy the IB bound: no layer lies above "
        "it at any epoch",
        f"{BOUND}; *Revisiting*, Fig. 16",
        satisfies,
        lambda readings: readings.rules,
    ),
    Claim(
        "{of.rule.name}: {of.name} ends at the bound",
        BOUND,
        at_its_end(ends_near, _course),
        lambda readings: readings.layers,
    ),
    Claim(
        "{of.rule.name}: {of.name} gets nearer to the bound by training",
        f"{BOUND}; *Revisiting*, App. A",
        at_its_end(approaches, _course),
        lambda readings: readings.layers,
    ),
    Claim(
        "{of.name}: the tradeoff (β) decreases by moving towards higher layers, the inverse of the "
        "bound's slope at the I(X;T) of a layer",
        BOUND,
        at_its_end(tradeoff_falls, lambda of: _layers(of, "i_x")),
        lambda readings: readings.rules,
    ),
    Claim(
        "{of.name}: the tradeoff (β) decreases by moving towards higher layers, the inverse of the "
        "bound's slope at the I(T;Y) of a layer",
        BOUND,
        at_its_end(lambda of: tradeoff_falls(of, "tradeoff_across"), lambda of: _layers(of, "i_y")),
        lambda readings: readings.rules,
    ),
    Claim(
        "{of.rule.name}: {of.name}, the last hidden one, is compressed to something close to a "
        "minimal sufficient statistic",
        "*Revisiting*, App. A; Fig. 16",
        at_its_end(needs_all, _course),
        lambda readings: [rule.last_hidden for rule in readings.rules],
    ),
    Claim(
        "{of.name}: the closer to the IB bound the more optimal: networks whose last hidden layer "
        "ends nearer to it have a lower validation cross-entropy",
        "*Revisiting*, App. A",
        at_its_end(nearer_is_better, lambda of: _course(of.last_hidden)),
        lambda readings: readings.rules,
    ),
]
"""In the order of the report."""
