"""How the claims about the image are judged, over networks and test images and decoder sizes.

Reference:
    "What Information Does a ResNet Compress", ICLR 2019 submission, section 6.1; Fig. 3c, d.
"""

from dataclasses import replace
from functools import partial

import numpy as np

from ib_mlflow.studies.decoding.terms import peak_place
from ib_mlflow.studies.judging.crossed import crossed, crossed_mean
from ib_mlflow.studies.judging.judgements import Judgement
from ib_mlflow.units import Quantity, nats
from .curves import NO_BOUND, Pair, change, falls, pairs, peak, rises
from .doubts import Doubts, Read
from .images import ImageCurves, LayerImages
from .labels import Terms
from .paper import COMPRESSION

NO_DOUBTS = Doubts()
GROUPS = 10
"""Of images, whose mean curves have a highest point each."""


def of_paper(curves: ImageCurves) -> list[LayerImages]:
    """The layers that the paper inverts."""
    return [layer for layer in curves.of_layers if layer.name in COMPRESSION]


def beyond_paper(curves: ImageCurves) -> list[LayerImages]:
    """Those that it does not: h1."""
    return [layer for layer in curves.of_layers if layer.name not in COMPRESSION]


def pairs_beyond(curves: ImageCurves) -> list[Pair[LayerImages]]:
    """Pairs of a layer and the next, of which the paper does not invert both."""
    of_both = [(pair.before.name, pair.after.name) for pair in pairs(of_paper(curves))]
    return [
        pair
        for pair in pairs(curves.of_layers)
        if (pair.before.name, pair.after.name) not in of_both
    ]


def third_layers(curves: ImageCurves) -> list[LayerImages]:
    """The layer h3, of which the paper says most, where it was inverted."""
    return [layer for layer in curves.of_layers if layer.name == "h3"]


def rises_at_first(layer: LayerImages) -> Judgement:
    """Judge whether the bound is higher at some later epoch than before training."""
    return in_both_sizes(layer.read(rises), _peak(layer), doubts=layer.doubts)


def compresses(layer: LayerImages) -> Judgement:
    """Judge whether the bound is higher at some earlier epoch than at the last."""
    paper = COMPRESSION.get(layer.name)
    note = (_peak(layer), *((" The paper's: ", nats(paper, digits=0), ".") if paper else ()))
    return in_both_sizes(layer.read(falls), *note, doubts=layer.doubts)


def compresses_more(pair: Pair[LayerImages]) -> Judgement:
    """Judge whether the earlier of two layers loses more after its peak."""
    return in_both_sizes(
        less(pair.before.read(falls), pair.after.read(falls)),
        doubts=pair.before.doubts + pair.after.doubts,
    )


def begins_earlier(pair: Pair[LayerImages]) -> Judgement:
    """Judge whether the later of two layers is the first to be compressed.

    A layer begins to be compressed where its curve is highest, which is found for some groups of
    images by themselves. What a way of decoding costs is known in nats and not in epochs: it must
    be little.
    """
    beginnings = partial(_beginnings, np.log1p(pair.before.curves.epochs))
    doubts = pair.before.doubts + pair.after.doubts
    judgement = in_both_sizes(
        less(pair.before.read(beginnings), pair.after.read(beginnings)),
        f"{pair.before.name}: {_peak(pair.before)} {pair.after.name}: {_peak(pair.after)} Of "
        "curves of groups of images.",
        doubts=replace(doubts, bias=0.0),
        unit="of ln(1 + epoch)",
    )
    if doubts.cheap:
        return judgement
    words = f" {doubts.way} decoding has failed the rule of a cheap way: undecided."
    return replace(judgement, verdict="undecided", words=(*judgement.words, words))


def _beginnings(x: Terms, terms: Terms) -> Terms:
    """Where curves are highest, (e, groups) on the scale of x."""
    groups = [terms[:, :, first::GROUPS].mean(axis=2) for first in range(GROUPS)]
    return np.array([[peak_place(x, curve) for curve in curves] for curves in groups]).T


def ends_below_its_start(layer: LayerImages) -> Judgement:
    """Judge whether the bound is lower at the last epoch than before training."""
    return in_both_sizes(layer.read(lambda terms: -change(terms)), doubts=layer.doubts)


def less(before: dict[int, Read], after: dict[int, Read]) -> dict[int, Read]:
    """What is read of one layer minus what is read of another, by size."""
    differences = {}
    for size, of in before.items():
        early, later = of.halfway, after[size].halfway
        known = early is not None and later is not None
        halfway = early - later if known else None  # type: ignore[operator]
        differences[size] = Read(of.terms - after[size].terms, halfway)
    return differences


def in_both_sizes(
    by_size: dict[int, Read],
    *note: str | Quantity,
    doubts: Doubts = NO_DOUBTS,
    unit: str = "nats",
) -> Judgement:
    """Judge by the largest decoders, where those of every other size agree in sign.

    A bound moves with its decoder, and so may the difference of two. A verdict needs two sizes,
    and a number larger than what may be made of it by the way of decoding, and by the end of the
    updates: a doubling of these is taken to move it once more as far as the last one did.

    Arguments:
        by_size: numbers that are positive where the claim holds, the largest decoders last.
        note: what else was measured.
        doubts: what is known of the decoders.
        unit: of the numbers.

    Returns:
        The judgement of the largest decoders, by an interval that is wider by both; undecided
        where there is one size alone, where the mean of another has the other sign, or where a
        decoder has diverged.

    Example:
        >>> terms = 1 + 0.1 * np.random.default_rng(0).normal(size=(5, 100))
        >>> for_it, against = Read(terms, terms), Read(-terms, -terms)
        >>> both = {8: for_it, 16: for_it}, {8: against, 16: for_it}
        >>> [in_both_sizes(by_size).verdict for by_size in both]
        ['agrees', 'undecided']
        >>> in_both_sizes(both[0], doubts=Doubts(bias=5.0)).verdict
        'undecided'
    """
    *others, largest = by_size
    terms, moved = by_size[largest].terms, by_size[largest].moved
    note = (*note, *([" "] if note else []), NO_BOUND)
    judgement = crossed(terms, unit, bias=doubts.bias + moved, note=note)
    words: list[str | Quantity] = [f" By decoders of {largest} filters"]
    for size in others:
        words += [f"; by those of {size}: ", crossed_mean(by_size[size].terms).quantity(unit)]
    words.append("." if others else " alone: undecided, for a bound moves with its decoder.")
    signs = {np.sign(read.terms.mean()) for read in by_size.values()}
    if len(signs) > 1:
        words.append(" The sizes differ in sign: undecided.")
    shift = Quantity(moved, unit=unit) if np.isfinite(moved) else "an unknown amount"
    words += [" Limits are wider by what a doubling of the updates may have moved: ", shift, "."]
    words += doubts.words
    judged = others and len(signs) == 1 and not doubts.diverged
    verdict = judgement.verdict if judged else "undecided"
    return replace(judgement, verdict=verdict, words=(*judgement.words, *words))


def _peak(layer: LayerImages) -> str:
    return peak(layer.by_size[layer.curves.sizes[-1]], layer.curves.epochs)
