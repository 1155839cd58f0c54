"""Digits under several affine maps each, as affNIST has them: divided first, and then mapped.

Reference:
    Tieleman (2013), "affNIST", https://www.cs.toronto.edu/~tijmen/affNIST/: 32 maps of each of
    50,000 training digits.
"""

from dataclasses import replace

from ib_mlflow.data import Dataset, binarise, shrink
from ib_mlflow.data.affine import affine_copies
from ib_mlflow.studies.decoding.configuration import ImageConfiguration
from ib_mlflow.studies.decoding.division import Parts, load_parts

PLAIN = {"affine_mnist": "mnist", "affine_digits": "digits"}
"""The images that are mapped, by task."""
CANVAS = {"affine_mnist": 40, "affine_digits": 20}
"""The side of the square that they are drawn on."""


def mapped_parts(task: str, configuration: ImageConfiguration, maps: int) -> Parts:
    """The parts of a task, with several maps of each digit that is learnt, and one of the others.

    No digit that early stopping or a bound looks at is learnt under another map.

    Arguments:
        task: "affine_mnist" or "affine_digits".
        configuration: the study's parameters.
        maps: of each digit of the classifier and of the decoders.

    Returns:
        The parts, reduced as the configuration says.
    """
    plain = load_parts(
        PLAIN[task],
        root=configuration.root,
        shrunk=1,
        binary=False,
        evaluated=configuration.evaluated,
        seed=configuration.seed,
    )
    copies = {"encoding": maps, "decoding": maps, "validation": 1, "evaluation": 1}
    mapped = {
        name: _reduced(
            affine_copies(getattr(plain, name), canvas=CANVAS[task], copies=count, seed=number),
            configuration,
        )
        for number, (name, count) in enumerate(copies.items())
    }
    return replace(plain, name=task, **mapped)


def _reduced(dataset: Dataset, configuration: ImageConfiguration) -> Dataset:
    factor = configuration.shrunk
    smaller = shrink(dataset, factor=factor) if factor > 1 else dataset
    return binarise(smaller) if configuration.binary else smaller


def on_maps(parts: Parts, configuration: ImageConfiguration) -> str:
    """How many images there are beside affNIST's, as a remark of the report."""
    maps = getattr(configuration, "maps", 1)
    digits = "one map" if maps == 1 else f"{maps} maps"
    return (
        f"Affine digits are made here by the rule that affNIST states, {digits} of each digit; "
        "affNIST has 32 of each of 50,000 digits, 1.6 million images (maps=32). Here the "
        f"classifier learns from {parts.encoding.n:,} images and the decoders from "
        f"{parts.decoding.n:,}; digits are divided between them before they are mapped "
        "where there are several maps. One map is the default at every scale, for decoders then "
        "take no longer an epoch than those of other images."
    )
