"""The numbers of inverted classifiers beside the paper's, and their figures."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from matplotlib.figure import Figure

from ib_mlflow import figures
from ib_mlflow.information import Estimate
from ib_mlflow.studies.decoding.decoded import scaled
from ib_mlflow.studies.decoding.samples import LayerDistances, sample_grid
from ib_mlflow.studies.decoding.terms import mean_of
from ib_mlflow.studies.judging.intervals import share
from ib_mlflow.studies.judging.verdicts import interval_of
from ib_mlflow.studies.reporting.table import Table
from ib_mlflow.units import Quantity, nats
from .decoders import LABEL, NOTHING
from .inverted import Inversion, InvertedTask
from .paper import ACCURACIES, TABLE_1


def tables(inversion: Inversion) -> dict[str, Table]:
    """All tables of the report, by heading."""
    named = {"The classifiers": accuracy_table(inversion.tasks)}
    for task in inversion.tasks:
        named[f"{task.name}: the layers"] = bounds_table(task)
        named[f"{task.name}: what is a bound"] = bound_or_not_table(task)
    heading = "Table 1 of the paper: L1 distances in the layer, a unit"
    return named | {heading: distance_table(inversion.tasks)}


def accuracy_table(tasks: Sequence[InvertedTask]) -> Table:
    """The classifiers' accuracies beside the paper's."""
    rows = []
    for task in tasks:
        accuracy, n = task.classifier.diagnostics["accuracy"], task.classifier.n
        right = share(np.arange(n) < round(accuracy * n))
        paper = ACCURACIES.get(task.name)
        rows.append(
            (
                task.name,
                right.text(digits=4),
                "–" if paper is None else f"{paper:.3f}",
                task.parts.encoding.n,
                " × ".join(str(side) for side in task.parts.shape)
                + f", {task.parts.levels} levels",
            )
        )
    return Table(["task", "test accuracy", "paper", "trained on", "images"], rows)


def bounds_table(task: InvertedTask) -> Table:
    """What each decoder says of its context."""
    columns = [
        "context",
        "−H(x|h) from below",
        f"relative to |{task.layers[0]}|",
        "bits per dimension",
        "after the layer before, in pairs",
        "I(y;h) from below",
    ]
    return Table(columns, list(_bounds_rows(task)))


def _bounds_rows(task: InvertedTask) -> Iterator[tuple[object, ...]]:
    before = {layer: previous for previous, layer in pairwise(task.layers)}
    for name in (*task.layers, LABEL, NOTHING):
        estimate = task.information.negative_cross_entropy[name]
        bits = Estimate(
            estimate.diagnostics["bits_per_dimension"],
            estimate.diagnostics["bits_per_dimension_se"],
            "upper",
            estimate.n,
        )
        change = _nats(task.information.difference(name, before[name])) if name in before else "–"
        yield (
            name,
            _nats(estimate),
            interval_of(task.relative_bound(name)).text(),
            interval_of(bits).text(digits=4),
            change,
            _nats(task.labels[name]) if name in task.labels else "–",
        )


def bound_or_not_table(task: InvertedTask) -> Table:
    """The valid bound for the label beside the difference of two models, which is none."""
    bound, gain = task.label_bound, task.information.gain
    rows: list[tuple[object, ...]] = [
        (
            "label: from the conditional decoder alone",
            _nats(bound),
            "a lower bound of I(x;y), at most H(y)",
        ),
        ("H(y)", nats(bound.diagnostics["entropy"]), "of these images"),
    ]
    rows += [
        (
            f"{name}: against the decoder without context",
            _nats(gain[name]),
            "no bound: a difference of two upper bounds",
        )
        for name in (LABEL, *task.layers)
    ]
    return Table(["what", "found", "what it is"], rows)


def distance_table(tasks: Sequence[InvertedTask]) -> Table:
    """Table 1 beside the paper's."""
    rows = []
    for task in tasks:
        for layer, samples in task.samples.items():
            paper = TABLE_1.get((task.name, layer))
            theirs = ["–"] * 3 if paper is None else [f"{value:.3g}" for value in paper]
            rows.append((task.name, layer, *_distances(samples.distances), *theirs))
    columns = ["1NN", "IM-S", "IM-NN"]
    return Table(["task", "layer", *columns, *(f"{name} (paper)" for name in columns)], rows)


def _distances(distances: LayerDistances) -> Iterator[str]:
    for terms in (distances.nearest, distances.sample, distances.best):
        yield f"{terms.mean():.3g} ± {mean_of(terms).standard_error:.1g}"


def _nats(estimate: Estimate) -> Quantity:
    return interval_of(estimate).quantity("nats")


def draw(inversion: Inversion) -> dict[str, Figure]:
    """The bounds of all tasks, and of each what was drawn (Fig. 1, 2 and 5a)."""
    pictures = {
        "bounds.png": _bounds(inversion),
        "relative_bounds.png": _relative_bounds(inversion),
    }
    for task in inversion.tasks:
        nearest = {title: scaled(images, task.parts) for title, images in task.nearest.items()}
        pictures[f"samples_{task.name}.png"] = sample_grid(task.parts, task.samples)
        pictures[f"nearest_{task.name}.png"] = figures.image_grid(nearest)
    return pictures


def _bounds(inversion: Inversion) -> Figure:
    """The bounds of each task, with that of the decoder without context as a level."""
    estimates = {task.name: task.information.negative_cross_entropy for task in inversion.tasks}
    return figures.layer_bounds(
        {
            task.name: {layer: _point(estimates[task.name][layer]) for layer in task.layers}
            for task in inversion.tasks
        },
        label="−H(x|h) from below",
        unit=inversion.configuration.unit,
        level="no context",
        levels={name: of[NOTHING].value for name, of in estimates.items()},
    )


def _relative_bounds(inversion: Inversion) -> Figure:
    """Fig. 5a."""
    bounds = {
        task.name: {layer: _point(task.relative_bound(layer)) for layer in task.layers}
        for task in inversion.tasks
    }
    first = inversion.tasks[0].layers[0]
    return figures.relative_bounds(bounds, label=f"−H(x|h) from below / |{first}|")


def _point(estimate: Estimate) -> tuple[float, float]:
    return estimate.value, estimate.standard_error
