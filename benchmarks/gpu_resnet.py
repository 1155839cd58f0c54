"""What `gpu.py` times of the residual studies, at the paper's sizes; used as `gpu_work.py` is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from gpu_work import stepping
from torch.nn.functional import cross_entropy

from ib_mlflow.networks import PixelCNN, ResNet
from ib_mlflow.training.fitting import Learner, Plan, Samples

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor, nn

SHAPE, CLASSES = (3, 32, 32), 10
CHUNK = 500
"""Images of an encoding pass."""


def images_of(n: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (n, *SHAPE), dtype=np.uint8)


def training_step(batch: int, precision: str, device: str) -> Callable[[], object]:
    """An update of the paper's classifier by the fitting loop of the studies."""

    def objective(model: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        return cross_entropy(model(x), y, reduction="none")

    plan = Plan(
        updates=10**6, batch_size=batch, learning_rate=0.1, decay="cosine", optimiser="sgd",
        momentum=0.9, weight_decay=5e-4, precision=precision,
    )  # fmt: skip
    learner = Learner(ResNet(SHAPE, CLASSES).to(device), objective, plan, seed=0)
    labels, rows = np.arange(batch) % CLASSES, np.arange(batch)
    samples = Samples([images_of(batch), labels], torch.device(device))
    return lambda: learner.step(1, samples, rows)


def encoding(images: int, device: str) -> Callable[[], object]:
    """All layers of many images."""
    encode = ResNet(SHAPE, CLASSES).to(device).eval().encoders(("h1", "h2", "h3", "h4"))
    data = torch.from_numpy(images_of(images)).to(device)

    @torch.no_grad()
    def run() -> None:
        for chunk in data.split(CHUNK):
            encode(chunk)

    return run


def decoder_step(
    filters: int, blocks: int, batch: int, precision: str, device: str
) -> Callable[[], object]:
    """An update of a decoder of h2, whose maps are (32, 16, 16)."""
    decoder = PixelCNN(
        SHAPE, filters=filters, blocks=blocks, levels=3, context=(32, 16, 16),
        conditioning="convolution", dropout=0.5,
    )  # fmt: skip
    images = torch.from_numpy(images_of(batch)).to(device)
    h = torch.randn(batch, 32, 16, 16, generator=torch.Generator().manual_seed(0)).to(device)
    decoder = decoder.to(device)
    decoder.initialise(images, h)
    return stepping(decoder, images, h, precision, device)
