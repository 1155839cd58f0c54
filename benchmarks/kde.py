"""The kernel bounds on a layer's information against the formula, line by line, in one run.

The formula's code takes the matrix of squared distances by the matrix product, and of it the mean
logarithm of the mean kernel: for both kernels, over all samples and within each label. The entropy
bound alone (one kernel, all samples) is timed too. All ways are timed in turn; the ratio is that of
the shortest times, since other processes only ever add to a time. Ours includes the standard
errors.

    python benchmarks/kde.py [--n 4096] [--rounds 7]
"""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING

import numpy as np

from ib_mlflow.information.kde.bounds import kde_information

if TYPE_CHECKING:
    from numpy.typing import NDArray

VARIANCE = 0.1
LARGEST_ERROR = 1e-10
AT_LEAST = 10.0


def entropy_bound(layer: NDArray[np.float64], factor: float) -> float:
    """-mean ln mean exp(-D / (factor * variance))."""
    squares = (layer**2).sum(axis=1, keepdims=True)
    distances = squares + squares.T - 2 * layer @ layer.T
    # Each row holds its own kernel, 1: its mean cannot underflow.
    mean_kernel = np.exp(-distances / (factor * VARIANCE)).mean(axis=1)
    return float(-np.log(mean_kernel).mean())


def formula(layer: NDArray[np.float64], labels: NDArray[np.int64]) -> list[float]:
    """Lower and upper bound on I(X;T), then on I(T;Y)."""
    bounds = {}
    for factor in (2, 8):
        same = 0.0
        for label in np.unique(labels):
            of_label = labels == label
            same += of_label.mean() * entropy_bound(layer[of_label], factor)
        bounds[factor] = entropy_bound(layer, factor), same
    i_y = bounds[8][0] - bounds[2][1], bounds[2][0] - bounds[8][1]
    return [bounds[8][0], bounds[2][0], *i_y]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--n", type=int, default=4096)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    generator = np.random.default_rng(0)
    ratios, errors = [], []
    print(f"n = {options.n}, variance {VARIANCE}, milliseconds")
    print(f"{'':20} {'one bound':>10} {'formula':>9} {'ours':>8} {'to one':>8} {'ratio':>8}")
    for d, classes in ((1, 2), (5, 2), (10, 2), (10, 10)):
        layer = np.tanh(generator.normal(size=(options.n, d)))
        labels = generator.integers(classes, size=options.n)
        measured = kde_information(layer, labels, variance=VARIANCE)
        expected = formula(layer, labels)
        errors += [abs(float(m) - e) for m, e in zip(measured, expected, strict=True)]
        ways = (
            lambda layer=layer: entropy_bound(layer, 2),
            lambda layer=layer, labels=labels: formula(layer, labels),
            lambda layer=layer, labels=labels: kde_information(layer, labels, variance=VARIANCE),
        )
        times = []
        for _ in range(options.rounds):
            for way in ways:
                start = time.perf_counter()
                way()
                times.append(1000 * (time.perf_counter() - start))
        one, both, ours = np.reshape(times, (-1, len(ways))).min(axis=0)
        ratios.append(both / ours)
        title = f"{d} units, {classes} labels"
        print(
            f"{title:20} {one:10.1f} {both:9.1f} {ours:8.1f} {one / ours:8.1f} {both / ours:8.1f}"
        )
    print(f"\nlargest difference of the results: {max(errors):.1e} nats, at most {LARGEST_ERROR}")
    print(f"ratio: {min(ratios):.1f} to {max(ratios):.1f} times, at least {AT_LEAST}")
    if max(errors) > LARGEST_ERROR or min(ratios) < AT_LEAST:
        raise SystemExit("a target was missed")


if __name__ == "__main__":
    main()
