"""Decoders of a residual network's layer: eight epochs by one decoder, and sampling.

`benchmarks/resnet.py` calls what is here. Images are CIFAR-10's, reduced, or scikit-learn's digits
where its files are not at hand.
"""

from __future__ import annotations

import logging
import math
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch

from ib_mlflow.errors import DataError
from ib_mlflow.networks import PixelCNN, ResNet
from ib_mlflow.studies.decoding.configuration import DecodingConfiguration
from ib_mlflow.studies.decoding.contexts import LayerContext
from ib_mlflow.studies.decoding.division import Parts, load_parts
from ib_mlflow.studies.decoding.fitting import LOG_PROBABILITIES
from ib_mlflow.studies.decoding.layer_inversion import LayerInversion
from ib_mlflow.studies.decoding.ways import largest_change
from ib_mlflow.training.classification import train_classifier
from ib_mlflow.training.fitting import Plan, has_converged, last_fall

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ib_mlflow.information import Estimate

LAYER = "h2"
STAGES = (0, 10, 20, 40, 80, 160, 320, 640)
"""Updates of the network after which the layer is inverted: eight measured epochs."""
COST_TARGET, SAMPLING_TARGET = 1.6, 100
LEAST_FALL_NATS = 1.0


class Fit(NamedTuple):
    """What a decoder took and gave.

    Arguments:
        updates: until it converged, or the cap.
        training: processor seconds, evaluations on held-out images included.
        measuring: processor seconds of ln q(x|h) of the test images.
        converged: whether it did.
        fall: of the held-out loss over the last tenth, in nats an image.
        terms: (n,) or (epochs, n) ln q(x|h) in nats.
    """

    updates: int
    training: float
    measuring: float
    converged: bool
    fall: float
    terms: NDArray[np.float64]


def images(shrunk: int, evaluated: int) -> Parts:
    """The images in parts."""
    common: dict[str, Any] = {"root": None, "binary": False, "evaluated": evaluated, "seed": 0}
    logging.disable(logging.WARNING)
    try:
        return load_parts("cifar10", shrunk=shrunk, **common)
    except DataError:
        print("no files of CIFAR-10 are at hand: scikit-learn's digits in their place")
        return load_parts("digits", shrunk=1, **common)


def contexts(parts: Parts) -> dict[int, LayerContext]:
    """The layer of one network at every stage of its training."""
    network = ResNet(
        parts.shape, parts.encoding.c, widths=(8, 16, 32), blocks=1, levels=parts.levels, seed=0
    )
    plan = Plan(
        updates=STAGES[-1], batch_size=64, learning_rate=0.1, decay="cosine", optimiser="sgd",
        momentum=0.9, weight_decay=5e-4, evaluate=STAGES[1:],
    )  # fmt: skip
    fits = train_classifier(network, parts.encoding, validation=parts.validation, plan=plan, seed=0)
    return {
        fitted.update: LayerContext(fitted.model(), LAYER, f"{fitted.update} updates")  # type: ignore[arg-type]
        for fitted in fits
    }


def fitted(job: Any, least_fall: float) -> Fit:
    """Fit a decoder until it has converged, and measure it."""
    start = time.process_time()
    losses = {}
    for each in job.fits(job.network(), None):
        losses[each.update] = each.val_loss
    training = time.process_time() - start
    start = time.process_time()
    terms = job.measure(each.best())[LOG_PROBABILITIES]
    measuring = time.process_time() - start
    converged = has_converged(losses, least_fall)
    return Fit(each.update, training, measuring, converged, last_fall(losses), terms)


