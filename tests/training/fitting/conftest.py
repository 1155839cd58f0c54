"""A regression with dropout: small, and random in every update."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch

# The networks beside this file must have names by which another process can import them.
sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def regression():
    """(x, y), 40 samples to learn from and 10 held out."""
    generator = np.random.default_rng(0)
    x = generator.normal(size=(50, 3)).astype(np.float32)
    y = np.tanh(x @ np.array([[1.0], [-2.0], [0.5]], np.float32))
    return (x[:40], y[:40]), (x[40:], y[40:])


@pytest.fixture
def network():
    from small import network

    return network()


@pytest.fixture
def equal():
    def check(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
        return one.keys() == other.keys() and all(torch.equal(one[k], other[k]) for k in one)

    return check
