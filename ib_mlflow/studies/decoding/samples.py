"""What decoders draw: how near it comes to the layer it was drawn from, and how it looks."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ib_mlflow import figures
from ib_mlflow.data import Dataset
from ib_mlflow.information import alternative_distances, nearest_rows
from ib_mlflow.studies.decoding.configuration import InversionConfiguration
from ib_mlflow.studies.decoding.contexts import Layer
from ib_mlflow.studies.decoding.division import Parts
from ib_mlflow.studies.decoding.fitting import drawn, reconstructed
from ib_mlflow.studies.running.fits import Arrays, Done, computed, digest_of
from ib_mlflow.tracking import ChildSpec, StudyRun

BLOCK = 1000
SHOWN, BESIDE = 8, 4
"""Inputs of a grid, and images drawn for each."""
ALTERNATIVES = 10
"""Table 1: the nearest of ten samples."""
TOP = 6
"""Fig. 2: the nearest six."""


@dataclass(frozen=True)
class Distances:
    """Table 1 of one layer: mean absolute differences of a unit, of each of n test images.

    Arguments:
        nearest: to the nearest image of the classifier's training set.
        sample: to one image drawn by the layer's decoder.
        best: to the nearest of ten drawn images.
    """

    nearest: NDArray[np.float64]
    sample: NDArray[np.float64]
    best: NDArray[np.float64]


@dataclass(frozen=True)
class Drawn:
    """What was drawn from one layer.

    Arguments:
        inputs: (8, channels, h, w) test images.
        samples: (8, 4, channels, h, w) drawn from the layer's decoder.
        means: (8, channels, h, w) reconstructions of the least squared error, from 0 to 1.
        distances: of the layer.
        moved: (n,) how far the centre of ink of a drawn image lies from its input's, in pixels.
    """

    inputs: NDArray[np.uint8]
    samples: NDArray[np.uint8]
    means: NDArray[np.float32]
    distances: Distances
    moved: NDArray[np.float64]


def draw_layer(
    study: StudyRun,
    parts: Parts,
    layer: Layer,
    decoder: Done,
    mean: Done,
    chosen: InversionConfiguration,
    *,
    compared: int,
) -> Drawn:
    """Draw from a layer's decoder in a child run, and measure what was drawn by the layer.

    Reference:
        Nash, Kushman & Williams (2018), section 5.1, Fig. 1 and Table 1.

    Arguments:
        study: the study's run.
        parts: the task.
        layer: the layer.
        decoder: of the layer.
        mean: the layer's reconstruction.
        chosen: the study's parameters.
        compared: how many test images are compared.
    """
    compared = min(compared, parts.evaluation.n)
    shown = parts.evaluation.inputs[: min(SHOWN, parts.evaluation.n)]

    def compute() -> Arrays:
        images = parts.evaluation.inputs[:compared]
        own = _flat(layer, images)
        samples = drawn(decoder, layer, images, ALTERNATIVES, seed=chosen.seed)
        others = _flat(layer, samples.reshape(-1, *parts.shape)).reshape(compared, ALTERNATIVES, -1)
        return {
            "samples": drawn(decoder, layer, shown, BESIDE, seed=chosen.seed + 1),
            "means": reconstructed(mean, layer, shown),
            "nearest": nearest_rows(own, _blocks(layer, parts.encoding), k=1).distances[:, 0],
            "sample": alternative_distances(own, others[:, :1]),
            "best": alternative_distances(own, others),
            "moved": np.linalg.norm(_centres(samples[:, 0]) - _centres(images), axis=1),
        }

    identity = {
        **_identity(parts, layer, decoder, chosen),
        "mean": digest_of(mean.network),
        "compared": compared,
    }
    parameters = {"task": parts.name, "told": layer.name, "compared": compared}
    child = ChildSpec(f"{layer.subject} {layer.name} samples", parameters, identity)
    found = computed(study, child, compute)
    distances = Distances(*(found[name] for name in ("nearest", "sample", "best")))
    return Drawn(shown, found["samples"], found["means"], distances, found["moved"])


def nearest_of_many(
    study: StudyRun,
    parts: Parts,
    layer: Layer,
    decoder: Done,
    chosen: InversionConfiguration,
    *,
    pool: int,
    inputs: int,
) -> dict[str, NDArray[np.uint8]]:
    """The nearest of many samples, beside the nearest training images.

    Reference:
        Nash, Kushman & Williams (2018), Fig. 2: 1024 samples, the nearest six.

    Arguments:
        study: the study's run.
        parts: the task.
        layer: by which is compared.
        decoder: of the layer.
        chosen: the study's parameters.
        pool: samples for each input.
        inputs: test images.

    Returns:
        By title (inputs, k, channels, h, w).
    """
    top = min(TOP, pool)

    def compute() -> Arrays:
        images = parts.evaluation.inputs[:inputs]
        own = _flat(layer, images)
        samples = drawn(decoder, layer, images, pool, seed=chosen.seed + 2)
        near = [
            nearest_rows(own[[row]], [_flat(layer, samples[row])], k=top).rows[0]
            for row in range(len(images))
        ]
        training = nearest_rows(own, _blocks(layer, parts.encoding), k=top).rows
        return {
            "samples": np.stack([samples[row][rows] for row, rows in enumerate(near)]),
            "training": parts.encoding.inputs[training],
        }

    identity = {**_identity(parts, layer, decoder, chosen), "pool": pool, "inputs": inputs}
    parameters = {"task": parts.name, "told": layer.name, "pool": pool}
    child = ChildSpec(f"{layer.subject} {layer.name} nearest of {pool}", parameters, identity)
    found = computed(study, child, compute)
    return {
        "input": parts.evaluation.inputs[:inputs, None],
        f"nearest of {pool} samples": found["samples"],
        "nearest training images": found["training"],
    }


def sample_grid(parts: Parts, layers: Mapping[str, Drawn]) -> Figure:
    """Inputs beside samples beside reconstructions, a group for each layer (Fig. 1 and 4)."""
    first = next(iter(layers.values()))
    columns: dict[str, NDArray[np.floating]] = {"input": scaled(first.inputs[:, None], parts)}
    for name, one in layers.items():
        columns[name] = scaled(one.samples, parts)
        columns[f"{name} MSE"] = one.means[:, None]
    return figures.image_grid(columns)


def scaled(images: NDArray[np.uint8], parts: Parts) -> NDArray[np.float32]:
    """Images between 0 and 1."""
    return images.astype(np.float32) / np.float32(parts.levels - 1)


def _centres(images: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Centres of ink as (row, column), (n, 2); of an empty image the middle."""
    ink = images.sum(axis=1, dtype=np.float64)
    ink += 1e-9
    places = np.indices(ink.shape[1:]).reshape(2, -1)
    mass = ink.reshape(len(ink), -1)
    centres: NDArray[np.float64] = mass @ places.T / mass.sum(axis=1, keepdims=True)
    return centres


@torch.no_grad()
def _flat(layer: Layer, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """What a layer makes of images, (n, d)."""
    parts = [
        layer.encode(torch.tensor(images[first : first + BLOCK], device=layer.device)).flatten(1)
        for first in range(0, len(images), BLOCK)
    ]
    found: NDArray[np.float32] = torch.cat(parts).cpu().numpy()
    return found


def _blocks(layer: Layer, part: Dataset) -> Iterator[NDArray[np.float32]]:
    for first in range(0, part.n, BLOCK):
        yield _flat(layer, part.inputs[first : first + BLOCK])


def _identity(
    parts: Parts, layer: Layer, decoder: Done, chosen: InversionConfiguration
) -> dict[str, object]:
    return {
        "layer": layer.identity,
        "decoder": digest_of(decoder.network),
        "encoding": parts.encoding.digest,
        "evaluation": parts.evaluation.digest,
        "seed": chosen.seed,
        "device": layer.device.type,
    }
