"""What a decoder fits to a batch before it is trained."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch import Tensor

    from ib_mlflow.networks.pixelcnn.context import ContextScale
    from ib_mlflow.networks.pixelcnn.layers import Convolution
    from ib_mlflow.networks.pixelcnn.model import PixelCNN


@torch.no_grad()
def standardise(
    decoder: PixelCNN,
    kinds: tuple[type[Convolution | ContextScale], ...],
    x: Tensor,
    h: Tensor | None,
) -> None:
    """Let the layers of some kinds fit what they hold to a batch, without dropout.

    Arguments:
        decoder: the decoder.
        kinds: of the layers that are fitted; the others stay as they are.
        x: `(b, c, h, w)` uint8.
        h: `(b, *context)`.
    """
    training = decoder.training
    decoder.eval()
    layers = [each for each in decoder.modules() if isinstance(each, kinds)]
    try:
        for layer in layers:
            layer.standardising = True
        decoder.parameters_of(x, h)
    finally:
        for layer in layers:
            layer.standardising = False
        decoder.train(training)
