"""How the claims about samples are judged, over networks and images; their tables and pictures.

Reference:
    "What Information Does a ResNet Compress", ICLR 2019 submission, section 6.2; Fig. 1, 4, 5, 7.
"""

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from matplotlib.figure import Figure
from scipy import stats

from ib_mlflow import figures
from ib_mlflow.studies.decoding.decoded import scaled
from ib_mlflow.studies.judging.crossed import crossed
from ib_mlflow.studies.judging.intervals import mean
from ib_mlflow.studies.judging.judgements import Judgement
from ib_mlflow.studies.reporting.table import Table
from .curves import change, if_converged
from .draws import NUMBERS
from .samples import Draws, LayerDraws

PEAK = 10
"""Fig. 1 and 4: the epoch at which fitting ends."""
CLASSIFYING = ("h3", "h4")
"""The layers whose samples the paper describes so."""
OF_RANGE = "of the range"


SHORT = {
    "distance": "samples differ by",
    "colour_distance": "colours differ by",
    "agreement": "of the class",
}
"""Titles of panels."""


def late_layers(draws: Draws) -> list[LayerDraws]:
    """The layers of which the paper speaks, where they were drawn from."""
    return [layer for layer in draws.of_layers if layer.name in CLASSIFYING]


def with_a_peak(draws: Draws) -> list[LayerDraws]:
    """The same, where an epoch between the first and the last was drawn at."""
    return late_layers(draws) if draws.configuration.sampled[1:-1] else []


def peak_of(draws: Draws) -> int:
    """The epoch that stands for the end of fitting: of those between first and last the nearest."""
    between = draws.configuration.sampled[1:-1]
    return min(between, key=lambda epoch: abs(math.log1p(epoch) - math.log1p(PEAK)))


def last_of(layer: LayerDraws) -> int:
    """The last epoch at which samples were drawn."""
    return layer.draws.configuration.sampled[-1]


def vary_more(layer: LayerDraws) -> Judgement:
    """Judge whether samples differ more at the end than at the end of fitting."""
    return _grows(layer, "distance")


def colours_vary_more(layer: LayerDraws) -> Judgement:
    """Judge whether the mean colours of samples differ more at the end than at that of fitting."""
    return _grows(layer, "colour_distance")


def _grows(layer: LayerDraws, number: str) -> Judgement:
    values, peak = layer.values(number), peak_of(layer.draws)
    judgement = crossed(
        values[:, -1] - values[:, layer.place(peak)],
        OF_RANGE,
        note=f"From epoch {peak} to {layer.draws.configuration.sampled[-1]}.",
    )
    return if_cheap(if_converged(judgement, layer.converged), layer)


def within_their_class(layer: LayerDraws) -> Judgement:
    """Judge whether samples are of the image's class more often after training than before it."""
    values = layer.values("agreement")
    judgement = crossed(change(values), "of the samples")
    return if_cheap(if_converged(judgement, layer.converged), layer)


def if_cheap(judgement: Judgement, layer: LayerDraws) -> Judgement:
    """Keep a verdict where the way of decoding costs little, and else leave it open.

    What it costs is measured in nats, which say nothing of how samples vary.
    """
    if layer.cheap:
        return judgement
    words = f" {layer.draws.chosen.way} decoding has failed the rule of a cheap way: undecided."
    return replace(judgement, verdict="undecided", words=(*judgement.words, words))


def number_table(draws: Draws) -> Table:
    """What the eye sees, in numbers, by layer and epoch."""
    return Table(["layer", "epoch", *NUMBERS.values()], list(_number_rows(draws)))


def _number_rows(draws: Draws) -> Iterator[tuple[object, ...]]:
    for layer in draws.of_layers:
        for k, epoch in enumerate(draws.configuration.sampled):
            texts = []
            for number in NUMBERS:
                at = layer.values(number)[:, k]
                error = stats.sem(at.mean(axis=0))
                networks = mean(at.mean(axis=1), (0.0, 1.0)).text()
                texts.append(f"{networks}; error over images {error:.3f}")
            yield layer.name, epoch, *texts


def draw_samples_of_layers(draws: Draws) -> dict[str, Figure]:
    """Fig. 4, 5 and 7, a figure for each layer, and the numbers over epochs."""
    parts, epochs = draws.parts, draws.configuration.sampled
    inputs = {"images": scaled(draws.inputs[:, None], parts)}
    pictures = {
        f"samples_{layer.name}.png": figures.image_grid(
            inputs
            | {
                _title(layer.name, epoch): scaled(draws.shown[layer.name, epoch], parts)
                for epoch in epochs
            }
        )
        for layer in draws.of_layers
    }
    pictures["diversity.png"] = figures.family_panels(
        list(epochs),
        {
            words: {
                layer.name: np.asarray(layer.values(number).mean(axis=2))
                for layer in draws.of_layers
            }
            for number, words in SHORT.items()
        },
        label="share of the range, or of samples",
    )
    return pictures


def _title(layer: str, epoch: int) -> str:
    return f"{layer}, no learning" if epoch == 0 else f"{layer}, epoch {epoch}"
