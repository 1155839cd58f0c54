"""What the paper sees in pictures of samples and reconstructions, where it has a number.

Reference:
    Nash, Kushman & Williams (2018), "Inverting Supervised Representations with Autoregressive
    Neural Density Models", sections 2 and 5.1; Fig. 1.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ib_mlflow.studies.decoding.samples import LayerSamples
from ib_mlflow.studies.decoding.terms import mean_of
from ib_mlflow.studies.judging.claims import Claim
from ib_mlflow.studies.judging.judgements import steady
from ib_mlflow.studies.judging.margins import FINE
from ib_mlflow.studies.judging.settings import BEYOND
from ib_mlflow.studies.judging.verdicts import Judgement, positive
from .inverted import Inversion, InvertedTask

SHOWN = ("svhn", "cifar10")
"""Tasks of which the paper says that pictures change from layer to layer; MNIST's stay alike."""


@dataclass(frozen=True)
class Pictures:
    """What was drawn of the same images given one layer and given the next.

    Arguments:
        task: whose classifier's.
        before: the former layer.
        after: the latter.
    """

    task: InvertedTask
    before: str
    after: str

    @property
    def where(self) -> str:
        """Where the paper shows them."""
        shown = self.task.name in SHOWN
        return "Sec. 2, 5.1; Fig. 1" if shown else f"{BEYOND}: as Fig. 1 of SVHN and CIFAR-10"

    @property
    def both(self) -> tuple[LayerSamples, LayerSamples]:
        """What was drawn given the former layer, and given the latter."""
        return self.task.samples[self.before], self.task.samples[self.after]


def pictures(inversion: Inversion) -> list[Pictures]:
    """All pairs of a layer and the next, of every task."""
    return [
        Pictures(task, before, after)
        for task in inversion.tasks
        for before, after in pairwise(task.samples)
    ]


def variety(samples: NDArray[Any], levels: int) -> NDArray[np.float64]:
    """How far samples of the same image lie apart.

    Arguments:
        samples: (n, k, channels, h, w) k samples for each of n images.
        levels: of a pixel.

    Returns:
        (n,) the mean absolute difference of a pixel over all pairs, as a share of its range.

    Example:
        >>> samples = np.zeros((1, 3, 1, 2, 2))
        >>> samples[0, 2] = 3
        >>> variety(samples, 4).round(3)
        array([0.667])
    """
    shares = np.asarray(samples, dtype=np.float64) / (levels - 1)
    apart = [
        np.abs(shares[:, first] - shares[:, second]).mean(axis=(1, 2, 3))
        for first, second in combinations(range(shares.shape[1]), 2)
    ]
    return np.asarray(np.mean(apart, axis=0))


def fine_power(images: NDArray[Any], beyond: float = FINE) -> NDArray[np.float64]:
    """The power of images in fine detail, which blur takes away.

    Arguments:
        images: (n, channels, h, w), from 0 to 1.
        beyond: from which detail is fine, in cycles a pixel.

    Returns:
        (n,) the part of the mean square of a pixel that lies beyond it.

    Example:
        >>> stripes = np.tile([0.0, 1.0], 8)[None, None, None] * np.ones((1, 1, 16, 1))
        >>> blurred = (stripes + np.roll(stripes, 1, axis=-1)) / 2
        >>> fine_power(stripes).round(3), fine_power(blurred).round(3)
        (array([0.25]), array([0.]))
    """
    h, w = images.shape[-2:]
    spectrum = np.abs(np.fft.fft2(np.asarray(images, dtype=np.float64)) / (h * w)) ** 2
    frequency = np.hypot(np.fft.fftfreq(h)[:, None], np.fft.fftfreq(w))
    return np.asarray(spectrum[..., frequency > beyond].sum(axis=-1).mean(axis=-1))


def vary_more(of: Pictures) -> Judgement:
    """Judge whether samples of an image vary more given the latter layer."""
    before, after = (variety(each.samples, of.task.parts.levels) for each in of.both)
    note = f"From {before.mean():.4f} to {after.mean():.4f} of a pixel's range."
    return positive(mean_of(after - before), "of a pixel's range", note=note, digits=4)


def get_blurrier(of: Pictures) -> Judgement:
    """Judge whether reconstructions have less fine detail given the latter layer."""

    def judge(factor: float) -> Judgement:
        before, after = (fine_power(each.reconstructions, factor * FINE) for each in of.both)
        ends = f"from {before.mean():.5f} to {after.mean():.5f}"
        note = f"Power beyond {factor * FINE:g} cycles a pixel: {ends}."
        return positive(mean_of(before - after), "of a pixel's square", note=note, digits=5)

    return steady(judge)


PICTURE_CLAIMS: Sequence[Claim[Inversion, Pictures]] = (
    Claim(
        "{of.task.name}: samples vary more given {of.after} than given {of.before}",
        "{of.where}",
        vary_more,
        pictures,
    ),
    Claim(
        "{of.task.name}: reconstructions are blurrier given {of.after} than given {of.before}",
        "{of.where}",
        get_blurrier,
        pictures,
    ),
)
