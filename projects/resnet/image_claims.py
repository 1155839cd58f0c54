"""How the claims about the image are judged, over networks and test images and decoder sizes.

Reference:
    "What Information Does a ResNet Compress", ICLR 2019 submission, section 6.1; Fig. 3c, d.
"""

from dataclasses import replace

import numpy as np

from ib_mlflow.studies.decoding.terms import peak_place
from ib_mlflow.studies.judging.crossed import crossed, crossed_mean
from ib_mlflow.studies.judging.judgements import Judgement
from ib_mlflow.units import Quantity, nats
from .curves import NO_BOUND, Pair, change, falls, if_converged, peak, rises
from .images import ImageCurves, LayerImages
from .labels import Terms
from .paper import COMPRESSION

GROUPS = 10
"""Of images, whose mean curves have a highest point each."""


def third_layers(curves: ImageCurves) -> list[LayerImages]:
    """The layer h3, of which the paper says most, where it was inverted."""
    return [layer for layer in curves.of_layers if layer.name == "h3"]


def rises_at_first(layer: LayerImages) -> Judgement:
    """Judge whether the bound is higher at some later epoch than before training."""
    return in_both_sizes(
        {size: rises(terms) for size, terms in layer.by_size.items()},
        _peak(layer),
        still=layer.still_falls,
    )


def compresses(layer: LayerImages) -> Judgement:
    """Judge whether the bound is higher at some earlier epoch than at the last."""
    paper = COMPRESSION.get(layer.name)
    note = (_peak(layer), *((" The paper's: ", nats(paper, digits=0), ".") if paper else ()))
    return in_both_sizes(
        {size: falls(terms) for size, terms in layer.by_size.items()},
        *note,
        still=layer.still_falls,
    )


def compresses_more(pair: Pair[LayerImages]) -> Judgement:
    """Judge whether the earlier of two layers loses more after its peak."""
    after = pair.after.by_size
    return in_both_sizes(
        {size: falls(terms) - falls(after[size]) for size, terms in pair.before.by_size.items()},
        still=max(pair.before.still_falls, pair.after.still_falls),
    )


def begins_earlier(pair: Pair[LayerImages]) -> Judgement:
    """Judge whether the later of two layers is the first to be compressed.

    A layer begins to be compressed where its curve is highest, which is found for some groups of
    images by themselves. Only decoders that have converged say when that is: those that have not
    learn all epochs' layers at paces of their own.
    """
    x = np.log1p(pair.before.curves.epochs)
    after = pair.after.by_size
    judgement = in_both_sizes(
        {
            size: _beginnings(x, terms) - _beginnings(x, after[size])
            for size, terms in pair.before.by_size.items()
        },
        f"{pair.before.name}: {_peak(pair.before)} {pair.after.name}: {_peak(pair.after)} Of "
        "curves of groups of images.",
        unit="of ln(1 + epoch)",
    )
    names = pair.before.name, pair.after.name
    return if_converged(judgement, pair.before.curves.converged_of(*names))


def _beginnings(x: Terms, terms: Terms) -> Terms:
    """Where curves are highest, (e, groups) on the scale of x."""
    groups = [terms[:, :, first::GROUPS].mean(axis=2) for first in range(GROUPS)]
    return np.array([[peak_place(x, curve) for curve in curves] for curves in groups]).T


def ends_below_its_start(layer: LayerImages) -> Judgement:
    """Judge whether the bound is lower at the last epoch than before training."""
    return in_both_sizes(
        {size: -change(terms) for size, terms in layer.by_size.items()},
        still=layer.still_falls,
    )


def in_both_sizes(
    by_size: dict[int, Terms], *note: str | Quantity, still: float = 0.0, unit: str = "nats"
) -> Judgement:
    """Judge by the largest decoders, where those of every other size agree in sign.

    A bound moves with its decoder, and so may the difference of two: a verdict needs two sizes,
    and decoders that are nearer to their end than what is judged is large.

    Arguments:
        by_size: (e, n) numbers that are positive where the claim holds, the largest decoders last.
        note: what else was measured.
        still: nats an image by which held-out losses fell over the last tenth of the updates.
        unit: of the numbers.

    Returns:
        The judgement of the largest decoders; undecided where there is one size alone, where the
        mean of another has the other sign, or where the mean is no larger than `still`.

    Example:
        >>> terms = 1 + 0.1 * np.random.default_rng(0).normal(size=(5, 100))
        >>> both = {8: terms, 16: terms}, {8: -terms, 16: terms}
        >>> [in_both_sizes(by_size).verdict for by_size in both]
        ['agrees', 'undecided']
        >>> in_both_sizes(both[0], still=5.0).verdict
        'undecided'
    """
    *others, largest = by_size
    judgement = crossed(by_size[largest], unit, note=(*note, *([" "] if note else []), NO_BOUND))
    means = {size: float(np.mean(terms)) for size, terms in by_size.items()}
    words: list[str | Quantity] = [f" By decoders of {largest} filters"]
    for size in others:
        words += [f"; by those of {size}: ", crossed_mean(by_size[size]).quantity(unit)]
    words.append("." if others else " alone: undecided, for a bound moves with its decoder.")
    same = {np.sign(mean) for mean in means.values()} == {np.sign(means[largest])}
    if not same:
        words.append(" The sizes differ in sign: undecided.")
    settled = abs(means[largest]) > still
    if not settled:
        gained = nats(still) if np.isfinite(still) else "an amount that too few evaluations tell"
        words += [" The decoders still gained ", gained, " over their last tenth: undecided."]
    verdict = judgement.verdict if others and same and settled else "undecided"
    return replace(judgement, verdict=verdict, words=(*judgement.words, *words))


def _peak(layer: LayerImages) -> str:
    return peak(layer.by_size[layer.curves.sizes[-1]], layer.curves.epochs)
