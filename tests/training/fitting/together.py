"""What each of several processes runs: the same fit; the first one writes what was found."""

import sys
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parent))
from small import network, squared

from ib_mlflow.training.fitting import Plan, fit, joined, processes, rank


def main(to: str) -> None:
    torch.set_num_threads(1)
    generator = np.random.default_rng(0)
    x = generator.normal(size=(53, 3)).astype(np.float32)
    y = np.tanh(x[:, :1])
    plan = Plan(updates=40, batch_size=8, learning_rate=0.01, average=0.9, evaluate=20, shares=2)
    with joined("cpu"):
        *_, last = fit(
            network(),
            squared,
            (x[:40], y[:40]),
            validation=(x[40:], y[40:]),
            plan=plan,
            seed=0,
        )
        found = {"train_loss": last.train_loss, "val_loss": last.val_loss, "count": processes()}
        torch.save({**last.checkpoint(), **found}, Path(to, f"{rank()}.pt"))


if __name__ == "__main__":
    main(*sys.argv[1:])
