"""What became of the paper's claims about inverted classifiers, and its numbers beside ours."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ib_mlflow.information import DecoderInformation, Estimate
from ib_mlflow.studies.decoding.division import Parts
from ib_mlflow.studies.decoding.samples import Distances, Drawn
from ib_mlflow.studies.judging.claims import in_unit
from ib_mlflow.studies.judging.verdicts import Finding, interval_of, positive
from ib_mlflow.studies.reporting.report import table_of

LABEL, NOTHING = "label", "nothing"
ACCURACIES = {"mnist": 0.996, "svhn": 0.933, "cifar10": 0.816}
TABLE_1 = {
    ("mnist", "CONV1"): (1.25e-2, 7.68e-4, 6.29e-4),
    ("mnist", "CONV2"): (4.95e-2, 1.65e-2, 1.40e-2),
    ("mnist", "FC3"): (1.22e-1, 1.35e-1, 9.52e-2),
    ("svhn", "CONV1"): (5.35e-2, 1.02e-3, 9.40e-4),
    ("svhn", "CONV2"): (6.74e-2, 2.80e-2, 2.43e-2),
    ("svhn", "FC3"): (2.92e-1, 3.22e-1, 2.50e-1),
    ("cifar10", "CONV1"): (4.11e-2, 4.02e-3, 3.47e-3),
    ("cifar10", "CONV2"): (9.56e-2, 6.43e-2, 5.73e-2),
    ("cifar10", "FC3"): (5.28e-1, 7.39e-1, 5.79e-1),
}
"""By task and layer: 1NN, IM-S, IM-NN."""


@dataclass(frozen=True)
class Inverted:
    """All that was found of one task.

    Arguments:
        parts: the images.
        layers: the layers' names, in order.
        classifier: I(Y;logits) from below, with the accuracy among its diagnostics.
        information: of the layers' decoders, of the label's, beside one that is told nothing.
        labels: I(Y;h) from below, by layer.
        drawn: what was drawn, by layer.
    """

    parts: Parts
    layers: Sequence[str]
    classifier: Estimate
    information: DecoderInformation
    labels: Mapping[str, Estimate]
    drawn: Mapping[str, Drawn]


def mean_of(terms: NDArray[np.float64]) -> Estimate:
    """The mean of one number for each image."""
    error = terms.std(ddof=1) / math.sqrt(len(terms))
    return Estimate(float(terms.mean()), float(error), "point", len(terms))


def relative_bound(one: Inverted, name: str) -> Estimate:
    """The negative cross-entropy of a decoder over the magnitude of the first layer's (Fig. 5a).

    Its standard error is that of a ratio of two means over the same images.
    """
    terms, first = one.information.terms[name], one.information.terms[one.layers[0]]
    ratio = terms.mean() / abs(first.mean())
    influence = (terms - ratio * np.sign(first.mean()) * first) / abs(first.mean())
    return replace(mean_of(influence), value=float(ratio))


def findings_of(one: Inverted) -> list[Finding]:
    """Judge the claims of section 5.1 over the test images of one task."""
    name, information = one.parts.name, one.information
    steps = list(pairwise(one.layers))
    found = [
        positive(
            f"{name}: {before} keeps more of the image than {after}",
            "Sec. 5.1; Fig. 5a",
            information.difference(before, after),
            "nats",
            note="Difference of two lower bounds, in pairs; no bound itself.",
        )
        for before, after in steps
    ]
    terms = information.terms
    falls = {step: terms[step[0]] - terms[step[1]] for step in steps}
    largest, *others = falls
    found += [
        positive(
            f"{name}: the fall from {largest[0]} to {largest[1]} is larger than from {other[0]} "
            f"to {other[1]}",
            "Sec. 5.1; Fig. 5a",
            mean_of(falls[largest] - falls[other]),
            "nats",
        )
        for other in others
    ]
    return found + _label_findings(one) + _sample_findings(one)


def _label_findings(one: Inverted) -> list[Finding]:
    bound = one.information.information[LABEL]
    entropy = bound.diagnostics["entropy"]
    room = Estimate(entropy - bound.value, bound.standard_error, "point", bound.n)
    note = f"H(Y) of these images is {entropy:.3f} nats."
    where = "a lower bound of I(x;y) from one model"
    name = one.parts.name
    return [
        positive(f"{name}: a decoder told the label knows of it", where, bound, "nats", note=note),
        positive(f"{name}: and no more than there is to know", where, room, "nats"),
    ]


def _sample_findings(one: Inverted) -> list[Finding]:
    found = []
    for layer, drawn in one.drawn.items():
        if layer == "LOGITS":
            continue
        at = drawn.distances
        # Of tasks that the paper does not have, what it found of MNIST is judged.
        training, *theirs = TABLE_1.get((one.parts.name, layer), TABLE_1["mnist", layer])
        words = "one drawn image", "the nearest of ten drawn images"
        for what, ours, paper in zip(words, (at.sample, at.best), theirs, strict=True):
            nearer = paper < training
            found.append(
                positive(
                    f"{one.parts.name}, {layer}: {what} lies "
                    f"{'nearer to' if nearer else 'farther from'} the input than the nearest "
                    "training image",
                    "Sec. 5.1; Table 1",
                    mean_of(at.nearest - ours if nearer else ours - at.nearest),
                    "a unit",
                    digits=4,
                )
            )
    return found


def accuracy_table(inverted: Sequence[Inverted]) -> str:
    """The classifiers' accuracies beside the paper's."""
    rows = []
    for one in inverted:
        accuracy, n = one.classifier.diagnostics["accuracy"], one.classifier.n
        share = Estimate(accuracy, math.sqrt(accuracy * (1 - accuracy) / n), "point", n)
        paper = ACCURACIES.get(one.parts.name)
        rows.append(
            (
                one.parts.name,
                interval_of(share).text(digits=4),
                "–" if paper is None else f"{paper:.3f}",
                one.parts.encoding.n,
                " × ".join(str(side) for side in one.parts.shape) + f", {one.parts.levels} levels",
            )
        )
    return table_of(["task", "test accuracy", "paper", "trained on", "images"], rows)


def bounds_table(one: Inverted, unit: str) -> str:
    """What each decoder says of its layer."""
    information, rows = one.information, []
    names = [*one.layers, LABEL, NOTHING]
    for name, previous in zip(names, [None, *one.layers, None], strict=False):
        estimate = information.negative_cross_entropy[name]
        bits = Estimate(
            estimate.diagnostics["bits_per_dimension"],
            estimate.diagnostics["bits_per_dimension_se"],
            "upper",
            estimate.n,
        )
        fall = "–"
        if previous is not None and name in one.layers:
            fall = in_unit(interval_of(information.difference(name, previous)), unit)
        label = one.labels.get(name)
        rows.append(
            (
                name,
                in_unit(interval_of(estimate), unit),
                interval_of(relative_bound(one, name)).text(),
                interval_of(bits).text(digits=4),
                fall,
                "–" if label is None else in_unit(interval_of(label), unit),
            )
        )
    return table_of(
        [
            "told",
            "−H(x|h) from below",
            f"relative to |{one.layers[0]}|",
            "bits per dimension",
            "after the layer before, in pairs",
            "I(y;h) from below",
        ],
        rows,
    )


def bound_or_not_table(one: Inverted, unit: str) -> str:
    """The valid bound for the label beside the difference of two models, which is none."""
    information = one.information
    bound, gain = information.information[LABEL], information.gain
    rows = [
        (
            "label: from the conditional decoder alone",
            in_unit(interval_of(bound), unit),
            f"a lower bound of I(x;y), at most H(y) = {bound.diagnostics['entropy']:.3f} nats",
        )
    ]
    rows += [
        (
            f"{name}: against the decoder told nothing",
            in_unit(interval_of(gain[name]), unit),
            "no bound: a difference of two upper bounds",
        )
        for name in (LABEL, *one.layers)
    ]
    return table_of(["what", "found", "what it is"], rows)


def distance_table(inverted: Sequence[Inverted]) -> str:
    """Table 1 beside the paper's."""
    rows = []
    for one in inverted:
        for layer, drawn in one.drawn.items():
            ours = _three(drawn.distances)
            paper = TABLE_1.get((one.parts.name, layer))
            theirs = ["–"] * 3 if paper is None else [f"{value:.3g}" for value in paper]
            rows.append((one.parts.name, layer, *ours, *theirs))
    columns = ["1NN", "IM-S", "IM-NN"]
    return table_of(["task", "layer", *columns, *(f"{name} (paper)" for name in columns)], rows)


def _three(distances: Distances) -> list[str]:
    parts = (distances.nearest, distances.sample, distances.best)
    return [f"{each.mean():.3g} ± {mean_of(each).standard_error:.1g}" for each in parts]
