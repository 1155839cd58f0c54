"""From rows of a trajectory to points of MLflow's curves: the members together, a name each."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from mlflow.entities import Metric, RunTag

from ib_mlflow.errors import InvalidInputError, TrackingError
from ib_mlflow.tracking.tags import NON_FINITE
from ib_mlflow.trajectory import INFORMATIONS, LEARNING, means_over_members
from ib_mlflow.trajectory.aggregates import numbered

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    import pandas as pd

T = TypeVar("T")
METRICS_PER_CALL = 1000
TAGS_PER_CALL = 100
LAYERS = 6
"""The most layers of which a child has curves: with 2 curves each, 4 of learning and a scalar or
two for each layer, a child's page stays at 25 metrics. The table has all."""
_UNITS = {"train_loss": "train_loss_nats", "val_loss": "val_loss_nats"}
_NAME = re.compile(r"[\w.\-/ ]{1,250}")

DatasetName = tuple[str, str]
"""Name and sha256 of a dataset."""
DIGEST_LENGTH = 36
"""The longest digest of a dataset that MLflow stores."""


@dataclass(frozen=True)
class Point:
    """One value of a curve: the mean over the members, or a scalar."""

    key: str
    value: float
    step: int


def layers_with_curves(layers: Collection[int]) -> tuple[int, ...]:
    """The layers of which a child run has curves in MLflow: at most `LAYERS`, evenly spaced.

    Arguments:
        layers: that were measured.

    Returns:
        The first, the last, and those between them, ascending.

    Example:
        >>> layers_with_curves(range(1, 12))
        (1, 3, 5, 7, 9, 11)
    """
    ordered = sorted(set(layers))
    if len(ordered) <= LAYERS:
        return tuple(ordered)
    places = np.linspace(0, len(ordered) - 1, LAYERS).round().astype(int)
    return tuple(ordered[place] for place in places)


def curve_points(rows: pd.DataFrame) -> tuple[list[Point], Counter[str]]:
    """Summarise measured epochs of one child as points: the means over its members.

    Their spread, what is known of their errors, and the layers beyond `layers_with_curves` stand
    in the table of the trajectory alone.

    Arguments:
        rows: rows with the columns of a trajectory, one setting per estimator.

    Returns:
        Points of `<quantity>_nats.<estimator>/layer_<k>`, quantities being the informations, of
        losses in nats and of accuracies, step = epoch; and for each name the number of members'
        values that were left out because they were not finite. Validation is absent where there
        was none, and the loss of training where only its accuracy was measured.

    Raises:
        TrackingError: two settings of an estimator, which would share a name.

    Example:
        >>> from ib_mlflow.trajectory import Guides, Trajectory
        >>> rows = Trajectory.from_arrays(
        ...     [[[2.0]], [[1.0]]], [[[0.1]], [[0.3]]], epochs=[5], n=8, estimator="binned",
        ...     setting="bin_size=0.07", guides=Guides(h_x=2.08, h_y=0.69, i_xy=0.69),
        ...     learning={"train_accuracy": [[0.5], [1.0]], "train_loss": [[0.75], [0.25]]})
        >>> [(p.key, p.value) for p in curve_points(rows.frame)[0]]
        [('i_x_nats.binned/layer_1', 1.5), ('i_y_nats.binned/layer_1', 0.2),
         ('train_accuracy', 0.75), ('train_loss_nats', 0.5)]
    """
    pairs = set(zip(rows["estimator"].tolist(), rows["setting"].tolist(), strict=True))
    if len(pairs) > len({estimator for estimator, _ in pairs}):
        settings = rows.groupby("estimator")["setting"].nunique()
        raise TrackingError(
            "a child has one setting of each estimator, for a metric's name does not tell it",
            received=f"{settings.max()} settings of {settings.idxmax()}",
            fix="Give each setting a child of its own by ChildSpec.selects.",
        )
    layers = rows["layer"].to_numpy()
    shown = rows[np.isin(layers, layers_with_curves(np.unique(layers).tolist()))]
    informations = means_over_members(
        shown, by=["epoch", "estimator", "layer"], quantities=list(INFORMATIONS)
    )
    _, firsts = numbered(rows, ["member", "epoch"])
    once = rows.iloc[np.sort(firsts)]
    measured = {name for name in LEARNING if np.isfinite(once[name].to_numpy()).any()}
    absent = {"train_loss"} if "train_accuracy" in measured else set()
    absent |= set() if "val_accuracy" in measured else {"val_loss", "val_accuracy"}
    quantities = [name for name in LEARNING if name in measured or name not in absent]
    learning = means_over_members(once, by=["epoch"], quantities=quantities)
    points: list[Point] = []
    missing: Counter[str] = Counter()
    for table in (informations, learning):
        for epoch, *of_layer, quantity, value, count in zip(
            *(table[column].tolist() for column in table), strict=True
        ):
            name = _UNITS.get(quantity, quantity)
            if of_layer:
                estimator, layer = of_layer
                name = f"{quantity}_nats.{estimator}/layer_{layer}"
            if count:
                missing[name] += count
            # Of a group without finite values the mean is unknown.
            if np.isfinite(value):
                points.append(Point(name, value, epoch))
    return points, missing


def batches(items: Sequence[T], size: int) -> Iterator[list[T]]:
    """Cut a sequence into the lists that one call of MLflow takes.

    Example:
        >>> list(batches("abcde", 2))
        [['a', 'b'], ['c', 'd'], ['e']]
    """
    for first in range(0, len(items), size):
        yield list(items[first : first + size])


def calls(
    metrics: Sequence[Metric], tags: Sequence[RunTag]
) -> Iterator[tuple[list[Metric], list[RunTag]]]:
    """Share metrics and tags of a run out to the calls of `log_batch`, as few as may be.

    A call has some 20 ms of its own on SQLite, whatever it carries.

    Arguments:
        metrics: in their order.
        tags: which come last.

    Example:
        >>> parts = calls([Metric("a", 1.0, 0, step) for step in range(1100)], [RunTag("b", "c")])
        >>> [(len(metrics), len(tags)) for metrics, tags in parts]
        [(1000, 0), (100, 1)]
    """
    *whole, last = [*batches(metrics, METRICS_PER_CALL)] or [[]]
    for part in whole:
        yield part, []
    for labels in batches(tags, TAGS_PER_CALL):
        if len(last) + len(labels) <= METRICS_PER_CALL:
            yield last, labels
            last = []
        else:
            yield [], labels
    if last:
        yield last, []


def non_finite_tags(missing: Counter[str]) -> list[RunTag]:
    """Say under a tag of each curve how many networks' values its means lack, and why."""
    return [
        RunTag(
            f"{NON_FINITE}{name}",
            f"{count} {'value' if count == 1 else 'values'} of single networks left out of the "
            "means: not finite, as of a network that diverged",
        )
        for name, count in sorted(missing.items())
    ]


def check_names(names: Sequence[str]) -> None:
    """Refuse names that MLflow would refuse at the end of a long computation.

    Raises:
        InvalidInputError: a name is empty, too long, or has a forbidden character.

    Example:
        >>> check_names(["summary/compression_nats.layer_3"])
    """
    wrong = [
        name
        for name in names
        if not _NAME.fullmatch(name) or posixpath.normpath(name) != name or name[0] in "/."
    ]
    if wrong:
        raise InvalidInputError(
            "a name has letters, digits, `_`, `-`, `.`, blanks and single slashes, at most 250",
            received=wrong,
            fix="Leave out brackets, `=` and `;`.",
        )
