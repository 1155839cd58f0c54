"""Drawing images pixel by pixel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ib_mlflow.networks.members import one_thread
from ib_mlflow.networks.pixelcnn.checks import check_finite
from ib_mlflow.networks.pixelcnn.growing import GrowingImages

if TYPE_CHECKING:
    from ib_mlflow.networks.pixelcnn.heads import Head
    from ib_mlflow.networks.pixelcnn.network import TwoStreams
    from ib_mlflow.networks.pixelcnn.settings import PixelCNNSettings

IMAGES_AT_ONCE = 64
BIASES_AT_ONCE = 2**26  # numbers that a map's biases may take, 256 MB in single precision


def draw_images(
    network: TwoStreams,
    head: Head,
    settings: PixelCNNSettings,
    h: Tensor | None,
    count: int,
    generator: torch.Generator,
) -> Tensor:
    """Draw images, as in evaluation.

    Arguments:
        network: the decoder's two streams.
        head: the decoder's head.
        settings: what both were made with.
        h: contexts `(count, *context)` on the network's device, or None.
        count: images to draw.
        generator: of the noise.

    Returns:
        `(count, c, h, w)` uint8.

    Raises:
        InvalidInputError: for a network that has diverged.
    """
    _, height, width = settings.shape
    bias = network.exit.bias
    for parameter in network.parameters():
        check_finite(parameter, "parameters")
    noise = head.noise((count, height, width), generator).to(bias.device)
    at_once = _images_at_once(settings)
    parts = [slice(first, first + at_once) for first in range(0, count, at_once)]
    training = network.training
    network.eval()
    try:
        # The products are small: with more threads they would mostly wait for one another.
        with torch.inference_mode(), one_thread():
            images = [
                _draw_part(network, head, None if h is None else h[part], noise[part], bias.dtype)
                for part in parts
            ]
    finally:
        network.train(training)
    return torch.cat(images)


def _images_at_once(settings: PixelCNNSettings) -> int:
    if settings.context is None or len(settings.context) == 1:
        return IMAGES_AT_ONCE
    _, h, w = settings.shape
    pixels = sum((h >> level) * (w >> level) for level in range(settings.levels))
    # Of an image: in both streams, out and back.
    biases = 4 * settings.filters * (2 * settings.blocks + 1) * pixels
    return max(1, min(IMAGES_AT_ONCE, BIASES_AT_ONCE // biases))


def _draw_part(
    network: TwoStreams, head: Head, h: Tensor | None, noise: Tensor, dtype: torch.dtype
) -> Tensor:
    b, height, width, _ = noise.shape
    growing = GrowingImages(network, h, width, b)
    pixels = []
    for i in range(height):
        growing.begin_row(i)
        for j, of_pixel in enumerate(noise[:, i].unbind(1)):
            pixel = head.draw(growing.parameters(i, j), of_pixel)
            growing.write(j, head.scaled(pixel, dtype))
            pixels.append(pixel)
    return torch.unflatten(torch.stack(pixels, 2), 2, (height, width))
