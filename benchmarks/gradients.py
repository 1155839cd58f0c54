"""What it costs to record the gradients of every epoch, beside training without.

    python benchmarks/gradients.py [--members 50] [--rounds 10]

The network is 12-10-7-5-4-3-2 with tanh, the data the 3276 training rows of SZT, and every epoch is
measured, which is the dearest: epochs between two snapshots record nothing. Training with and
without alternate in one process and are counted in processor time of all threads, so that other
work on the machine touches little; the minima of all rounds are compared. Losses and accuracies,
which each snapshot has anyway, are in both.
"""

from __future__ import annotations

import argparse
import time

from ib_mlflow.data import load, split
from ib_mlflow.networks import mlp
from ib_mlflow.threads import threads
from ib_mlflow.training import Schedule, train

WIDTHS, RATE, EPOCHS = (12, 10, 7, 5, 4, 3, 2), 0.2, 10
LARGEST = 1.3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--members", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=10)
    arguments = parser.parse_args()
    dataset, _ = split(load("szt"), test_fraction=0.2, seed=42)
    ensemble = mlp(WIDTHS, activation="tanh", members=arguments.members, device="cpu")

    def seconds(batch_size: int, *, gradients: bool) -> float:
        snapshots = train(
            ensemble,
            dataset,
            Schedule.of(range(1, EPOCHS + 1)),
            learning_rate=RATE,
            batch_size=batch_size,
            gradients=gradients,
        )
        next(snapshots)
        start = time.process_time()
        for _ in snapshots:
            pass
        return (time.process_time() - start) / (EPOCHS * arguments.members)

    print(f"{arguments.members} members on {threads()} threads, processor ms per network and epoch")
    for batch_size in (64, 256):
        best = {False: float("inf"), True: float("inf")}
        for _ in range(arguments.rounds + 1):
            for gradients in best:
                best[gradients] = min(best[gradients], seconds(batch_size, gradients=gradients))
        ratio = best[True] / best[False]
        print(
            f"batch {batch_size:3}: {1e3 * best[False]:.3f} without, {1e3 * best[True]:.3f} with, "
            f"ratio {ratio:.2f} (at most {LARGEST})"
        )


if __name__ == "__main__":
    main()
