"""A conditional density whose best is known: pixels that are independent given the context."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from ib_mlflow.training.decoders import Pairs


class Table(nn.Module):
    """Bernoulli pixels with a logit for each context and pixel: the maximum of its likelihood is
    the table of frequencies."""

    def __init__(self, contexts: int, pixels: int) -> None:
        super().__init__()
        self.logits = nn.Parameter(torch.zeros(contexts, pixels))
        self.calls: list[int] = []

    def log_prob(self, images: Tensor, context: Tensor | None) -> Tensor:
        logits = self.logits.mean(dim=0) if context is None else self.logits[context]
        bits = images.flatten(1).to(logits.dtype)
        return -nn.functional.softplus(torch.where(bits > 0, -logits, logits)).sum(dim=1)

    def initialise(self, images: Tensor, context: Tensor | None) -> None:
        self.calls.append(len(images))
        with torch.no_grad():
            self.logits.fill_(0.25)


TRUTH = np.array([[0.1, 0.5, 0.9, 0.3], [0.8, 0.2, 0.4, 0.6], [0.5, 0.05, 0.7, 0.95]])


@pytest.fixture
def table():
    return Table(*TRUTH.shape)


@pytest.fixture
def truth():
    return TRUTH


@pytest.fixture
def draw():
    """Pairs drawn from the truth: contexts uniform, pixels independent given them."""

    def pairs(n: int, seed: int) -> Pairs:
        generator = np.random.default_rng(seed)
        context = generator.integers(0, len(TRUTH), n)
        bits = generator.random((n, TRUTH.shape[1])) < TRUTH[context]
        return Pairs(bits.astype(np.uint8).reshape(n, 1, 2, 2), context)

    return pairs
