"""How the claims about the class are judged, over networks and test images.

The paper reads a layer by a forward decoder. Those of h3 and h4 are both linear in the pooled map,
and a linear probe of h3 may read more of it. Both are lower bounds, so that a verdict must hold by
forward decoders and by the better of the two.

Reference:
    "What Information Does a ResNet Compress", ICLR 2019 submission, section 6.1; Fig. 3a, b.
"""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

from ib_mlflow.studies.judging.crossed import crossed, crossed_within
from ib_mlflow.studies.judging.judgements import Judgement, between
from ib_mlflow.studies.judging.thresholds import NEAR
from .curves import NO_BOUND, Pair, change, falls, peak
from .labels import LabelCurves, LayerLabels, Terms


def always_increases(layer: LayerLabels) -> list[Judgement]:
    """Judge whether more can be read of the class at each measured epoch than before it."""

    def judge(terms: Terms, k: int) -> Judgement:
        epoch, after = layer.curves.epochs[k : k + 2]
        note = (f"From epoch {epoch} to {after}. ", NO_BOUND)
        return crossed(terms[:, k + 1] - terms[:, k], note=note)

    return [
        by_either_reader(lambda terms, k=k: judge(terms, k), layer)
        for k in range(len(layer.curves.epochs) - 1)
    ]


def changes_more(pair: Pair[LayerLabels]) -> Judgement:
    """Judge whether the later of two layers changes more from the first epoch to the last."""
    return by_either_reader(
        lambda before, after: crossed(change(after) - change(before), note=NO_BOUND),
        pair.before,
        pair.after,
    )


def meet_at_the_end(curves: LabelCurves) -> list[Judgement]:
    """Judge whether the hyper-layers hold about equally much of the class at the last epoch."""
    return [
        _equal(before, after, -1, f"{after.name} − {before.name}.")
        for before, after in pairwise(curves.of_layers[:-1])
    ]


def becomes_separable(layer: LayerLabels) -> Judgement:
    """Judge whether a linear probe reads more of the class at the last epoch than at the first."""
    return crossed(change(layer.probes), note=NO_BOUND)


def loses_the_class(curves: LabelCurves) -> Judgement:
    """Judge whether the last layer ends below the highest point of its curve."""
    layer = curves.of_layers[-1]
    return by_either_reader(
        lambda terms: crossed(falls(terms), note=(peak(terms, curves.epochs), " ", NO_BOUND)),
        layer,
    )


def as_much_as_before_pooling(curves: LabelCurves) -> list[Judgement]:
    """Judge whether the pooled layer holds as much of the class as the one before, at any epoch."""
    before, pooled = curves.of_layers[-2:]
    return [
        _equal(before, pooled, k, f"At epoch {epoch}.") for k, epoch in enumerate(curves.epochs)
    ]


def by_either_reader(judge: Callable[..., Judgement], *layers: LayerLabels) -> Judgement:
    """Judge by forward decoders, and keep the verdict where the better reader has it too.

    Arguments:
        judge: of tables (e, t, n) of the layers.
        layers: what is read.
    """
    judgement = judge(*(layer.heads for layer in layers))
    best = judge(*(layer.best for layer in layers))
    kept = between(judgement, [best])
    if kept.verdict == judgement.verdict:
        return kept
    words = (
        f" By forward decoders it {judgement.verdict}. By the better of decoder and linear probe, "
        "in each network at each epoch: ",
        *best.words,
        " It hangs on the reader: undecided.",
    )
    return replace(judgement, verdict="undecided", words=(*judgement.words, *words))


def _equal(before: LayerLabels, after: LayerLabels, k: int, note: str) -> Judgement:
    return by_either_reader(
        lambda first, second: crossed_within(second[:, k] - first[:, k], NEAR, note=note),
        before,
        after,
    )
