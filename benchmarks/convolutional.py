"""An epoch of four convolutional networks and its evaluation: plain PyTorch loops and ensembles.

    python benchmarks/convolutional.py [--images 2000] [--rounds 5]

The networks are the noisy MNIST CNN of Goldfeld et al. (batch normalisation, tanh, noise of
β = 0.05, 2 × 2 max-pooling) and the plain ReLU CNN, the batch 32, the images random ones of
28 × 28: how long it takes does not depend on what they show. The evaluation is cross-entropy and
accuracy on the training images and on half as many others. The baseline is the loop that a
competent user writes, a network a thread on as many threads as ours, each operation on one thread,
which is its fastest way here; plain SGD by torch's fused optimiser. Ours is `train` as anyone calls
it, which evaluates too. Both alternate in one process; the least times of all rounds are compared,
and beside them processor seconds, which other programs disturb less. Last come the operations a
processor second, as plain sums count them, beside those of a large product of matrices on one
thread.
"""

from __future__ import annotations

import argparse
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from ib_mlflow.data import Dataset
from ib_mlflow.networks import stack
from ib_mlflow.networks.images.convolutional import (
    MNIST_CNN_LAYERS,
    RELU_CNN_LAYERS,
    mnist_cnn,
    relu_cnn,
)
from ib_mlflow.threads import threads
from ib_mlflow.training import Schedule, train

if TYPE_CHECKING:
    from collections.abc import Callable

    Make = Callable[[], nn.Sequential]

MEMBERS, BATCH, RATE, BETA, AT_ONCE = 4, 32, 0.005, 0.05, 500
TARGET = 2.5


class Noise(nn.Module):
    """What a user writes for additive noise."""

    def forward(self, x: Tensor) -> Tensor:  # noqa: D102
        return x + BETA * torch.randn_like(x) if self.training else x


def plain(make: Callable[[], nn.Sequential]) -> nn.Sequential:
    """The same network, its noise by torch's generator."""
    network = make()
    for name in dict(network.named_children()):
        if name.startswith("noise"):
            setattr(network, name, Noise())
    return network


def evaluate(network: nn.Module, data: Dataset) -> tuple[float, float]:
    loss = correct = 0.0
    network.eval()
    with torch.no_grad():
        for x, y in batches(data, torch.arange(data.n), AT_ONCE):
            logits = network(x)
            loss += float(cross_entropy(logits, y, reduction="sum"))
            correct += float((logits.argmax(1) == y).sum())
    return loss / data.n, correct / data.n


def batches(data: Dataset, order: Tensor, size: int) -> list[tuple[Tensor, Tensor]]:
    x, y = torch.from_numpy(np.array(data.inputs)), torch.from_numpy(np.array(data.labels))
    return [(x[rows], y[rows]) for rows in order.split(size)]


def epoch(network: nn.Module, optimiser: torch.optim.Optimizer, data: Dataset) -> None:
    network.train()
    for x, y in batches(data, torch.randperm(data.n), BATCH):
        optimiser.zero_grad()
        cross_entropy(network(x), y).backward()
        optimiser.step()


def random_images(n: int, seed: int) -> Dataset:
    generator = np.random.default_rng(seed)
    images = generator.standard_normal((n, 1, 28, 28), np.float32)
    return Dataset.of(images, generator.integers(0, 10, n), classes=tuple("0123456789"))


def timed(run: Callable[[], object]) -> tuple[float, float]:
    """Seconds of the clock and of the processors."""
    clock, processor = time.perf_counter(), time.process_time()
    run()
    return time.perf_counter() - clock, time.process_time() - processor


def operations(network: nn.Sequential, images: Tensor) -> tuple[float, float]:
    """Of a forward pass and of a training step for one image: multiplications and additions."""
    forward = step = 0.0
    for layer in network.eval():
        outputs = layer(images)
        if isinstance(layer, nn.Conv2d | nn.Linear):
            each = 2.0 * layer.weight[0].numel() * outputs[0].numel()
            if isinstance(layer, nn.Linear):
                each = 2.0 * layer.weight.numel()
            step += (2 if forward == 0 else 3) * each  # the images have no slopes
            forward += each
        images = outputs
    return forward, step


def peak(side: int = 1024, rounds: int = 10) -> float:
    """Operations a processor second in a product of large matrices."""
    matrix = torch.randn(side, side)
    return max(2 * side**3 / timed(lambda: torch.mm(matrix, matrix))[1] for _ in range(rounds))


def compare(make: Make, layers: tuple[str, ...], n: int, rounds: int) -> None:
    learnt, others = random_images(n, 0), random_images(n // 2, 1)
    networks = [plain(make) for _ in range(MEMBERS)]
    sgd = partial(torch.optim.SGD, lr=RATE, fused=True)
    optimisers = [sgd(network.parameters()) for network in networks]

    def loop(member: int) -> None:
        epoch(networks[member], optimisers[member], learnt)
        for data in (learnt, others):
            evaluate(networks[member], data)

    def baseline() -> None:
        with ThreadPoolExecutor(threads()) as pool:
            list(pool.map(loop, range(MEMBERS)))

    names = dict(make().named_children())
    noisy = {"beta": BETA} if any(name.startswith("noise") for name in names) else {}
    ensemble = stack(make, seeds=range(MEMBERS), layers=layers, device="cpu", **noisy)
    how = {"learning_rate": RATE, "batch_size": BATCH, "validation": others}
    snapshots = train(ensemble, learnt, Schedule.of(range(rounds + 1)), **how)
    next(snapshots)
    best = {"plain loops": (np.inf, np.inf), "ours": (np.inf, np.inf)}
    for _ in range(rounds):
        for name, run in (("plain loops", baseline), ("ours", lambda: next(snapshots))):
            best[name] = tuple(map(min, best[name], timed(run)))
    for name, (clock, processor) in best.items():
        print(f"  {name:12} {clock:7.2f} s, {processor:7.2f} processor seconds")
    ratios = [a / b for a, b in zip(best["plain loops"], best["ours"], strict=True)]
    print(f"  ratio {ratios[0]:.2f} (at least {TARGET}), by processor seconds {ratios[1]:.2f}")
    forward, step = operations(make(), torch.zeros(1, 1, 28, 28))
    work = MEMBERS * (n * step + (n + n // 2) * forward)
    reached = ", ".join(f"{name} {work / best[name][1] / 1e9:.1f}" for name in best)
    print(f"  GFLOP/s of a processor: {reached}; a product of matrices {peak() / 1e9:.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    print(f"{MEMBERS} networks, {arguments.images} images, {threads()} threads")
    kinds: dict[str, tuple[Make, tuple[str, ...]]] = {
        "noisy MNIST CNN": (mnist_cnn, MNIST_CNN_LAYERS),
        "ReLU CNN": (partial(relu_cnn, (1, 28, 28), classes=10), RELU_CNN_LAYERS),
    }
    for name, (make, layers) in kinds.items():
        print(name)
        compare(make, layers, n=arguments.images, rounds=arguments.rounds)


if __name__ == "__main__":
    main()
