"""The residual network: seconds of a training step, and of a pass that gives all its layers.

In one process, one thread, alternating, so that a busy machine is busy for both:

1. A step of SGD with momentum on 128 images of 32 × 32: the library's `ResNet` as `fit` trains it,
   beside the straightforward module and loop, written out here as one usually writes them. Both
   have the same weights at the start, and their losses are compared before anything is timed.
2. Images encoded to h1…h4 in one pass (`encoders`), beside a bare forward pass of the same network.
3. A layer at eight epochs of the network's training, inverted by one decoder of all of them, beside
   decoders from scratch of the first and the last, each until it has converged; and how far the
   one decoder lies from these, in nats.
4. Images of 32 × 32 × 3 drawn given a layer, beside a full pass of the same decoder for each pixel.

Processor seconds say more than the clock's on a busy machine; of the first two both are printed.

    python benchmarks/resnet.py [--quick] [--only step,layers,epochs,sampling] [--rounds 9]
                                [--batch 128] [--images 10000]
"""

from __future__ import annotations

import argparse
import time
from statistics import median
from typing import TYPE_CHECKING

import numpy as np
import resnet_decoders
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, leaky_relu

from ib_mlflow.networks import ResNet
from ib_mlflow.training.fitting import Learner, Plan, Samples

if TYPE_CHECKING:
    from collections.abc import Callable

LAYERS = ("h1", "h2", "h3", "h4")
CHUNK = 500  # images of an encoding pass
STEP_TARGET, PASS_TARGET = 1.0, 1.1
PARTS = ("step", "layers", "epochs", "sampling")


class Block(nn.Module):
    """A residual block as it is usually written."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.shortcut = nn.Sequential()
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
            )

    def forward(self, x: Tensor) -> Tensor:
        """One block."""
        out = leaky_relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out)) + self.shortcut(x)
        return leaky_relu(out)


class Straightforward(nn.Module):
    """The paper's classifier as it is usually written."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn = nn.BatchNorm2d(16)
        self.layer1 = nn.Sequential(*(Block(16, 16, 1) for _ in range(3)))
        self.layer2 = nn.Sequential(Block(16, 32, 2), Block(32, 32, 1), Block(32, 32, 1))
        self.layer3 = nn.Sequential(Block(32, 64, 2), Block(64, 64, 1), Block(64, 64, 1))
        self.linear = nn.Linear(256, 10)

    def forward(self, x: Tensor) -> Tensor:
        """Logits of images from 0 to 1."""
        out = leaky_relu(self.bn(self.conv(x)))
        out = self.layer3(self.layer2(self.layer1(out)))
        logits: Tensor = self.linear(nn.functional.avg_pool2d(out, 4).flatten(1))
        return logits


def paired() -> tuple[ResNet, Straightforward]:
    """Both networks with the same weights, which both define in the order of the forward pass."""
    network, usual = ResNet(), Straightforward()
    ours, theirs = list(network.parameters()), list(usual.parameters())
    with torch.no_grad():
        for target, source in zip(theirs, ours, strict=True):
            target.copy_(source)
    return network, usual


def alternate(works: dict[str, Callable[[], object]], rounds: int) -> dict[str, tuple[float, ...]]:
    """Median seconds of each work, by the processor and by the clock, after a round of warming."""
    seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in works}
    for number in range(rounds + 1):
        for name, work in works.items():
            processor, clock = time.process_time(), time.perf_counter()
            work()
            spent = time.process_time() - processor, time.perf_counter() - clock
            if number:
                seconds[name].append(spent)
    return {
        name: tuple(median(column) for column in zip(*spent, strict=True))
        for name, spent in seconds.items()
    }


def report(title: str, seconds: dict[str, tuple[float, ...]]) -> float:
    """Print both, and return the ratio of processor seconds, the second over the first."""
    print(title)
    for name, (processor, clock) in seconds.items():
        print(f"  {name:42} {processor:8.3f} s of the processor, {clock:8.3f} s by the clock")
    (first, _), (second, _) = seconds.values()
    return second / first


def training_step(batch: int, rounds: int) -> None:
    """Ours beside the straightforward module and loop."""
    generator = np.random.default_rng(0)
    images = generator.integers(0, 256, (batch, 3, 32, 32), dtype=np.uint8)
    labels = generator.integers(0, 10, batch)
    network, usual = paired()
    plan = Plan(
        updates=10**6, batch_size=batch, learning_rate=0.1, decay="cosine", optimiser="sgd",
        momentum=0.9, weight_decay=5e-4,
    )  # fmt: skip

    def objective(model: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        return cross_entropy(model(x), y, reduction="none")

    learner = Learner(network, objective, plan, seed=0)
    samples, rows = Samples([images, labels], torch.device("cpu")), np.arange(batch)
    x, y = torch.from_numpy(images).float() / 255, torch.from_numpy(labels)
    optimiser = torch.optim.SGD(usual.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4)
    usual.train()
    losses: dict[str, float] = {}

    def ours() -> None:
        losses["ours"] = float(learner.step(1, samples, rows)) / batch

    def theirs() -> None:
        optimiser.zero_grad()
        loss = cross_entropy(usual(x), y)
        loss.backward()
        optimiser.step()
        losses["theirs"] = float(loss.detach())

    for _ in range(2):
        ours()
        theirs()
        assert abs(losses["ours"] - losses["theirs"]) < 1e-3 * losses["theirs"], losses
    seconds = alternate({"ours": ours, "straightforward module and loop": theirs}, rounds)
    ratio = report(f"A training step on {batch} images of 32 × 32", seconds)
    print(f"  ours is {ratio:.2f} times as fast (at least {STEP_TARGET:.2f})")


def encoding(images: int, rounds: int) -> None:
    """All layers in one pass beside a bare forward pass."""
    generator = np.random.default_rng(1)
    data = torch.from_numpy(generator.integers(0, 256, (images, 3, 32, 32), dtype=np.uint8))
    network = ResNet().eval()
    encode = network.encoders(LAYERS)

    @torch.no_grad()
    def bare() -> None:
        for chunk in data.split(CHUNK):
            network(chunk)

    @torch.no_grad()
    def layers() -> None:
        for chunk in data.split(CHUNK):
            encode(chunk)

    seconds = alternate({"a bare forward pass": bare, "h1…h4 in one pass": layers}, rounds)
    ratio = report(f"{images} images", seconds)
    print(f"  h1…h4 take {ratio:.2f} times the bare pass (at most {PASS_TARGET:.2f})")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="fewer rounds and images")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--only", default=",".join(PARTS), help=f"of {','.join(PARTS)}")
    arguments = parser.parse_args()
    parts = arguments.only.split(",")
    if unknown := set(parts) - set(PARTS):
        parser.error(f"--only takes {','.join(PARTS)}, not {','.join(sorted(unknown))}")
    torch.set_num_threads(1)
    rounds = 3 if arguments.quick else arguments.rounds
    print(f"torch {torch.__version__}, one thread, {rounds} rounds, alternating; medians\n")
    works: dict[str, Callable[[], None]] = {
        "step": lambda: training_step(arguments.batch, rounds),
        "layers": lambda: encoding(
            1_000 if arguments.quick else arguments.images, 3 if rounds > 3 else 2
        ),
        "epochs": lambda: resnet_decoders.amortised_cost(arguments.quick),
        "sampling": lambda: resnet_decoders.sampling(arguments.quick),
    }
    for part in parts:
        works[part]()
        print(flush=True)


if __name__ == "__main__":
    main()
