"""Dependence graphs beside neighbours and bins on the layers of a trained network, in one run.

Networks learn the task of Shwartz-Ziv & Tishby; Gaussian noise is added to what their layers hold,
so that every information is finite and its truth is a difference of certified mixture entropies.
Each way sees the same samples: inputs drawn with replacement, each with noise of its own. Layers
with labels: I(T + Z; Y) by graphs, by differences of nearest-neighbour entropies, and in bins.
Neighbouring layers: I(T + Z; T' + Z') by graphs, by KSG, and in bins. Errors are means over the
networks, estimate minus truth, with their spread; a star marks a way that was called reliable for
most networks. The ways are timed in turn; a ratio is of the sums of seconds.

    python benchmarks/edges.py [--networks 4] [--samples 20000] [--beta 0.1]
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from ib_mlflow.data import load
from ib_mlflow.information import (
    Estimate,
    binned_information,
    edge_information,
    knn_entropy,
    ksg_information,
    mixture_entropy,
    mutual_information,
)
from ib_mlflow.networks import mlp
from ib_mlflow.training import Schedule, train

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ways = dict[str, Callable[[], tuple[float, bool]]]

WIDTHS = (12, 10, 7, 5, 4, 3, 2)
EPOCHS = (0, 100, 1000)


def entropy_of(centres: Floats, beta: float) -> float:
    """Entropy of noisy centres in nats, within 1e-3 and four standard errors of 5e-4."""
    return mixture_entropy(centres, beta=beta, n_queries=50_000, seed=0).value


def both(estimate: Estimate) -> tuple[float, bool]:
    """The value and whether it is reliable."""
    return estimate.value, bool(estimate.diagnostics.get("reliable", False))


def by_neighbours(noisy: Floats, labels: NDArray[np.int64]) -> tuple[float, bool]:
    """I(T + Z; Y) as a difference of nearest-neighbour entropies."""
    whole = knn_entropy(noisy, k=3)
    parts = [knn_entropy(noisy[labels == y], k=3) for y in np.unique(labels)]
    shares = [np.mean(labels == y) for y in np.unique(labels)]
    given = sum(share * part.value for share, part in zip(shares, parts, strict=True))
    return whole.value - given, all(part.diagnostics["reliable"] for part in [whole, *parts])


def by_bins(noisy: Floats, labels: NDArray[np.int64], beta: float) -> tuple[float, bool]:
    """I(T + Z; Y) in bins as wide as the noise."""
    binned = binned_information(noisy, labels, bin_size=beta)
    return binned.i_y, binned.reliable


def pair_in_bins(first: Floats, second: Floats, beta: float) -> tuple[float, bool]:
    """I(T + Z; T' + Z') in bins as wide as the noise."""
    one, other = (np.floor(part / beta).astype(np.int64) for part in (first, second))
    return both(mutual_information(one, other))


def of_labels(noisy: Floats, labels: NDArray[np.int64], beta: float) -> Ways:
    """The ways to I(T + Z; Y)."""
    return {
        "graphs": lambda: both(edge_information(noisy, labels)),
        "neighbours": lambda: by_neighbours(noisy, labels),
        "bins": lambda: by_bins(noisy, labels, beta),
    }


def of_layers(first: Floats, second: Floats, beta: float) -> Ways:
    """The ways to I(T + Z; T' + Z')."""
    return {
        "graphs": lambda: both(edge_information(first, second)),
        "neighbours": lambda: both(ksg_information(first, second, k=3)),
        "bins": lambda: pair_in_bins(first, second, beta),
    }


def cases(arguments: argparse.Namespace) -> Iterator[tuple[str, float, Ways]]:
    """Name, truth in nats and the ways to it, of every layer, epoch and network."""
    beta = arguments.beta
    dataset = load("szt")
    ensemble = mlp(WIDTHS, seeds=range(arguments.networks), device="cpu")
    for snapshot in train(ensemble, dataset, Schedule.of(EPOCHS), learning_rate=0.05):
        layers = [t.astype(np.float64) for _, t in snapshot.activations(dataset.inputs)]
        for member in range(arguments.networks):
            rng = np.random.default_rng([member, snapshot.epoch])
            rows = rng.integers(len(dataset.labels), size=arguments.samples)
            labels = dataset.labels[rows]
            exact = [layer[member] for layer in layers]
            noisy = [t[rows] + beta * rng.normal(size=(rows.size, t.shape[1])) for t in exact]
            entropies = [entropy_of(t, beta) for t in exact]
            for k in range(len(exact) - 1):
                given = sum(
                    np.mean(dataset.labels == y) * entropy_of(exact[k][dataset.labels == y], beta)
                    for y in (0, 1)
                )
                ways = of_labels(noisy[k], labels, beta)
                yield f"epoch {snapshot.epoch}: layer {k + 1}, Y", entropies[k] - given, ways
            for k in range(len(exact) - 2):
                joint = entropy_of(np.hstack([exact[k], exact[k + 1]]), beta)
                ways = of_layers(noisy[k], noisy[k + 1], beta)
                name = f"epoch {snapshot.epoch}: layers {k + 1}, {k + 2}"
                yield name, entropies[k] + entropies[k + 1] - joint, ways


def main() -> None:
    """Print the errors of every way on every layer, and what the ways cost."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--networks", type=int, default=4)
    parser.add_argument("--samples", type=int, default=20_000)
    parser.add_argument("--beta", type=float, default=0.1)
    arguments = parser.parse_args()
    truths, errors, trusts = defaultdict(list), defaultdict(list), defaultdict(list)
    seconds: dict[str, float] = defaultdict(float)
    for case, truth, ways in cases(arguments):
        truths[case].append(truth)
        for way, call in ways.items():
            start = time.perf_counter()
            value, reliable = call()
            seconds[way] += time.perf_counter() - start
            errors[case, way].append(value - truth)
            trusts[case, way].append(reliable)
    print(f"errors in nats of {arguments.samples} samples, noise {arguments.beta:g}; * reliable")
    print(f"{'':28}{'truth':>8}" + "".join(f"{way:>20}" for way in seconds))
    for case, values in truths.items():
        cells = [
            f"{np.mean(errors[case, way]):+8.3f} ± {np.std(errors[case, way]):.3f}"
            + ("*" if np.mean(trusts[case, way]) > 0.5 else " ")
            for way in seconds
        ]
        print(f"{case:28}{np.mean(values):8.3f}" + "".join(f"{cell:>20}" for cell in cells))
    spent = ", ".join(f"{way} {value:.1f} s" for way, value in seconds.items())
    print(f"time: {spent}; neighbours / graphs {seconds['neighbours'] / seconds['graphs']:.2f}")


if __name__ == "__main__":
    main()
