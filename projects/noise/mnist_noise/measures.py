"""What is measured of the versions of a convolutional network, from their checkpoints."""

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
from ib_mlflow.studies.checkpoints.distances import SHOWN, histogram_rows
from ib_mlflow.studies.running.training import Trained, TrainedGroup
from ib_mlflow.trajectory.members import nearest_epoch
from .networks import PAPER_LAYERS

FULL = 3
"""The layer whose single units are measured."""
Layers = dict[int, NDArray[Any]]
"""Activations (e, n, d) by layer."""


@dataclass(frozen=True, eq=False)
class Similarities:
    """How like the layers of versions are to those of their deterministic twins, at the end.

    Arguments:
        cosines: by version and layer those of every held-out image, of all members that did not
            diverge: (e, n).
        table: a row per (version, seed, layer) with the mean `cosine`, NaN where one of the two
            diverged, and `unrelated`, that of the deterministic networks of other seeds, NaN where
            fewer than two are left.
    """

    cosines: dict[str, dict[int, NDArray[np.float64]]]
    table: pd.DataFrame


@dataclass(frozen=True, eq=False)
class Dynamics:
    """How the units and the classes of one version move over the epochs.

    No table has rows of members that diverged.

    Arguments:
        slopes: a row per (bin_size, member, unit): `slope` of H(Bin T(k)) over epochs and its
            `standard_error`, in nats per epoch.
        overlaps: a row per (epoch, member, layer), the input as layer 0: the area that the
            histograms of distances within and between classes share.
        histograms: those histograms of the first member, as they are drawn.
    """

    slopes: pd.DataFrame
    overlaps: pd.DataFrame
    histograms: pd.DataFrame


def similarities(reference: TrainedGroup, versions: Sequence[TrainedGroup]) -> Similarities:
    """Compare the versions with their deterministic twins, seed by seed.

    Arguments:
        reference: the deterministic networks.
        versions: the others, of the same seeds.

    Returns:
        The similarities.
    """
    seeds = reference.group.seeds
    ensembles = {group.trained.name: group.trained for group in (reference, *versions)}
    ends = {name: _layers(trained, _last(trained)) for name, trained in ensembles.items()}
    twins = _of_seeds(ends[reference.trained.name], reference, seeds)
    cosines: dict[str, dict[int, NDArray[np.float64]]] = {}
    rows: list[tuple[object, ...]] = []
    for version in versions:
        cosines[version.name] = {}
        own = _of_seeds(ends[version.trained.name], version, seeds)
        for layer, activations in own.items():
            left = _finite(activations) & _finite(twins[layer])
            of_images = cosine_similarities(activations[left], twins[layer][left])
            cosines[version.name][layer] = of_images
            means = np.full(len(seeds), np.nan)
            means[left] = of_images.mean(axis=1)
            rows += [
                (version.name, seed, layer, mean) for seed, mean in zip(seeds, means, strict=True)
            ]
    table = pd.DataFrame(rows, columns=["version", "seed", "layer", "cosine"])
    unrelated = {layer: _unrelated(activations) for layer, activations in twins.items()}
    return Similarities(cosines, table.assign(unrelated=table["layer"].map(unrelated)))


def dynamics(
    version: TrainedGroup, bin_sizes: Sequence[float], even_epochs: Sequence[int]
) -> Dynamics:
    """Measure one version over the epochs.

    Arguments:
        version: the version.
        bin_sizes: widths of a bin for single units, in activation units.
        even_epochs: measured epochs at equal distances, to which the slopes of single units are
            fitted as the paper's are to all epochs.

    Returns:
        Slopes, overlaps and histograms.
    """
    trained, sound = version.trained, list(version.sound)
    last, measured = _last(trained), trained.spec.task.measured
    marked = {nearest_epoch(trained.trajectory, epoch) for epoch in (0, 1, last / 4, last)}
    entropies: dict[float, list[NDArray[np.float64]]] = {size: [] for size in bin_sizes}
    overlaps: list[pd.DataFrame] = []
    histograms: list[pd.DataFrame] = []
    for epoch in sorted({*marked, *even_epochs}):
        layers = {layer: own[sound] for layer, own in _layers(trained, epoch).items()}
        if epoch in even_epochs:
            for size, of_epochs in entropies.items():
                information = unit_information(layers[FULL], measured.labels, bin_size=size)
                of_epochs.append(information.i_x)
        if epoch in marked:
            images = np.repeat(measured.features()[None], len(sound), axis=0)
            for layer, activations in {0: images, **layers}.items():
                histogram = distance_histogram(activations, measured.labels, bin_count=SHOWN)
                columns = {"epoch": epoch, "layer": layer, "member": sound}
                overlaps.append(pd.DataFrame(columns | {"overlap": histogram.overlap}))
                histograms.append(histogram_rows(histogram, epoch, layer))
    slopes = [_slopes(size, entropies[size], even_epochs, sound) for size in bin_sizes]
    return Dynamics(*(pd.concat(of, ignore_index=True) for of in (slopes, overlaps, histograms)))


def input_entropy(pixels: NDArray[np.float32]) -> float:
    """H(Bin X) in nats of images in two bins a pixel, dark or bright.

    Arguments:
        pixels: (n, m), from 0 to 1.
    """
    # [-1, 0] and (0, 1] of pixels that reach from -1 to 1: one pair of MNIST's images is merged.
    return float(entropy((pixels > 0.5).astype(np.uint8)))


def _last(trained: Trained) -> int:
    return trained.trajectory.epochs[-1]


def _layers(trained: Trained, epoch: int) -> Layers:
    """The activations of all members at an epoch, in the paper's four layers."""
    activations = trained.at(epoch).activations(trained.spec.inputs)
    return {layer: of_layer for layer, of_layer in activations if layer in PAPER_LAYERS}


def _of_seeds(layers: Layers, version: TrainedGroup, seeds: Sequence[int]) -> Layers:
    """Those of a version's members, in the order of their seeds."""
    members = [version.member(seed) for seed in seeds]
    return {layer: activations[members] for layer, activations in layers.items()}


def _finite(activations: NDArray[Any]) -> NDArray[np.bool_]:
    return np.asarray(np.isfinite(activations).all(axis=(1, 2)))


def _unrelated(activations: NDArray[Any]) -> float:
    """The mean similarity of networks of different seeds; NaN where fewer than two are left."""
    left = activations[_finite(activations)]
    if len(left) < 2:
        return float("nan")
    return float(cosine_similarities(left, np.roll(left, 1, axis=0)).mean())


def _slopes(
    size: float,
    entropies: Sequence[NDArray[np.float64]],
    epochs: Sequence[int],
    members: Sequence[int],
) -> pd.DataFrame:
    fitted = epoch_slopes(np.stack(entropies), epochs=epochs)
    place, unit = (index.ravel() for index in np.indices(fitted.slope.shape))
    columns = {"bin_size": size, "member": np.array(members)[place], "unit": unit}
    errors = fitted.standard_error.ravel()
    return pd.DataFrame(columns | {"slope": fitted.slope.ravel(), "standard_error": errors})
