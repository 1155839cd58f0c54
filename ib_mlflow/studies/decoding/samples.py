"""What decoders draw: how near it comes to the layer it was drawn from, and how it looks."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ib_mlflow import figures
from ib_mlflow.information import alternative_distances, nearest_rows
from ib_mlflow.networks.images.reconstruction import Reconstruction
from ib_mlflow.studies.decoding.decoded import (
    BESIDE,
    DecodedLayer,
    reconstruct_images,
    sample_images,
    scaled,
)
from ib_mlflow.studies.decoding.division import Parts
from ib_mlflow.studies.running.fits import Arrays, FittedNetwork, digest_of, run_computation
from ib_mlflow.tracking import ChildSpec, StudyRun


@dataclass(frozen=True, eq=False)
class LayerSampling:
    """What is to be drawn from a layer.

    Arguments:
        decoded: the layer and its decoder.
        reconstruction: of the layer.
        compared: test images that are compared with what is drawn for them.
        alternatives: images drawn for each of these, of which the nearest is compared too.
    """

    decoded: DecodedLayer
    reconstruction: FittedNetwork[Reconstruction]
    compared: int
    alternatives: int


@dataclass(frozen=True)
class LayerDistances:
    """Mean absolute differences of a layer's unit, of each of n test images.

    Arguments:
        nearest: to the nearest image of the classifier's training set.
        sample: to one image drawn by the layer's decoder.
        best: to the nearest of several drawn images.
    """

    nearest: NDArray[np.float64]
    sample: NDArray[np.float64]
    best: NDArray[np.float64]


@dataclass(frozen=True)
class LayerSamples:
    """What was drawn from one layer.

    Arguments:
        inputs: (8, channels, h, w) test images.
        samples: (8, 4, channels, h, w) drawn from the layer's decoder.
        reconstructions: (8, channels, h, w) of the least squared error, from 0 to 1.
        distances: of the layer.
        moved: (n,) how far the centre of ink of a drawn image lies from its input's, in pixels.
    """

    inputs: NDArray[np.uint8]
    samples: NDArray[np.uint8]
    reconstructions: NDArray[np.float32]
    distances: LayerDistances
    moved: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class NearestSampling:
    """Which samples of a layer are to be compared with its training images.

    Arguments:
        decoded: the layer and its decoder.
        inputs: test images.
        pool: samples for each.
        nearest: of the samples and of the training images, those that are kept.
    """

    decoded: DecodedLayer
    inputs: int
    pool: int
    nearest: int


def sample_layer(study: StudyRun, sampling: LayerSampling) -> LayerSamples:
    """Draw from a layer's decoder in a child run, and measure what was drawn by the layer.

    Reference:
        Nash, Kushman & Williams (2018), "Inverting Supervised Representations with Autoregressive
        Neural Density Models", section 5.1, Fig. 1 and Table 1.

    Arguments:
        study: the study's run.
        sampling: what is drawn.
    """
    decoded, alternatives = sampling.decoded, sampling.alternatives
    layer, parts = decoded.layer, decoded.parts
    compared, seed = min(sampling.compared, parts.evaluation.n), decoded.configuration.seed

    def compute() -> Arrays:
        images = parts.evaluation.inputs[:compared]
        own = layer.outputs(images)
        samples = sample_images(decoded, images, alternatives, seed=seed)
        others = layer.outputs(samples.reshape(-1, *parts.shape))
        others = others.reshape(compared, alternatives, -1)
        training = layer.output_blocks(parts.encoding.inputs)
        return {
            "samples": sample_images(decoded, decoded.shown, BESIDE, seed=seed + 1),
            "reconstructions": reconstruct_images(layer, sampling.reconstruction, decoded.shown),
            "nearest": nearest_rows(own, training, k=1).distances[:, 0],
            "sample": alternative_distances(own, others[:, :1]),
            "best": alternative_distances(own, others),
            "moved": np.linalg.norm(ink_centres(samples[:, 0]) - ink_centres(images), axis=1),
        }

    identity = decoded.identity | {
        "reconstruction": digest_of(sampling.reconstruction.network),
        "compared": compared,
        "alternatives": alternatives,
    }
    parameters = {"task": parts.name, "context": layer.name, "compared": compared}
    arrays = run_computation(
        study, ChildSpec(f"{decoded.name} samples", parameters, identity), compute
    )
    return LayerSamples(
        inputs=decoded.shown,
        samples=arrays["samples"],
        reconstructions=arrays["reconstructions"],
        distances=LayerDistances(arrays["nearest"], arrays["sample"], arrays["best"]),
        moved=arrays["moved"],
    )


def nearest_samples(study: StudyRun, sampling: NearestSampling) -> dict[str, NDArray[np.uint8]]:
    """The nearest of many samples, beside the nearest training images.

    Reference:
        Nash, Kushman & Williams (2018), Fig. 2.

    Arguments:
        study: the study's run.
        sampling: what is drawn.

    Returns:
        By title (inputs, k, channels, h, w).
    """
    decoded, pool = sampling.decoded, sampling.pool
    layer, parts = decoded.layer, decoded.parts
    nearest = min(sampling.nearest, pool)
    images = parts.evaluation.inputs[: sampling.inputs]

    def compute() -> Arrays:
        own = layer.outputs(images)
        samples = sample_images(decoded, images, pool, seed=decoded.configuration.seed + 2)
        near = [
            nearest_rows(own[[row]], [layer.outputs(samples[row])], k=nearest).rows[0]
            for row in range(len(images))
        ]
        training = nearest_rows(own, layer.output_blocks(parts.encoding.inputs), k=nearest).rows
        return {
            "samples": np.stack([samples[row][rows] for row, rows in enumerate(near)]),
            "training": parts.encoding.inputs[training],
        }

    identity = decoded.identity | {"pool": pool, "inputs": sampling.inputs, "nearest": nearest}
    parameters = {"task": parts.name, "context": layer.name, "pool": pool}
    spec = ChildSpec(f"{decoded.name} nearest of {pool}", parameters, identity)
    arrays = run_computation(study, spec, compute)
    return {
        "input": images[:, None],
        f"nearest of {pool} samples": arrays["samples"],
        "nearest training images": arrays["training"],
    }


def sample_grid(parts: Parts, layers: Mapping[str, LayerSamples], *, frame: bool = False) -> Figure:
    """Inputs beside samples beside reconstructions, a group for each layer; or a film's frame."""
    first = next(iter(layers.values()))
    columns: dict[str, NDArray[np.floating]] = {"input": scaled(first.inputs[:, None], parts)}
    for name, layer in layers.items():
        columns[name] = scaled(layer.samples, parts)
        columns[f"{name} MSE"] = layer.reconstructions[:, None]
    return figures.image_grid(columns, frame=frame)


def ink_centres(images: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Centres of ink as (row, column), (n, 2); of an empty image the middle.

    Example:
        >>> image = np.zeros((1, 1, 3, 3), np.uint8)
        >>> image[0, 0, 2, 1] = 9
        >>> ink_centres(image).round(3)
        array([[2., 1.]])
    """
    ink = images.sum(axis=1, dtype=np.float64)
    ink += 1e-9
    places = np.indices(ink.shape[1:]).reshape(2, -1)
    mass = ink.reshape(len(ink), -1)
    centres: NDArray[np.float64] = mass @ places.T / mass.sum(axis=1, keepdims=True)
    return centres
