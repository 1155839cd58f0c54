"""A layer beside the decoder that inverts it, and the images that are made from what it holds."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ib_mlflow.networks.images.reconstruction import Reconstruction
from ib_mlflow.networks.pixelcnn import AmortisedPixelCNN, PixelCNN
from ib_mlflow.studies.decoding.configuration import DecodingConfiguration
from ib_mlflow.studies.decoding.contexts import LayerContext
from ib_mlflow.studies.decoding.division import Parts
from ib_mlflow.studies.running.fits import FittedNetwork, digest_of
from ib_mlflow.training.decoders import Pairs, reconstruct

SHOWN, BESIDE = 8, 4
"""Inputs of a grid, and images drawn for each."""
TOGETHER = 256
"""Images that are drawn together."""


@dataclass(frozen=True, eq=False)
class DecodedLayer:
    """A layer and the decoder that inverts it.

    Arguments:
        parts: the task.
        layer: the layer.
        decoder: of the layer.
        configuration: the study's parameters.
    """

    parts: Parts
    layer: LayerContext
    decoder: FittedNetwork[PixelCNN]
    configuration: DecodingConfiguration

    @property
    def shown(self) -> NDArray[np.uint8]:
        """The test images of a grid, (8, channels, h, w)."""
        return self.parts.evaluation.inputs[:SHOWN]

    @property
    def name(self) -> str:
        """What it is called."""
        return f"{self.layer.subject} {self.layer.name}"

    @property
    def identity(self) -> dict[str, object]:
        """What determines what is drawn from it."""
        return {
            "layer": self.layer.identity,
            "decoder": digest_of(self.decoder.network),
            "encoding": self.parts.encoding.digest,
            "evaluation": self.parts.evaluation.digest,
            "seed": self.configuration.seed,
            "device": self.layer.device.type,
        }


@torch.no_grad()
def sample_images(
    decoded: DecodedLayer, images: NDArray[np.uint8], count: int, *, seed: int
) -> NDArray[np.uint8]:
    """Draw images given what a layer holds of others.

    Arguments:
        decoded: the layer and its decoder.
        images: (n, channels, h, w).
        count: how many to draw for each.
        seed: of the draws.

    Returns:
        (n, count, channels, h, w).
    """
    decoder = decoded.decoder.network
    contexts = decoded.layer.encode(torch.tensor(images, device=decoder.device))
    return samples_given(decoder, contexts, count, seed=seed)


def samples_given(
    decoder: PixelCNN | AmortisedPixelCNN, contexts: Tensor, count: int, *, seed: int
) -> NDArray[np.uint8]:
    """Draw images given contexts.

    Arguments:
        decoder: what is drawn from.
        contexts: (n, ...) as the decoder takes them.
        count: how many to draw for each.
        seed: of the draws.

    Returns:
        (n, count, channels, h, w).
    """
    repeated = contexts.repeat_interleave(count, dim=0)
    samples = [
        decoder.sample(repeated[first : first + TOGETHER], seed=(seed + first) % 2**32)
        for first in range(0, len(repeated), TOGETHER)
    ]
    return torch.cat(samples).cpu().numpy().reshape(len(contexts), count, *decoder.shape)


def reconstruct_images(
    layer: LayerContext, reconstruction: FittedNetwork[Reconstruction], images: NDArray[np.uint8]
) -> NDArray[np.float32]:
    """What a layer's reconstruction makes of images: (n, channels, h, w) from 0 to 1."""
    return reconstruct(reconstruction.network, Pairs(images), encode=layer.encode)


def scaled(images: NDArray[np.uint8], parts: Parts) -> NDArray[np.float32]:
    """Images between 0 and 1."""
    return images.astype(np.float32) / np.float32(parts.levels - 1)
