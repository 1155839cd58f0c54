"""How layers under the theoretical bound are drawn and tabled.

Reference:
    On the Information Bottleneck Theory of Deep Learning, slides "Theoretical IB Bound".
"""

from typing import Literal

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ib_mlflow import figures
from ib_mlflow.studies.judging.intervals import information
from ib_mlflow.studies.reporting.table import Table
from ib_mlflow.trajectory import Guides, Trajectory
from .bounds import BoundedLayer, Bounds, Rule

HEADINGS = (
    "layer", "I(X;T)", "I(T;Y)", "below the bound", "I(X;T) to spare", "tradeoff at I(X;T), median",
    "tradeoff at I(T;Y), median",
)  # fmt: skip


def bound_tables(readings: Bounds) -> dict[str, Table]:
    """Where the layers end under the bound, and what its slope gives there, by rule."""
    return {
        f"The layers at the end, {rule.name}": Table(
            HEADINGS, [layer_row(of) for of in rule.layers]
        )
        for rule in readings.rules
    }


def layer_row(layer: BoundedLayer) -> tuple[object, ...]:
    """A layer's name and what is known of its place at the end."""
    return (
        layer.name,
        information(layer.known("i_x")).quantity("nats"),
        information(layer.known("i_y")).quantity("nats"),
        information(layer.end("distance")).quantity("nats", digits=4),
        information(layer.end("spare")).quantity("nats"),
        median_tradeoff(layer, "tradeoff"),
        median_tradeoff(layer, "tradeoff_across"),
    )


def median_tradeoff(layer: BoundedLayer, column: Literal["tradeoff", "tradeoff_across"]) -> str:
    """The median over the networks, in words."""
    values = layer.end(column)
    sound = values[~np.isnan(values)]
    if not sound.size:
        return "–"
    median = float(np.median(sound))
    last = float(layer.rule.bounded.curve.tradeoff.max())
    return f"beyond {last:.3g}" if np.isinf(median) else f"{median:.3g}"


def bound_figures(readings: Bounds) -> dict[str, Figure]:
    """The planes under their bounds, the distances over training, the tradeoffs by layer."""
    unit = readings.configuration.unit
    return {
        "theoretical_bound.png": figures.bounded_plane(
            {rule.name: rule.bounded.plane for rule in readings.rules},
            {rule.name: bound_line(rule) for rule in readings.rules},
            unit=unit,
        ),
        "distances.png": figures.setting_curves(
            {rule.name: distance_plane(rule) for rule in readings.rules},
            label="distance below the bound",
            unit=unit,
            guide="I(X;Y)",
        ),
        "tradeoffs.png": figures.layer_dots(
            tradeoff_table(readings),
            up={"tradeoff": "tradeoff at I(X;T)", "tradeoff_across": "tradeoff at I(T;Y)"},
        ),
    }


def bound_line(rule: Rule) -> "np.ndarray[tuple[int, int], np.dtype[np.float64]]":
    """Places on the bound, from 0 to H(X): (2, k) nats."""
    curve = rule.bounded.curve
    places = np.unique(np.append(curve.i_x, [0.0, curve.entropy, rule.bounded.plane.guides.h_x]))
    return np.stack([places, curve.bound(places)])


def distance_plane(rule: Rule) -> Trajectory:
    """The distances below the bound in the place of I(X;T), at most I(X;Y)."""
    plane = rule.bounded.plane
    frame = plane.frame.assign(i_x=rule.bounded.table["distance"])
    i_xy = plane.guides.i_xy
    return Trajectory(frame, Guides(h_x=i_xy, h_y=plane.guides.h_y, i_xy=i_xy))


def tradeoff_table(readings: Bounds) -> pd.DataFrame:
    """The tradeoffs of every layer at the end, infinite beyond the bound's last point."""
    parts = [
        pd.DataFrame(
            {
                "group": layer.rule.name,
                "layer": layer.number,
                **{name: layer.end(name) for name in ("tradeoff", "tradeoff_across")},
            }
        )
        for layer in readings.layers
    ]
    return pd.concat(parts, ignore_index=True)


def bound_remarks(readings: Bounds) -> list[str]:
    """What a reader must know of the bound, of the estimates and of the labels."""
    c = readings.configuration
    drawn = "one draw from the rule, the same for all networks"
    published = "the published ones, without noise, and not a sample of the rule"
    return [
        "T is the binned layer. All 4096 inputs are measured and equally likely, so that I(X;T) is "
        "H(T), and I(T;Y) is computed from the exact p(y|x) of the rule, never from the labels "
        "learnt: both are exact for bins of this size, and none can lie above the bound.",
        f"The labels learnt are {drawn if c.labels == 'drawn' else published}; losses and "
        "accuracies are by these.",
        "The tradeoff, the slides' β, is the inverse of the bound's slope above a layer, at its "
        "I(X;T), and where the bound has the layer's I(T;Y). The slides have layers on the bound, "
        "where both are the same. Since the bound is concave, the tradeoff at I(X;T) falls where "
        "I(X;T) does, and that at I(T;Y) where I(T;Y) does, which the data processing inequality "
        "asks of layers that are not binned. "
        f"A tradeoff beyond {c.largest_tradeoff:g} is not resolved, and the figure counts the "
        "networks; right of the bound's end, at the entropy of p(y|x), the slope is 0.",
        "A layer that keeps nearly all of X lies under the flat part of the bound, and near it "
        "whatever it has learnt; how much of X it could spare says more.",
    ]
