"""What each of several processes runs: the same fit; the first one writes what was found."""

import sys
from pathlib import Path

import numpy as np
import torch

from ib_mlflow.networks import PixelCNN
from ib_mlflow.training.decoders import Pairs, train_decoder
from ib_mlflow.training.fitting import Plan, joined, processes, rank


def main(to: str) -> None:
    torch.set_num_threads(1)
    generator = np.random.default_rng(0)
    images = generator.integers(0, 2, (53, 1, 4, 4), np.uint8)
    labels = np.eye(3, dtype=np.float32)[generator.integers(0, 3, 53)]
    plan = Plan(updates=20, batch_size=8, learning_rate=0.01, average=0.9, evaluate=10, shares=2)
    decoder = PixelCNN((1, 4, 4), head="bernoulli", blocks=1, filters=2, levels=2, context=3)
    with joined("cpu"):
        *_, last = train_decoder(
            decoder,
            Pairs(images[:40], labels[:40]),
            validation=Pairs(images[40:], labels[40:]),
            plan=plan,
            seed=0,
        )
        results = {"train_loss": last.train_loss, "val_loss": last.val_loss, "count": processes()}
        torch.save({**last.checkpoint(), **results}, Path(to, f"{rank()}.pt"))


if __name__ == "__main__":
    main(*sys.argv[1:])
