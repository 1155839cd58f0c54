"""Drawing images pixel by pixel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ib_mlflow.networks.passes import one_thread
from ib_mlflow.networks.pixelcnn.checks import check_finite
from ib_mlflow.networks.pixelcnn.growing import GrowingImages

if TYPE_CHECKING:
    from ib_mlflow.networks.pixelcnn.model import PixelCNN

IMAGES_AT_ONCE = 64
BIASES_AT_ONCE = 2**26  # numbers that a map's biases may take, 256 MB in single precision


def draw_images(
    decoder: PixelCNN, h: Tensor | None, count: int, generator: torch.Generator
) -> Tensor:
    """Draw as many images as `count`, given contexts or none."""
    training = decoder.training
    decoder.eval()
    try:
        # The products are small: with more threads they would mostly wait for one another.
        with torch.inference_mode(), one_thread():
            drawn = _in_parts(decoder, h, count, generator)
    finally:
        decoder.train(training)
    return torch.cat(drawn)


def _in_parts(
    decoder: PixelCNN, h: Tensor | None, count: int, generator: torch.Generator
) -> list[Tensor]:
    for parameter in decoder.parameters():
        check_finite(parameter, "parameters")
    _, height, width = decoder.shape
    noise = decoder.head.noise((count, height, width), generator).to(decoder.device)
    at_once = _images_at_once(decoder)
    parts = [slice(first, first + at_once) for first in range(0, count, at_once)]
    return [_drawn(decoder, None if h is None else h[part], noise[part]) for part in parts]


def _images_at_once(decoder: PixelCNN) -> int:
    if decoder.context is None or len(decoder.context) == 1:
        return IMAGES_AT_ONCE
    _, h, w = decoder.shape
    blocks: int = decoder.settings["blocks"]
    filters: int = decoder.settings["filters"]
    pixels = sum((h >> level) * (w >> level) for level in range(decoder.settings["levels"]))
    biases = 4 * filters * (2 * blocks + 1) * pixels  # of an image: in both streams, out and back
    return max(1, min(IMAGES_AT_ONCE, BIASES_AT_ONCE // biases))


def _drawn(decoder: PixelCNN, h: Tensor | None, noise: Tensor) -> Tensor:
    b, height, width, _ = noise.shape
    head, dtype = decoder.head, decoder.dtype
    growing = GrowingImages(decoder.network, h, width, b)
    pixels = []
    for i in range(height):
        growing.begin_row(i)
        for j, of_pixel in enumerate(noise[:, i].unbind(1)):
            pixel = head.draw(growing.parameters(i, j), of_pixel)
            growing.write(j, head.scaled(pixel, dtype))
            pixels.append(pixel)
    return torch.unflatten(torch.stack(pixels, 2), 2, (height, width))
