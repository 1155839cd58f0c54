"""What `gpu.py` times: each function makes, on a device, a program to be run again and again."""

from __future__ import annotations

from functools import partial
from itertools import count
from typing import TYPE_CHECKING
from unittest.mock import patch

import numpy as np
import torch

from ib_mlflow.data import Dataset, load
from ib_mlflow.information import mixture_entropy, noisy_information
from ib_mlflow.networks import PixelCNN, mlp, mnist_cnn, stack
from ib_mlflow.networks.precision import full_precision
from ib_mlflow.training import Schedule, train
from ib_mlflow.training.decoders import Pairs, train_decoder
from ib_mlflow.training.fitting import Learner, Plan, Samples

if TYPE_CHECKING:
    from collections.abc import Callable

WIDTHS = (12, 10, 7, 5, 4, 3, 2)


def ensemble_epoch(members: int, wide: int, device: str) -> Callable[[], object]:
    widths = (12, wide, wide, 2) if wide else WIDTHS
    ensemble, szt = mlp(widths, members=members, device=device), load("szt")
    snapshots = train(ensemble, szt, Schedule.of(range(10_000)), learning_rate=0.2)
    next(snapshots)
    return lambda: next(snapshots)


def images_epoch(n: int, members: int, device: str) -> Callable[[], object]:
    random = np.random.default_rng(0)
    dataset = Dataset(
        name="random",
        inputs=random.integers(0, 256, (n, 1, 28, 28)).astype(np.uint8),
        labels=np.arange(n) % 10,
        classes=tuple("0123456789"),
        source="random numbers",
        levels=256,
    )
    ensemble = stack(
        mnist_cnn, seeds=range(members), layers=["pool_1", "pool_2"], beta=0.1, device=device
    )
    schedule = Schedule.of(range(10_000))
    snapshots = train(ensemble, dataset, schedule, learning_rate=5e-3, batch_size=32)
    next(snapshots)
    return lambda: next(snapshots)


def entropy(n: int, method: str, device: str) -> Callable[[], object]:
    centres = np.random.default_rng(0).normal(size=(n, 5))
    return partial(
        mixture_entropy, centres, beta=0.1, n_queries=n, seed=0, device=device, method=method
    )


def noisy_layer(members: int, device: str) -> Callable[[], object]:
    ensemble, szt = mlp(WIDTHS, members=members, beta=0.05, device=device), load("szt")
    inputs = szt.features()

    def run() -> object:
        layers = noisy_information(
            ensemble.propagate, inputs, szt.labels, beta=ensemble.beta, seed=0, repeats=16
        )
        next(layers)
        return next(layers)

    def on_the_cpu() -> object:
        # Where a GPU is, kernel sums over all pairs would be added up there.
        with patch("ib_mlflow.information.mixture.cuda.find_device", lambda _: torch.device("cpu")):
            return run()

    return on_the_cpu if device == "cpu" else run


def decoder_of(
    filters: int, batch: int, device: str
) -> tuple[PixelCNN, torch.Tensor, torch.Tensor]:
    random = torch.Generator().manual_seed(0)
    decoder = PixelCNN((1, 28, 28), filters=filters, blocks=3, levels=3, context=10)
    images = torch.randint(256, (batch, 1, 28, 28), generator=random).byte().to(device)
    h = torch.randn(batch, 10, generator=random).to(device)
    decoder = decoder.to(device)
    decoder.initialise(images, h)
    return decoder, images, h


def step(filters: int, batch: int, precision: str, device: str) -> Callable[[], object]:
    return stepping(*decoder_of(filters, batch, device), precision, device)


def stepping(
    decoder: PixelCNN, images: torch.Tensor, h: torch.Tensor, precision: str, device: str
) -> Callable[[], object]:
    """An update of a decoder by the fitting loop, again and again on the same images."""
    kind = "bfloat16" if precision == "bfloat16" else "float32"
    plan = Plan(updates=10**6, batch_size=len(images), average=0.99, precision=kind)
    learner = Learner(decoder, lambda model, x, h: -model.log_prob(x, h), plan, seed=0)
    samples = Samples([images.cpu().numpy(), h.cpu().numpy()], torch.device(device))
    rows, updates = np.arange(len(images)), count(1)

    def run() -> None:
        learner.step(next(updates), samples, rows)

    def in_full() -> None:
        with full_precision():
            run()

    return in_full if precision == "float32" else run


def sampling(filters: int, images: int, device: str) -> Callable[[], object]:
    decoder, _, h = decoder_of(filters, images, device)
    return lambda: decoder.sample(h, seed=0)


def trial(filters: int, batch: int, updates: int, device: str) -> Callable[[], object]:
    random = np.random.default_rng(0)
    bits = random.integers(0, 2, (32 * batch, 1, 14, 14)).astype(np.uint8)
    pairs = Pairs(bits, random.normal(size=(len(bits), 10)).astype(np.float32))
    held_out = Pairs(bits[: 8 * batch], random.normal(size=(8 * batch, 10)).astype(np.float32))
    settings = {"head": "bernoulli", "filters": filters, "blocks": 2, "levels": 2, "context": 10}
    decoder = PixelCNN((1, 14, 14), **settings).to(device)
    plan = Plan(updates=updates, batch_size=batch, average=0.99, evaluate=updates)
    return lambda: list(train_decoder(decoder, pairs, validation=held_out, plan=plan, seed=0))
