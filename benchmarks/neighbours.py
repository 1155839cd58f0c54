"""Kraskov's estimators against the usual all-pairs numpy code, in one run.

The usual code takes the distances of a block of samples to all others at a time, the k-th smallest
of each row, and counts the neighbours below it. Both ways are timed in turn; the ratio is that of
the shortest times, since other processes only ever add to a time. Ours includes the standard error
and the check on half of the samples.

    python benchmarks/neighbours.py [--n 10000] [--rounds 3]
"""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import digamma

from ib_mlflow.information.neighbours.estimator import ksg_information

if TYPE_CHECKING:
    from numpy.typing import NDArray

K = 3
BLOCK = 500
LARGEST_ERROR = 1e-12
AT_LEAST = 30.0


def usual(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """The first estimator of Kraskov et al., over all pairs in blocks of rows."""
    n = len(x)
    total = 0.0
    for start in range(0, n, BLOCK):
        rows = slice(start, start + BLOCK)
        gap_x = np.abs(x[rows, None] - x[None]).max(axis=2)
        gap_y = np.abs(y[rows, None] - y[None]).max(axis=2)
        radius = np.partition(np.maximum(gap_x, gap_y), K, axis=1)[:, K, None]
        # Each count holds the sample itself, which is the + 1 of the formula.
        count_x, count_y = (gap_x < radius).sum(axis=1), (gap_y < radius).sum(axis=1)
        total += (digamma(count_x) + digamma(count_y)).sum()
    return float(digamma(K) + digamma(n) - total / n)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--n", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    generator = np.random.default_rng(0)
    ratios, errors = {}, []
    print(f"n = {options.n}, k = {K}, seconds")
    print(f"{'dimensions':12} {'usual':>9} {'ours':>9} {'ratio':>7}")
    for d_x, d_y in ((1, 1), (2, 2), (5, 5)):
        x = generator.normal(size=(options.n, d_x))
        y = x[:, :d_y] + generator.normal(size=(options.n, d_y))
        times = []
        for _ in range(options.rounds):
            start = time.perf_counter()
            expected = usual(x, y)
            middle = time.perf_counter()
            estimate = ksg_information(x, y, k=K)
            times.append((middle - start, time.perf_counter() - middle))
            errors.append(abs(estimate.value - expected))
        theirs, ours = np.min(times, axis=0)
        ratios[d_x, d_y] = theirs / ours
        print(f"{f'{d_x} + {d_y}':12} {theirs:9.3f} {ours:9.4f} {theirs / ours:7.1f}")
    print(f"\nlargest difference of the results: {max(errors):.1e} nats, at most {LARGEST_ERROR}")
    print(f"1 + 1 dimensions: {ratios[1, 1]:.1f} times, at least {AT_LEAST}")
    if max(errors) > LARGEST_ERROR or ratios[1, 1] < AT_LEAST:
        raise SystemExit("a target was missed")


if __name__ == "__main__":
    main()
