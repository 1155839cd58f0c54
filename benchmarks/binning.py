"""Binned information against the usual numpy code, in one run.

The usual code finds the distinct rows of the binned activations by sorting their raw bytes, once
for all samples and once per label. Both ways are timed in turn, in bursts of about equal length, on
activations of tanh networks from early in training (spread out) to late (clustered). Compilation is
not timed. Ratios are of the shortest times, since other processes only ever add to a time, and
beside them of the medians.

    python benchmarks/binning.py [--rounds 50] [--epochs 64]
"""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING

import numpy as np

from ib_mlflow.information import binned_information
from ib_mlflow.information.binned.steps import bin_numbers
from ib_mlflow.threads import threads

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

WIDTHS = (10, 7, 5, 4, 3, 2)
GAINS = {"early": 1.0, "middle": 3.0, "late": 10.0}
BIN_SIZE = 0.07
LARGEST_ERROR = 1e-12
AT_LEAST_ONE, AT_LEAST_BATCH = 15.0, 30.0


def usual(layer: NDArray[np.float32], labels: NDArray[np.int64]) -> tuple[float, float]:
    """I(X;T) and I(T;Y) in nats of one layer (n, d)."""
    bins = np.floor(layer / BIN_SIZE).astype(np.int64)
    row = np.dtype((np.void, bins.dtype.itemsize * bins.shape[1]))

    def entropy(rows: NDArray[np.int64]) -> float:
        counts = np.unique(np.ascontiguousarray(rows).view(row), return_counts=True)[1]
        p = counts / counts.sum()
        return float(-np.sum(p * np.log(p)))

    i_x = entropy(bins)
    given_label = 0.0
    for label in np.unique(labels):
        same = labels == label
        given_label += same.mean() * entropy(bins[same])
    return i_x, i_x - given_label


def network(gain: float, rng: np.random.Generator) -> list[NDArray[np.float32]]:
    """Layers of a random tanh network on all 12-bit patterns; a large gain saturates them."""
    signal = ((np.arange(4096)[:, None] >> np.arange(12)) & 1).astype(np.float64)
    layers = []
    for width in WIDTHS:
        weights = rng.normal(0, gain / np.sqrt(signal.shape[1]), size=(signal.shape[1], width))
        signal = np.tanh(signal @ weights + rng.normal(0, 0.1, size=width))
        layers.append(off_edges(signal.astype(np.float32)))
    return layers


def off_edges(layer: NDArray[np.float32]) -> NDArray[np.float32]:
    """Move values within rounding of an edge, of which the usual code decides by chance."""
    numbers, _ = bin_numbers(layer, BIN_SIZE)
    middle = ((numbers + 0.5) * BIN_SIZE).astype(np.float32)
    return np.where(numbers == np.floor(layer / BIN_SIZE), layer, middle)


def milliseconds(way: Callable[[], object], calls: int) -> float:
    """Mean time of a burst of calls."""
    start = time.perf_counter()
    for _ in range(calls):
        way()
    return 1000 * (time.perf_counter() - start) / calls


def compare(
    title: str, slow: Callable[[], object], fast: Callable[[], object], rounds: int, calls: int
) -> float:
    """Time both ways in turn, the fast one by several calls; return how many times it is faster."""
    times = np.array([(milliseconds(slow, 1), milliseconds(fast, calls)) for _ in range(rounds)])
    best, median = times.min(axis=0), np.median(times, axis=0)
    print(
        f"{title:36} {best[0]:9.3f} {median[0]:9.3f} {best[1]:9.4f} {median[1]:9.4f} "
        f"{best[0] / best[1]:7.1f} {median[0] / median[1]:7.1f}"
    )
    return float(best[0] / best[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--epochs", type=int, default=64)
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    labels = rng.integers(2, size=4096)
    ones, batches, errors = [], [], []
    print(f"4096 samples, 2 labels, bin size {BIN_SIZE}, {threads()} threads, ms")
    print(
        f"{'':36} {'usual':>9} {'median':>9} {'ours':>9} {'median':>9} {'ratio':>7} {'median':>7}"
    )
    for stage, gain in GAINS.items():
        networks = [network(gain, rng) for _ in range(options.epochs)]
        for stack in map(np.stack, zip(*networks, strict=True)):
            first, width = stack[0], stack.shape[2]
            measured = binned_information(stack, labels, bin_size=BIN_SIZE)
            expected = np.array([usual(layer, labels) for layer in stack])
            errors.append(np.abs(np.stack([measured.i_x, measured.i_y], 1) - expected).max())
            title = f"{stage}, {width} units, {measured.diagnostics['occupied'][0]} cells"
            ones.append(
                compare(
                    title,
                    lambda first=first: usual(first, labels),
                    lambda first=first: binned_information(first, labels, bin_size=BIN_SIZE),
                    options.rounds,
                    calls=10,
                )
            )
            batches.append(
                compare(
                    f"  {options.epochs} epochs",
                    lambda stack=stack: [usual(layer, labels) for layer in stack],
                    lambda stack=stack: binned_information(stack, labels, bin_size=BIN_SIZE),
                    options.rounds // 10,
                    calls=10,
                )
            )
    print(f"\nlargest difference of the results: {max(errors):.1e} nats, at most {LARGEST_ERROR}")
    print(f"one layer-epoch:  {min(ones):5.1f} to {max(ones):5.1f} times, at least {AT_LEAST_ONE}")
    print(f"{options.epochs} layer-epochs:  {min(batches):5.1f} to {max(batches):5.1f} times, "
          f"at least {AT_LEAST_BATCH}")  # fmt: skip
    if max(errors) > LARGEST_ERROR or min(ones) < AT_LEAST_ONE or min(batches) < AT_LEAST_BATCH:
        raise SystemExit("a target was missed")


if __name__ == "__main__":
    main()
