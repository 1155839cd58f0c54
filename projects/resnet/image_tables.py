"""What layers know of the image, in tables and curves (Fig. 2, 3c and d, 8 and 9)."""

from collections.abc import Iterator

import numpy as np
from matplotlib.figure import Figure
from scipy import stats

from ib_mlflow import figures
from ib_mlflow.figures.style import unit_scale
from ib_mlflow.studies.judging.crossed import crossed_mean
from ib_mlflow.studies.judging.intervals import information, mean
from ib_mlflow.studies.reporting.table import Table
from ib_mlflow.training.fitting import last_fall, last_rise
from ib_mlflow.units import Quantity, nats
from .curves import change
from .doubts import Read
from .images import ImageCurves, decoder_flags
from .label_tables import draw_labels
from .labels import Terms
from .layers import ResidualLayers


def image_table(curves: ImageCurves) -> Table:
    """What inverse decoders say, by layer, size and epoch."""
    columns = [
        "layer",
        "filters",
        "epoch",
        "−H(x\\|h) from below, by networks",
        "error over images",
        "after epoch 0, in pairs",
    ]
    return Table(columns, list(_image_rows(curves)))


def _image_rows(curves: ImageCurves) -> Iterator[tuple[object, ...]]:
    for layer in curves.of_layers:
        for size, terms in layer.by_size.items():
            for k, epoch in enumerate(curves.epochs):
                at = terms[:, k]
                grown = crossed_mean(at - terms[:, 0]).quantity("nats") if k else "–"
                error = Quantity(float(stats.sem(at.mean(axis=0))), unit="nats")
                yield (
                    layer.name,
                    size,
                    epoch,
                    information(at.mean(axis=1)).quantity("nats"),
                    error,
                    grown,
                )


def convergence_table(curves: ImageCurves) -> Table:
    """How far decoders are from their end (appendix E), the mean over the networks."""
    rows = []
    for layer in curves.of_layers:
        changes = layer.read(change)
        for size in curves.sizes:
            of = [c for place, c in curves.curves.items() if place[1:] == (layer.name, size)]
            decoders = [each for curve in of for each in curve.decoders.values()]
            flags = [flag for curve in of for flag in decoder_flags(curve)]
            rows.append(
                (
                    layer.name,
                    size,
                    round(float(np.mean([decoder.updates for decoder in decoders]))),
                    _mean_nats([last_fall(decoder.losses) for decoder in decoders]),
                    _mean_nats([last_rise(decoder.losses) for decoder in decoders]),
                    f"{sum(flags)} of {len(flags)}",
                    _shift(changes[size]),
                )
            )
    columns = [
        "layer",
        "filters",
        "updates",
        "fell over their last tenth",
        "rose above the lowest",
        "have converged",
        "a doubling moved the change from the first epoch to the last by",
    ]
    return Table(columns, rows)


def _mean_nats(values: list[float]) -> object:
    return nats(float(np.mean(values))) if np.isfinite(values).all() else "too few to tell"


def _shift(change: Read) -> object:
    if change.halfway is None:
        return "not known"
    return crossed_mean(change.terms - change.halfway).quantity("nats")


def draw(layers: ResidualLayers) -> dict[str, Figure]:
    """All figures of a study of one objective's layers."""
    curves = layers.images
    return {
        "forward.png": draw_labels(layers),
        "inverse.png": draw_images(layers, curves),
        "plane.png": draw_plane(layers, curves),
        "decoder_losses.png": draw_losses(layers, curves),
    }


def draw_images(layers: ResidualLayers, curves: ImageCurves) -> Figure:
    """Fig. 3c or d: what inverse decoders say over training, a panel for each size."""
    unit = layers.configuration.unit
    scale = unit_scale(unit)
    return figures.family_panels(
        list(curves.epochs),
        {
            f"{size} filters": {
                name: scale * curves.terms(name, size).mean(axis=2) for name in curves.layers
            }
            for size in curves.sizes
        },
        label=f"−H(x|h) from below [{unit}]",
    )


def draw_losses(layers: ResidualLayers, curves: ImageCurves) -> Figure:
    """Fig. 8 and 9: held-out losses of the largest decoders over their updates."""
    unit = layers.configuration.unit
    scale, size = unit_scale(unit), curves.sizes[-1]
    updates = sorted(
        {
            update
            for place, curve in curves.curves.items()
            if place.size == size
            for decoder in curve.decoders.values()
            for update in decoder.losses
        }
    )
    panels = {}
    for layer in curves.layers:
        of = [c for place, c in curves.curves.items() if place[1:] == (layer, size)]
        panels[layer] = {
            _epochs(curves, epoch): np.array(
                [
                    [
                        scale * curve.decoders[epoch].losses.get(update, np.nan)
                        for update in updates[1:]
                    ]
                    for curve in of
                ]
            )
            for epoch in _apart(curves, of[0].inversion.way)
        }
    return figures.family_panels(
        updates[1:],
        panels,
        label=f"held-out −ln q(x|h) [{unit}]",
        x_label="updates (log scale)",
    )


def _apart(curves: ImageCurves, way: str) -> tuple[int, ...]:
    """The epochs whose decoders differ."""
    return curves.epochs[:1] if way == "amortised" else curves.epochs


def _epochs(curves: ImageCurves, epoch: int) -> str:
    amortised = next(iter(curves.curves.values())).inversion.way == "amortised"
    return "all epochs" if amortised else f"epoch {epoch}"


def draw_plane(layers: ResidualLayers, curves: ImageCurves) -> Figure:
    """Fig. 2: both informations of every layer that was inverted, from early to late.

    Intervals are over networks: what makes an image hard moves all points of a layer alike.
    """
    labels, size = layers.labels, curves.sizes[-1]

    def path(name: str) -> list[list[tuple[float, float, float]]]:
        both = curves.terms(name, size).mean(axis=2).T, labels.bound(labels.heads[name]).T
        return [[_with_interval(of) for of in at] for at in zip(*both, strict=True)]

    return figures.bound_paths(
        {name: path(name) for name in curves.layers},
        epochs=curves.epochs,
        labels=("−H(x|h) from below", "I(y;h) from below"),
        unit=layers.configuration.unit,
    )


def _with_interval(values: Terms) -> tuple[float, float, float]:
    """The mean over networks, and both ends of its interval, NaN for too few of them."""
    interval = mean(values)
    low, high = (end if np.isfinite(end) else np.nan for end in (interval.low, interval.high))
    return interval.value, low, high
