"""What a decoder fits to a batch before it is trained."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import nn

    from ib_mlflow.networks.pixelcnn.context import ContextScale
    from ib_mlflow.networks.pixelcnn.layers import Convolution


@contextmanager
def standardising(
    decoder: nn.Module, kinds: tuple[type[Convolution | ContextScale], ...]
) -> Iterator[None]:
    """Let the layers of some kinds fit what they hold to the batch that passes, without dropout.

    Arguments:
        decoder: the decoder.
        kinds: of the layers that are fitted; the others stay as they are.

    Returns:
        A context in which one batch is sent through the decoder.

    Example:
        >>> with standardising(decoder, (ContextScale,)):  # doctest: +SKIP
        ...     decoder.parameters_of(x, h)
    """
    training = decoder.training
    decoder.eval()
    layers = [layer for layer in decoder.modules() if isinstance(layer, kinds)]
    try:
        for layer in layers:
            layer.standardising = True
        with torch.no_grad():
            yield
    finally:
        for layer in layers:
            layer.standardising = False
        decoder.train(training)
