"""Drawing images and a training step: PixelCNN++ as it is usually written in PyTorch, and ours.

    python benchmarks/pixelcnn.py [--rounds 5] [--threads 1]

The images are 28 × 28 × 1; three blocks, 64 filters, three levels, ten logistic components. The
usual module pads one side and convolves, normalises weights by torch's parametrisation, takes the
usual loss (the density where a probability is small); its sampler runs the whole network for every
pixel. Both modules hold the same weights, and the program checks that they give the same parameters
for the same images. Training steps include dropout and Adam, the same for both.

The usual sampler takes many minutes. A pixel of it costs the same wherever it stands, so that four
of the 784 are timed in every round and multiplied; ours draws its images in full. Everything
alternates in one process, so that other work on the machine touches both, and the shortest times
are compared.
"""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING

import torch
from pixelcnn_usual import BLOCKS, FILTERS, LEVELS, MIXTURES, SHAPE, Usual, same_weights

from ib_mlflow.networks import PixelCNN

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

PIXELS = SHAPE[1] * SHAPE[2]
BATCH, SAMPLED = 16, 4
AT_LEAST = {1: 80, 16: 400}
LARGEST_ERROR = 1e-4


def some_pixels(usual: Usual, images: Tensor) -> None:
    for j in range(SAMPLED):
        usual.draw(images, SHAPE[1] // 2, j)


def seconds(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def step(model: Usual | PixelCNN, images: Tensor) -> Callable[[], None]:
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)

    def run() -> None:
        optimiser.zero_grad()
        loss = -model.log_prob(images).mean()
        loss.backward()
        optimiser.step()

    return run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    images = torch.randint(256, (BATCH, *SHAPE), dtype=torch.uint8)
    ours = PixelCNN(SHAPE, filters=FILTERS, blocks=BLOCKS, levels=LEVELS, mixtures=MIXTURES)
    ours.initialise(images)
    usual = Usual()
    same_weights(usual, ours)
    with torch.no_grad():
        difference = usual.eval()(images / 127.5 - 1) - ours.eval().parameters_of(images)
    error = difference.abs().max().item()
    print(f"{sum(p.numel() for p in ours.parameters()):,} parameters, {options.threads} threads")
    print(f"largest difference of the two networks' outputs: {error:.1e}")
    missed = error > LARGEST_ERROR
    for b, least in AT_LEAST.items():
        blank = torch.zeros(b, *SHAPE)
        pixel, sampling = [], []
        with torch.inference_mode():
            for _ in range(options.rounds):
                pixel.append(seconds(lambda x=blank: some_pixels(usual, x)) / SAMPLED)
                sampling.append(seconds(lambda b=b: ours.sample(b, seed=0)))
        whole = PIXELS * min(pixel)
        ratio = whole / min(sampling)
        missed |= ratio < least
        print(
            f"drawing {b:2} images: usual {whole:7.1f} s ({SAMPLED} pixels x {PIXELS // SAMPLED}), "
            f"ours {min(sampling):6.2f} s, {ratio:.0f} times faster (at least {least})"
        )
    usual.train()
    ours.train()
    runs = {"usual": step(usual, images), "ours": step(ours, images)}
    times = {name: [seconds(run)] for name, run in runs.items()}
    for _ in range(options.rounds):
        for name, run in runs.items():
            times[name].append(seconds(run))
    slow, fast = (min(times[name]) for name in runs)
    print(
        f"a training step of {BATCH} images: usual {slow:.2f} s, ours {fast:.2f} s, "
        f"{slow / fast:.2f} times faster (no slower)"
    )
    if missed or fast > slow:
        raise SystemExit("a target was missed")


if __name__ == "__main__":
    main()
