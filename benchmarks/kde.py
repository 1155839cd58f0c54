"""The kernel bounds on a layer's information against the formula, line by line, in one run.

The formula's code takes the matrix of squared distances by the matrix product, and of it the mean
logarithm of the mean kernel: for both kernels, over all samples and within each label. The entropy
bound alone (one kernel, all samples) is timed too, and the formula in torch, in place where it can
be, on as many threads as ours. All ways are timed in turn, in processor seconds of all threads; the
ratios are of the shortest, since other processes only ever add to a time. Ours includes the
standard errors.

    python benchmarks/kde.py [--n 4096] [--rounds 7]
"""

from __future__ import annotations

import argparse
from functools import partial
from typing import TYPE_CHECKING

import numba
import numpy as np
import torch
from turns import in_turn

from ib_mlflow.information.kde.bounds import kde_information

if TYPE_CHECKING:
    from collections.abc import Callable

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


def torch_bound(layer: NDArray[np.float64], factor: float) -> float:
    """The same in torch, the matrix overwritten step by step."""
    points = torch.from_numpy(layer)
    squares = (points**2).sum(dim=1, keepdim=True)
    distances = torch.addmm(squares + squares.T, points, points.T, alpha=-2)
    return -distances.div_(-factor * VARIANCE).exp_().mean(dim=1).log_().mean().item()


def formula(
    bound: Callable[[NDArray[np.float64], float], float],
    layer: NDArray[np.float64],
    labels: NDArray[np.int64],
) -> list[float]:
    """Lower and upper bound on I(X;T), then on I(T;Y) within what it can be, by a way to one."""
    bounds = {}
    for factor in (2, 8):
        same = 0.0
        for label in np.unique(labels):
            mask = labels == label
            same += mask.mean() * bound(layer[mask], factor)
        bounds[factor] = bound(layer, factor), same
    shares = np.unique(labels, return_counts=True)[1] / len(labels)
    most = min(-float(shares @ np.log(shares)), bounds[2][0])
    i_y = max(bounds[8][0] - bounds[2][1], 0.0), min(bounds[2][0] - bounds[8][1], most)
    return [bounds[8][0], bounds[2][0], *i_y]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--n", type=int, default=4096)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    torch.set_num_threads(numba.get_num_threads())
    generator = np.random.default_rng(0)
    ratios, errors = [], []
    print(f"n = {options.n}, variance {VARIANCE}, {numba.get_num_threads()} threads, milliseconds")
    print(f"{'':20} {'one bound':>10} {'NumPy':>9} {'torch':>9} {'ours':>8} {'ratios':>13}")
    for d, classes in ((1, 2), (5, 2), (10, 2), (10, 10)):
        layer = np.tanh(generator.normal(size=(options.n, d)))
        labels = generator.integers(classes, size=options.n)
        measured = kde_information(layer, labels, variance=VARIANCE)
        peers = [partial(formula, bound, layer, labels) for bound in (entropy_bound, torch_bound)]
        for peer in peers:
            pairs = zip(measured, peer(), strict=True)
            errors += [abs(float(value) - expected) for value, expected in pairs]
        ours = partial(kde_information, layer, labels, variance=VARIANCE)
        ways = [partial(entropy_bound, layer, 2), *peers, ours]
        single, *formulas, least = 1000 * np.array(in_turn(ways, options.rounds).processor)
        ratios.append([time / least for time in formulas])
        print(
            f"{f'{d} units, {classes} labels':20} {single:10.1f} {formulas[0]:9.1f}"
            f" {formulas[1]:9.1f} {least:8.1f} {ratios[-1][0]:6.1f} {ratios[-1][1]:6.1f}"
        )
    print(f"\nlargest difference of the results: {max(errors):.1e} nats, at most {LARGEST_ERROR}")
    for name, of in zip(("NumPy", "torch"), np.transpose(ratios), strict=True):
        print(f"ratio to {name}: {of.min():.1f} to {of.max():.1f} times, at least {AT_LEAST}")
    if max(errors) > LARGEST_ERROR or np.min(ratios) < AT_LEAST:
        raise SystemExit("a target was missed")


if __name__ == "__main__":
    main()
