"""What layers know of the class, in tables and curves (Fig. 3a and b)."""

from collections.abc import Iterator

import numpy as np
from matplotlib.figure import Figure
from scipy import stats

from ib_mlflow import figures
from ib_mlflow.figures.style import unit_scale
from ib_mlflow.studies.judging.intervals import accuracy, information, mean
from ib_mlflow.studies.reporting.table import Table
from ib_mlflow.units import Quantity
from .labels import LabelCurves, Terms
from .layers import ResidualLayers

OWN = "the network itself"


def label_table(curves: LabelCurves) -> Table:
    """What forward decoders and probes read of the class, by layer and epoch."""
    columns = [
        "layer",
        "epoch",
        "I(y;h) from below, by networks",
        "error over images",
        "by a linear probe",
        "error over images",
    ]
    return Table(columns, list(_label_rows(curves)))


def _label_rows(curves: LabelCurves) -> Iterator[tuple[object, ...]]:
    for layer in curves.of_layers:
        for k, epoch in enumerate(curves.epochs):
            heads, probes = layer.heads[:, k], layer.probes[:, k]
            yield layer.name, epoch, *_bound(curves, heads), *_bound(curves, probes)


def _bound(curves: LabelCurves, terms: Terms) -> tuple[Quantity, Quantity]:
    """The mean over networks with its interval, and the standard error over images."""
    error = float(stats.sem(terms.mean(axis=0)))
    return information(curves.entropy + terms.mean(axis=1), curves.entropy).quantity(
        "nats"
    ), Quantity(error, unit="nats")


def network_table(layers: ResidualLayers) -> Table:
    """How well the networks do what they learn, by epoch."""
    curves = layers.labels
    rows: list[tuple[object, ...]] = []
    for k, epoch in enumerate(curves.epochs):
        if curves.own is not None and curves.right is not None:
            right = accuracy(curves.right[:, k], layers.parts.evaluation.n)
            rows.append((epoch, right.text(), *_bound(curves, curves.own[:, k])))
        elif layers.errors is not None:
            rows.append((epoch, mean(layers.errors[:, k], (0.0, np.inf)).text(digits=5)))
    columns = ["epoch", "mean squared error of a sub-pixel, from 0 to 1"]
    if curves.own is not None:
        columns = [
            "epoch",
            "test accuracy",
            "by its own likelihood",
            "error over images",
        ]
    return Table(columns, rows)


def draw_labels(layers: ResidualLayers) -> Figure:
    """Fig. 3a or b: forward decoders, the network's own likelihood, and linear probes."""
    curves, unit = layers.labels, layers.configuration.unit
    scale = unit_scale(unit)
    heads = {name: scale * curves.bound(curves.heads[name]) for name in curves.layers}
    probes = {name: scale * curves.bound(curves.probes[name]) for name in curves.layers}
    if curves.own is not None:
        heads[OWN] = scale * curves.bound(curves.own)
    return figures.family_panels(
        list(curves.epochs),
        {"forward decoders": heads, "linear probes": probes},
        label=f"I(y;h) from below [{unit}]",
    )
