"""Nash, Kushman & Williams (2018): the title, its settings, and its numbers."""

from typing import NamedTuple

from ib_mlflow.studies.judging.settings import BEYOND, AtLeast, Setting

PAPER = "Inverting Supervised Representations with Autoregressive Neural Density Models"

KERNELS = (5, 4, 3, 2)
"""Sides of a convolution, the paper's first: the first one that leaves CONV2 two pixels a side."""
CLASSIFIER_RATE = 3e-4
"""Appendix A: the learning rate of the classifiers."""
CLASSIFIER_DROPOUT = 0.25
"""The paper states no rate for its classifiers."""
COLOUR_CONV1_DROPOUT = 0.1
"""Appendix A: the decoders of CONV1 in colour drop a tenth only."""
CONTEXT_DROPOUT = {("cifar10", "FC3"): 0.2}
"""Appendix A: by task and layer, what is dropped of the projected context; elsewhere nothing."""
FEW = 100
"""Section 5.3: images that the overfitted classifier sees, without dropout."""
ALTERNATIVES = 10
"""Table 1: the nearest of ten samples."""
INPUTS, NEAREST = 6, 6
"""Fig. 2: inputs whose samples are compared with training images, and the nearest of either."""

WHOLE: Setting = {"shrunk": (1,), "binary": (False,)}
"""Images of all pixels and levels."""
GREY: Setting = {"filters": AtLeast(64), "decoder_updates": AtLeast(250_000)}
"""Appendix A: how large decoders of grey images are, and how long all decoders learn."""
DECODERS: Setting = {**GREY, "colour_filters": AtLeast(196)}
"""The same, and how large those of images in colour are."""
SETTING: Setting = {**WHOLE, **DECODERS}
"""Of the figures and tables."""
AFFINE_SETTING: Setting = {**WHOLE, **GREY, "maps": AtLeast(32)}
"""Of section 5.2, which has the digits of affNIST."""

ACCURACIES = {"mnist": 0.996, "svhn": 0.933, "cifar10": 0.816}
"""Test accuracies, by task."""


def place(task: str) -> str:
    """The section that speaks of a task, or that none does.

    Example:
        >>> place("svhn"), place("digits")
        ('Sec. 5.1', 'Beyond the paper, which has other images: as Sec. 5.1')
    """
    return "Sec. 5.1" if task in ACCURACIES else f"{BEYOND}, which has other images: as Sec. 5.1"


class Distances(NamedTuple):
    """A row of Table 1: mean absolute differences of a unit of the layer.

    Arguments:
        nearest: 1NN: to the nearest image of the training set.
        sample: IM-S: to one drawn image.
        best: IM-NN: to the nearest of ten drawn images.
    """

    nearest: float
    sample: float
    best: float


TABLE_1 = {
    ("mnist", "CONV1"): Distances(nearest=1.25e-2, sample=7.68e-4, best=6.29e-4),
    ("mnist", "CONV2"): Distances(nearest=4.95e-2, sample=1.65e-2, best=1.40e-2),
    ("mnist", "FC3"): Distances(nearest=1.22e-1, sample=1.35e-1, best=9.52e-2),
    ("svhn", "CONV1"): Distances(nearest=5.35e-2, sample=1.02e-3, best=9.40e-4),
    ("svhn", "CONV2"): Distances(nearest=6.74e-2, sample=2.80e-2, best=2.43e-2),
    ("svhn", "FC3"): Distances(nearest=2.92e-1, sample=3.22e-1, best=2.50e-1),
    ("cifar10", "CONV1"): Distances(nearest=4.11e-2, sample=4.02e-3, best=3.47e-3),
    ("cifar10", "CONV2"): Distances(nearest=9.56e-2, sample=6.43e-2, best=5.73e-2),
    ("cifar10", "FC3"): Distances(nearest=5.28e-1, sample=7.39e-1, best=5.79e-1),
}
"""By task and layer."""


class Invariance(NamedTuple):
    """What the paper found of an architecture on affine MNIST.

    Arguments:
        accuracy: on the test images.
        bound: E[ln q(x|h)] of FC3, in nats.
    """

    accuracy: float
    bound: float


INVARIANCE = {
    "fully_connected": Invariance(accuracy=0.950, bound=-715.17),
    "convolutional": Invariance(accuracy=0.987, bound=-699.55),
    "global_max": Invariance(accuracy=0.989, bound=-704.01),
}
"""Section 5.2, by architecture."""

DIFFERENCES = (
    "The classifier and its decoders share the training part half and half; the paper does not "
    "say that it divides it, and its networks see more images.",
    "Early stopping of classifiers looks at the held-out cross-entropy, in the paper at the "
    "accuracy. The paper states no rate of dropout for its classifiers; "
    f"{CLASSIFIER_DROPOUT:g} was used.",
    "Batches of 64, Adam's other constants, the average of the weights of decoders, and that their "
    "rate decays by 0.9999 an *update* are ours: the paper does not say how often it decays.",
)
"""What is otherwise here than in the paper."""