def amortised_cost(quick: bool) -> None:
    """Eight epochs by one decoder beside one epoch from scratch, both until they have converged."""
    parts = images(4 if quick else 2, 500 if quick else 2000)
    configuration = DecodingConfiguration(
        scale="quick", device="cpu", shrunk=1, binary=False, evaluated=parts.evaluation.n,
        decoder_updates=1, decoder_batch=16, decoder_rate=0.003, blocks=1, filters=12,
        colour_filters=12 if quick else 24, dropout=0.0,
    )  # fmt: skip
    plan = Plan(
        updates=2000 if quick else 20_000, batch_size=16, learning_rate=0.003, average=0.99,
        evaluate=40 if quick else 100, least_fall=LEAST_FALL_NATS,
    )  # fmt: skip
    inversion = LayerInversion("resnet", parts, contexts(parts), configuration, plan)
    shape = " × ".join(map(str, parts.shape))
    print(
        f"{LAYER} of {parts.name} ({shape}), {parts.decoding.n} images to decode from: held-out "
        f"loss falls by less than {LEAST_FALL_NATS:g} nats an image over the last tenth"
    )
    ends = (STAGES[0], STAGES[-1])
    scratch = {epoch: fitted(inversion.of_epoch(epoch), LEAST_FALL_NATS) for epoch in ends}
    amortised = fitted(inversion.amortised(), LEAST_FALL_NATS)
    for epoch, fit in scratch.items():
        line(f"from scratch, after {epoch} updates", fit)
    line(f"{len(STAGES)} epochs by one decoder", amortised)
    usual = np.mean([fit.training for fit in scratch.values()])
    step = amortised.training / amortised.updates
    print(
        f"  {len(STAGES)} epochs take {amortised.training / usual:.2f} times the training of one "
        f"from scratch (at most {COST_TARGET:.1f}); an update {step:.4f} s, from scratch "
        f"{mean_step(scratch):.4f}"
    )
    for epoch, fit in scratch.items():
        bias = amortised.terms[STAGES.index(epoch)] - fit.terms
        error = bias.std(ddof=1) / math.sqrt(len(bias))
        print(
            f"  after {epoch:4} updates the one decoder lies {bias.mean():+.2f} ± {error:.2f} nats "
            f"from scratch ({fit.terms.mean():.2f})"
        )
    change: Estimate = largest_change(amortised.terms)
    print(f"  largest change between epochs {change.value:.2f} ± {change.standard_error:.2f} nats")


def mean_step(fits: dict[int, Fit]) -> float:
    """Processor seconds of an update, over some decoders."""
    return sum(fit.training for fit in fits.values()) / sum(fit.updates for fit in fits.values())


def line(name: str, fit: Fit) -> None:
    """Print what a decoder took."""
    ended = "converged" if fit.converged else "NOT converged at the cap"
    print(
        f"  {name:34} {fit.updates:6} updates, {fit.training:7.1f} s of the processor, and "
        f"{fit.measuring:5.1f} s to measure; {ended}, last fall {fit.fall:.2f} nats"
    )


@torch.no_grad()
def sampling(quick: bool) -> None:
    """16 images of 32 × 32 × 3 given h2, and by a full pass for every pixel of the same decoder."""
    b, shape = 16, (3, 32, 32)
    network = ResNet(blocks=1).eval()
    decoder = PixelCNN(
        shape, blocks=1 if quick else 3, filters=32 if quick else 64, levels=3,
        context=network.layer_shape(LAYER), conditioning="convolution",
    ).eval()  # fmt: skip
    generator = torch.Generator().manual_seed(0)
    x = torch.randint(256, (b, *shape), dtype=torch.uint8, generator=generator)
    h = network.encoder(LAYER)(x)
    decoder.initialise(x, h)
    passes, samples = [], []
    for _ in range(3):
        start = time.process_time()
        decoder.parameters_of(x, h)
        passes.append(time.process_time() - start)
        start = time.process_time()
        decoder.sample(h, seed=0)
        samples.append(time.process_time() - start)
    pixels = shape[1] * shape[2]
    full, ours = pixels * min(passes), min(samples)
    print(
        f"Drawing {b} images of 32 × 32 × 3 given {LAYER}: by {pixels} full passes {full:.0f} s "
        f"({min(passes):.3f} s each), ours {ours:.2f} s: {full / ours:.0f} times as fast (at least "
        f"{SAMPLING_TARGET})"
    )
