"""How the claims about inverted classifiers are judged, over networks or over images.

Reference:
    Nash, Kushman & Williams (2018), "Inverting Supervised Representations with Autoregressive
    Neural Density Models", section 5.1; Fig. 5a; Table 1.
"""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ib_mlflow.information import Estimate
from ib_mlflow.studies.decoding.terms import mean_of
from ib_mlflow.studies.judging.judgements import steady
from ib_mlflow.studies.judging.lengths import unless_otherwise
from ib_mlflow.studies.judging.margins import BY_FAR
from ib_mlflow.studies.judging.networks import positive_over_networks
from ib_mlflow.studies.judging.published import Published, reproduces
from ib_mlflow.studies.judging.settings import BEYOND, differences
from ib_mlflow.studies.judging.verdicts import Judgement, positive
from ib_mlflow.units import nats
from .decoders import LABEL
from .inverted import Inversion, InvertedTask
from .paper import ACCURACIES, DECODERS, TABLE_1

NO_BOUND = "Difference of two lower bounds, in pairs; no bound itself."
DRAWN = {"sample": "one drawn image", "best": "the nearest of ten drawn images"}
"""By the column of Table 1, what is compared with the nearest training image."""
DECISIVE = ("shrunk", "binary", "classifier_updates")
"""What the accuracy of a classifier depends on."""
ONE_MODEL = f"{BEYOND}: a lower bound of I(x;y) from one model"
"""What two claims about the label rest on in place of a section of the paper."""
UNCOMPARED = "LOGITS"
"""The layer that the paper's Table 1 leaves out."""


@dataclass(frozen=True)
class LayerStep:
    """Two layers of which one follows the other.

    Arguments:
        task: whose classifier's.
        before: the former.
        after: the latter.
    """

    task: InvertedTask
    before: str
    after: str

    @property
    def falls(self) -> list[NDArray[np.float64]]:
        """How much more the former says of each image, (n,) nats; of each network."""
        return [each.terms[self.before] - each.terms[self.after] for each in self.task.informations]


@dataclass(frozen=True)
class TwoSteps:
    """Two steps of one classifier, which are compared.

    Arguments:
        first: from the first layer to the second.
        later: another one.
    """

    first: LayerStep
    later: LayerStep


@dataclass(frozen=True)
class SampleComparison:
    """What a layer's decoder draws, against the nearest training image.

    Arguments:
        task: whose classifier's.
        layer: the layer.
        column: of Table 1, "sample" or "best".
        otherwise: in what the decoders differ from the paper's.
    """

    task: InvertedTask
    layer: str
    column: str
    otherwise: tuple[str, ...] = ()

    @property
    def what(self) -> str:
        """What is drawn, in words."""
        return DRAWN[self.column]

    @property
    def nearer(self) -> bool:
        """Whether it lies nearer to the input in the paper's Table 1.

        Of tasks that the paper does not have, what it found of MNIST is asked, beyond it.
        """
        paper = TABLE_1.get((self.task.name, self.layer), TABLE_1["mnist", self.layer])
        return float(getattr(paper, self.column)) < paper.nearest

    @property
    def side(self) -> str:
        """The same in words."""
        return "nearer to" if self.nearer else "farther from"


def steps(inversion: Inversion) -> list[LayerStep]:
    """All pairs of a layer and the next, of every task."""
    return [step for task in inversion.tasks for step in steps_of(task)]


def steps_of(task: InvertedTask) -> list[LayerStep]:
    """All pairs of a layer and the next, of one task."""
    return [LayerStep(task, before, after) for before, after in pairwise(task.layers)]


def two_steps(inversion: Inversion) -> list[TwoSteps]:
    """The first step beside each of the later ones, of every task."""
    pairs = []
    for task in inversion.tasks:
        first, *later = steps_of(task)
        pairs += [TwoSteps(first, step) for step in later]
    return pairs


def comparisons(inversion: Inversion) -> list[SampleComparison]:
    """What is compared with training images: the rows of Table 1, of every task."""
    otherwise = tuple(differences(DECODERS, inversion.configuration))
    return [
        SampleComparison(task, layer, column, otherwise)
        for task in inversion.tasks
        for layer in task.samples
        if layer != UNCOMPARED
        for column in DRAWN
    ]


def keeps_more(step: LayerStep) -> Judgement:
    """Judge whether a layer keeps more of the image than the next."""
    differences = [each.difference(step.before, step.after) for each in step.task.informations]
    return positive_over_networks(differences, note=(NO_BOUND,))


def falls_more(pair: TwoSteps) -> Judgement:
    """Judge whether the first step loses more than a later one, by far: twice as much."""
    falls = list(zip(pair.first.falls, pair.later.falls, strict=True))
    later = mean_of(np.concatenate([of for _, of in falls]))
    note = (
        f"By how much it is more than {1 + BY_FAR:g} times the other, which is ",
        nats(later.value), ".",
    )  # fmt: skip
    return steady(
        lambda factor: positive_over_networks(
            [mean_of(first - (1 + factor * BY_FAR) * other) for first, other in falls], note=note
        )
    )


def keeps_more_than_the_label(task: InvertedTask) -> Judgement:
    """Judge whether the last layer says more of the image than the class of the image does."""
    differences = [each.difference(task.last, LABEL) for each in task.informations]
    return positive_over_networks(differences, note=(NO_BOUND,))


def with_paper_accuracy(inversion: Inversion) -> list[InvertedTask]:
    """The tasks whose accuracy the paper gives, where images and updates are the paper's."""
    own, paper = inversion.configuration, type(inversion.configuration).parse(["--scale", "paper"])
    if any(getattr(own, name) != getattr(paper, name) for name in DECISIVE):
        return []
    return [task for task in inversion.tasks if task.name in ACCURACIES]


def reproduces_accuracy(task: InvertedTask) -> Judgement:
    """Judge whether the classifiers are as accurate as the paper's, over networks and test images.

    Fewer images make the interval wider, and so the claim harder to decide either way.
    """
    accuracies = [each.diagnostics["accuracy"] for each in task.classifiers]
    judgement = reproduces(
        accuracies,
        Published(ACCURACIES[task.name], decimals=3),
        rows=min(each.n for each in task.classifiers),
        digits=4,
    )
    learnt = " Classifiers learnt from half of the images, the paper's from more."
    return replace(judgement, words=(*judgement.words, learnt))


def label_tells(task: InvertedTask) -> Judgement:
    """Judge whether a decoder given the label says more of the image for it."""
    entropy = task.label_bound.diagnostics["entropy"]
    note = ("H(Y) of these images is ", nats(entropy), ".")
    return positive_over_networks(task.label_bounds, note=note)


def label_tells_no_more_than_it_can(task: InvertedTask) -> Judgement:
    """Judge whether the bound by that decoder lies below H(Y)."""
    rooms = [
        Estimate(bound.diagnostics["entropy"] - bound.value, bound.standard_error, "point", bound.n)
        for bound in task.label_bounds
    ]
    return positive_over_networks(rooms)


def lies_where_the_paper_says(comparison: SampleComparison) -> Judgement:
    """Judge whether what is drawn lies on the paper's side of the nearest training image.

    How near it comes hangs on the decoder: of one that learnt less it does not disagree.
    """
    distances = comparison.task.samples[comparison.layer].distances
    nearer = distances.nearest - getattr(distances, comparison.column)
    judged = positive(mean_of(nearer if comparison.nearer else -nearer), "a unit", digits=4)
    return unless_otherwise(judged, comparison.otherwise)
