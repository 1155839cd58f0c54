"""How the claims about the class are judged, over networks and test images.

Reference:
    "What Information Does a ResNet Compress", ICLR 2019 submission, section 6.1; Fig. 3a, b.
"""

from itertools import pairwise

from ib_mlflow.studies.judging.crossed import crossed, crossed_within
from ib_mlflow.studies.judging.judgements import Judgement
from ib_mlflow.studies.judging.thresholds import NEAR
from .curves import NO_BOUND, Pair, change, falls, peak
from .labels import LabelCurves, LayerLabels


def always_increases(layer: LayerLabels) -> list[Judgement]:
    """Judge whether more can be read of the class at each measured epoch than before it."""
    return [
        crossed(
            layer.heads[:, k + 1] - layer.heads[:, k],
            note=(f"From epoch {epoch} to {after}. ", NO_BOUND),
        )
        for k, (epoch, after) in enumerate(pairwise(layer.curves.epochs))
    ]


def changes_more(pair: Pair[LayerLabels]) -> Judgement:
    """Judge whether the later of two layers changes more from the first epoch to the last."""
    return crossed(change(pair.after.heads) - change(pair.before.heads), note=NO_BOUND)


def meet_at_the_end(curves: LabelCurves) -> list[Judgement]:
    """Judge whether the hyper-layers hold about equally much of the class at the last epoch."""
    maps = curves.of_layers[:-1]
    return [
        crossed_within(
            after.heads[:, -1] - before.heads[:, -1], NEAR, note=f"{after.name} − {before.name}."
        )
        for before, after in pairwise(maps)
    ]


def becomes_separable(layer: LayerLabels) -> Judgement:
    """Judge whether a linear probe reads more of the class at the last epoch than at the first."""
    return crossed(change(layer.probes), note=NO_BOUND)


def loses_the_class(curves: LabelCurves) -> Judgement:
    """Judge whether the last layer ends below the highest point of its curve."""
    layer = curves.of_layers[-1]
    return crossed(falls(layer.heads), note=(peak(layer.heads, layer.curves.epochs), " ", NO_BOUND))


def as_much_as_before_pooling(curves: LabelCurves) -> list[Judgement]:
    """Judge whether the pooled layer holds as much of the class as the one before, at any epoch."""
    before, pooled = curves.of_layers[-2:]
    return [
        crossed_within(pooled.heads[:, k] - before.heads[:, k], NEAR, note=f"At epoch {epoch}.")
        for k, epoch in enumerate(curves.epochs)
    ]
