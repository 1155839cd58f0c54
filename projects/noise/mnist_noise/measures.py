"""What is looked at in the versions of a convolutional network, from their checkpoints."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ib_mlflow.information import (
    cosine_similarities,
    distance_histogram,
    entropy,
    epoch_slopes,
    unit_information,
)
from ib_mlflow.studies.checkpoints.distances import SHOWN, drawn
from ib_mlflow.studies.configuration import LearningConfiguration
from ib_mlflow.studies.judging.claims import nearest_epoch
from ib_mlflow.studies.running.training import Trained
from projects.noise.mnist_noise.networks import PAPER_LAYERS

FULL = 3
"""The layer whose single units are followed."""


@dataclass(frozen=True, eq=False)
class Looks:
    """What was seen.

    Arguments:
        cosines: by version and layer the similarities of every held-out image, of all members, to
            the deterministic twin: (e, n).
        similarities: a row per (version, member, layer) with the mean `cosine`, NaN where one of
            the two diverged, and `unrelated`, that of the deterministic networks of other seeds,
            NaN where fewer than two are left.
        slopes: a row per (bin_size, member, unit) of the dropout version: `slope` of H(Bin T(k))
            over epochs and its `standard_error`, in nats per epoch.
        input_entropy: H(Bin X) in nats of the held-out images in two bins a pixel, dark or bright.
        overlaps: a row per (epoch, member, layer) of the dropout version, the input as layer 0:
            the area that the histograms of distances within and between classes share.
        histograms: those histograms of the first member, as they are drawn.

    Slopes and overlaps have no rows of members that diverged.
    """

    cosines: dict[str, dict[int, NDArray[np.float64]]]
    similarities: pd.DataFrame
    slopes: pd.DataFrame
    input_entropy: float
    overlaps: pd.DataFrame
    histograms: pd.DataFrame


def look(
    trained: Sequence[Trained],
    chosen: LearningConfiguration,
    *,
    bin_sizes: Sequence[float],
    even: Sequence[int],
) -> Looks:
    """Compare the versions at the end, and follow the one with dropout over the epochs.

    Arguments:
        trained: the noisy ensemble and that with dropout, of the same seeds.
        chosen: the study's parameters.
        bin_sizes: widths of a bin for single units, in activation units.
        even: measured epochs at equal distances, to which the slopes of single units are fitted as
            the paper's are to all epochs.

    Returns:
        Similarities, slopes and distances.
    """
    last = [_layers(one, chosen, one.trajectory.epochs[-1]) for one in trained]
    cosines, similarities = _similarities(trained, last, chosen.members)
    slopes, overlaps, histograms = _follow(trained[-1], chosen, bin_sizes, even)
    # [-1, 0] and (0, 1] of pixels that reach from -1 to 1: one pair of MNIST's images is merged.
    pixels = trained[-1].network.task.measured.features() > 0.5
    held = float(entropy(pixels.astype(np.uint8)))
    return Looks(cosines, similarities, slopes, held, overlaps, histograms)


def _layers(
    one: Trained, chosen: LearningConfiguration, epoch: int
) -> dict[int, NDArray[np.float32]]:
    """The activations of the paper's four layers, each (e, n, d)."""
    found = one.at(epoch, chosen).activations(one.network.inputs)
    return {layer: activations for layer, activations in found if layer in PAPER_LAYERS}


def _similarities(
    trained: Sequence[Trained], last: Sequence[dict[int, NDArray[np.float32]]], members: int
) -> tuple[dict[str, dict[int, NDArray[np.float64]]], pd.DataFrame]:
    plain = {layer: of[:members] for layer, of in last[0].items()}
    cosines: dict[str, dict[int, NDArray[np.float64]]] = {}
    rows: list[tuple[object, ...]] = []
    for one, layers in zip(trained, last, strict=True):
        for view in one.network.views:
            if view.name == "deterministic":
                continue
            cosines[view.name] = {}
            for layer, of in layers.items():
                own, twins = of[list(view.members or range(members))], plain[layer]
                left = _finite(own) & _finite(twins)
                found = cosine_similarities(own[left], twins[left])
                cosines[view.name][layer] = found
                means = np.full(members, np.nan)
                means[left] = found.mean(axis=1)
                rows += [(view.name, member, layer, mean) for member, mean in enumerate(means)]
    table = pd.DataFrame(rows, columns=["version", "member", "layer", "cosine"])
    finite = {layer: of[_finite(of)] for layer, of in plain.items()}
    strangers = {
        layer: float(cosine_similarities(of, np.roll(of, 1, axis=0)).mean())
        if len(of) > 1
        else np.nan
        for layer, of in finite.items()
    }
    return cosines, table.assign(unrelated=table["layer"].map(strangers))


def _finite(activations: NDArray[np.float32]) -> NDArray[np.bool_]:
    return np.asarray(np.isfinite(activations).all(axis=(1, 2)))


def _follow(
    one: Trained, chosen: LearningConfiguration, bin_sizes: Sequence[float], even: Sequence[int]
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    last = one.trajectory.epochs[-1]
    marked = {nearest_epoch(one.trajectory, epoch) for epoch in (0, 1, last / 4, last)}
    sound = list(one.sound)
    labels, images = one.network.task.measured.labels, one.network.task.measured.features()
    curves: dict[float, list[NDArray[np.float64]]] = {size: [] for size in bin_sizes}
    overlaps: list[pd.DataFrame] = []
    histograms: list[pd.DataFrame] = []
    for epoch in sorted({*marked, *even}):
        layers: dict[int, NDArray[Any]] = {
            layer: of[sound] for layer, of in _layers(one, chosen, epoch).items()
        }
        if epoch in even:
            for size, entropies in curves.items():
                entropies.append(unit_information(layers[FULL], labels, bin_size=size).i_x)
        if epoch in marked:
            layers = {0: np.repeat(images[None], len(layers[FULL]), axis=0), **layers}
            for layer, activations in layers.items():
                table, shown = _distances(activations, labels, epoch, layer)
                overlaps.append(table.assign(member=sound))
                histograms.append(shown)
    return (
        pd.concat([_slopes(size, curves[size], even, sound) for size in bin_sizes]),
        pd.concat(overlaps, ignore_index=True),
        pd.concat(histograms, ignore_index=True),
    )


def _slopes(
    size: float,
    entropies: Sequence[NDArray[np.float64]],
    epochs: Sequence[int],
    sound: Sequence[int],
) -> pd.DataFrame:
    found = epoch_slopes(np.stack(entropies), epochs=epochs)
    members, units = np.indices(found.slope.shape)
    own = np.array(sound)[members.ravel()]
    columns = {"bin_size": size, "member": own, "unit": units.ravel()}
    errors = found.standard_error.ravel()
    return pd.DataFrame(columns | {"slope": found.slope.ravel(), "standard_error": errors})


def _distances(
    activations: NDArray[Any], labels: NDArray[np.int64], epoch: int, layer: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    found = distance_histogram(activations, labels, bin_count=SHOWN)
    place = {"epoch": epoch, "layer": layer}
    return pd.DataFrame(place | {"overlap": found.overlap}), drawn(found, epoch, layer)
