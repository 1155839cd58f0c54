"""Milliseconds per network and epoch: one network after another in PyTorch, and our ensemble.

    python benchmarks/ensemble.py [--members 50] [--rounds 10]

The network is 12-10-7-5-4-3-2 with tanh, the batch 256, the data the 3276 training rows of SZT. The
baseline is the faster of the tight loops that a competent user writes: index a minibatch,
cross-entropy, gradients, and the step by hand or by torch's optimiser (plain, foreach, fused). It
runs on one thread, on which torch is many times faster here than on two. A second baseline trains
all members at once, as vectorised torch is best written: parameters stacked, a `baddbmm` a layer
with the batch last, the step by `torch._foreach_add_`, on one thread and on all. Ours is `train` as
anyone calls it, with its loss and accuracy at the end, on all cores. Baselines and ours alternate
in one process, so that other work on the machine touches both; the minima of all rounds are
compared, in processor seconds of all threads.
"""

from __future__ import annotations

import argparse
import time
from itertools import pairwise
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn.functional import cross_entropy

from ib_mlflow.data import load, split
from ib_mlflow.networks import mlp
from ib_mlflow.threads import threads
from ib_mlflow.training import Schedule, train

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

WIDTHS = (12, 10, 7, 5, 4, 3, 2)
BATCH, RATE, EPOCHS = 256, 0.2, 10
TARGET = 10


def network() -> nn.Sequential:
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(WIDTHS):
        layers += [nn.Linear(inputs, outputs), nn.Tanh()]
    return nn.Sequential(*layers[:-1])


def by_hand(inputs: Tensor, labels: Tensor) -> Callable[[], None]:
    model = network()
    weights = list(model.parameters())

    def epoch() -> None:
        for batch in torch.randperm(len(labels)).split(BATCH):
            loss = cross_entropy(model(inputs[batch]), labels[batch])
            slopes = torch.autograd.grad(loss, weights)
            with torch.no_grad():
                for weight, slope in zip(weights, slopes, strict=True):
                    weight.sub_(slope, alpha=RATE)

    return epoch


def by_optimiser(inputs: Tensor, labels: Tensor, **kind: bool) -> Callable[[], None]:
    model = network()
    optimiser = torch.optim.SGD(model.parameters(), lr=RATE, **kind)

    def epoch() -> None:
        for batch in torch.randperm(len(labels)).split(BATCH):
            optimiser.zero_grad()
            cross_entropy(model(inputs[batch]), labels[batch]).backward()
            optimiser.step()

    return epoch


def stacked(inputs: Tensor, labels: Tensor, members: int) -> Callable[[], None]:
    """Every member with an order of its own, as in ours; its logits are held against the loops'."""
    networks = [network() for _ in range(members)]
    rows = zip(*(model.parameters() for model in networks), strict=True)
    stacks = [torch.stack(row).detach() for row in rows]
    weights = [stack if stack.ndim == 3 else stack[..., None] for stack in stacks]
    weights = [weight.contiguous().requires_grad_() for weight in weights]
    last = len(weights) - 2

    def logits(layer: Tensor) -> Tensor:
        """Of (members, units, b) inputs, (members, classes, b)."""
        for index in range(0, len(weights), 2):
            layer = torch.baddbmm(weights[index + 1], weights[index], layer)
            layer = layer if index == last else torch.tanh(layer)
        return layer

    with torch.no_grad():
        expected = torch.stack([model(inputs).T for model in networks])
        torch.testing.assert_close(logits(inputs.T.expand(members, -1, -1)), expected)

    def epoch() -> None:
        orders = torch.rand(members, len(labels)).argsort(dim=1)
        for batch in orders.split(BATCH, dim=1):
            layer = logits(inputs.T[:, batch].transpose(0, 1))
            # Classes first, so that one call takes the mean over all members and rows.
            outputs = layer.transpose(0, 1).reshape(1, layer.shape[1], -1)
            loss = cross_entropy(outputs, labels[batch].view(1, -1))
            slopes = torch.autograd.grad(members * loss, weights)
            with torch.no_grad():
                torch._foreach_add_(weights, slopes, alpha=-RATE)

    return epoch


def seconds(run: Callable[[], object]) -> float:
    """Processor seconds of all threads."""
    start = time.process_time()
    run()
    return time.process_time() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--members", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=10)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    dataset, _ = split(load("szt"), test_fraction=0.2, seed=42)
    inputs, labels = torch.tensor(dataset.features()), torch.tensor(dataset.labels)
    loops = {
        "by hand": by_hand(inputs, labels),
        "optimiser": by_optimiser(inputs, labels),
        "optimiser, foreach": by_optimiser(inputs, labels, foreach=True),
        "optimiser, fused": by_optimiser(inputs, labels, fused=True),
    }
    ensemble = mlp(WIDTHS, activation="tanh", members=arguments.members)

    def ours() -> float:
        snapshots = train(
            ensemble, dataset, Schedule.of([EPOCHS]), learning_rate=RATE, batch_size=BATCH
        )
        next(snapshots)
        return seconds(lambda: next(snapshots)) / (EPOCHS * arguments.members)

    cores = threads()
    together = stacked(inputs, labels, arguments.members)

    def vectorised(count: int) -> float:
        torch.set_num_threads(count)
        taken = seconds(together) / arguments.members
        torch.set_num_threads(1)
        return taken

    cold = seconds(ours)
    stacks = {f"stacked, {count} threads": count for count in sorted({1, cores})}
    best = dict.fromkeys([*loops, *stacks, "ours"], float("inf"))
    for _ in range(arguments.rounds):
        for name, epoch in loops.items():
            best[name] = min(best[name], *(seconds(epoch) for _ in range(3)))
            best["ours"] = min(best["ours"], ours())
        for name, count in stacks.items():
            best[name] = min(best[name], *(vectorised(count) for _ in range(3)))
            best["ours"] = min(best["ours"], ours())
    for name, value in best.items():
        print(f"{name:20} {1e3 * value:8.3f} ms per network and epoch, processor time")
    print(f"ours on {cores} threads, first call {cold:.1f} s")
    print(f"ratio {min(best[name] for name in loops) / best['ours']:.1f} (at least {TARGET})")
    print(f"ratio to stacked torch {min(best[name] for name in stacks) / best['ours']:.1f}")


if __name__ == "__main__":
    main()
