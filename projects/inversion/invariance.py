"""Invariance: what three architectures keep of a digit that was moved, turned and sheared.

Reference:
    Nash, Kushman & Williams (2018), "Inverting Supervised Representations with Autoregressive
    Neural Density Models", section 5.2 and appendix A; Fig. 4.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from pydantic import Field

from ib_mlflow import figures
from ib_mlflow.information import DecoderInformation, Estimate, decoder_information
from ib_mlflow.networks.images.classifiers import Architecture
from ib_mlflow.studies.decoding.conclusion import conclude_inversion
from ib_mlflow.studies.decoding.configuration import ClassifyingConfiguration, presets
from ib_mlflow.studies.decoding.contexts import Layer, Nothing
from ib_mlflow.studies.decoding.fitting import fit_classifier, fit_decoder, fit_reconstruction
from ib_mlflow.studies.decoding.samples import Drawn, draw_layer, sample_grid
from ib_mlflow.studies.judging.claims import in_unit
from ib_mlflow.studies.judging.verdicts import Finding, interval_of, positive
from ib_mlflow.studies.reporting.report import table_of
from ib_mlflow.studies.study import enter
from ib_mlflow.tracking import StudyRun
from projects.inversion.claims import NOTHING, mean_of

LAYER = "FC3"
ARCHITECTURES: dict[Architecture, str] = {
    "fully_connected": "fully connected",
    "convolutional": "convolutional",
    "global_max": "global pooling",
}
PAPER = {
    "fully_connected": (0.950, -715.17),
    "convolutional": (0.987, -699.55),
    "global_max": (0.989, -704.01),
}
"""Test accuracy, and E[ln q(x|h)] in nats."""


class Configuration(ClassifyingConfiguration):
    """What three architectures keep of digits under random affine maps."""

    presets: ClassVar[dict[str, dict[str, Any]]] = presets(
        toy={"task": "affine_digits", "compared": 8, "classifier_updates": 20},
        quick={
            "task": "affine_mnist",
            "compared": 64,
            "classifier_updates": 4000,
            "decoder_updates": 800,
            "evaluated": 1500,
        },
        paper={"task": "affine_mnist", "compared": 500, "classifier_updates": 250_000},
    )
    task: Literal["affine_mnist", "affine_digits"] = Field(
        description="affine_mnist, or affine_digits, which needs no files"
    )
    compared: int = Field(ge=2, le=10_000, description="test images whose samples are measured")


@dataclass(frozen=True)
class Compared:
    """What was found of one architecture.

    Arguments:
        right: (n,) whether each test image was classified rightly.
        drawn: from FC3.
    """

    right: NDArray[np.bool_]
    drawn: Drawn


def run(study: StudyRun, chosen: Configuration) -> None:
    """Train the three classifiers, invert their FC3, and compare what it keeps."""
    parts = chosen.parts(chosen.task)
    found: dict[Architecture, Compared] = {}
    terms = {}
    for architecture, words in ARCHITECTURES.items():
        trained = fit_classifier(study, parts, chosen, architecture)
        classifier: Any = trained.network
        layer = Layer.of(classifier, LAYER, f"{parts.name} {words}")
        decoder = fit_decoder(study, parts, layer, chosen, name=f"{layer.subject} {LAYER} decoder")
        terms[words] = decoder.results["log_probabilities"]
        mean = fit_reconstruction(study, parts, layer, chosen)
        guessed = trained.results["class_log_probabilities"].argmax(axis=1)
        found[architecture] = Compared(
            guessed == parts.evaluation.labels,
            draw_layer(study, parts, layer, decoder, mean, chosen, compared=chosen.compared),
        )
    nothing = fit_decoder(study, parts, Nothing(), chosen, name=f"{parts.name} {NOTHING} decoder")
    blind = nothing.results["log_probabilities"]
    information = decoder_information(terms, dimensions=parts.dimensions, unconditional=blind)
    grid = sample_grid(parts, {ARCHITECTURES[name]: one.drawn for name, one in found.items()})
    study.log_image(figures.pixels(grid), "samples", chosen.classifier_updates)
    study.log_metrics(_scalars(found, information))
    conclude_inversion(
        study,
        [parts],
        title="Invariance of three architectures",
        findings=_findings(found, information),
        tables={"FC3 of the architectures": _table(found, information, chosen.unit)},
        chosen=chosen,
        drawn={
            "samples.png": grid,
            "bounds.png": _bounds(parts.name, information, float(blind.mean()), chosen.unit),
        },
        remarks=[
            "Affine MNIST is made here from MNIST by the rule that affNIST states, one map of each "
            "digit; affNIST has 32 of each, and its images are others.",
            "How far a sample has moved is the distance of its centre of ink from the input's, in "
            "pixels: what the paper shows in Fig. 4 as a number.",
        ],
    )


def _findings(
    found: Mapping[Architecture, Compared], information: DecoderInformation
) -> list[Finding]:
    """Judge the claims of section 5.2, in pairs over test images."""
    dense, plain, pooled = (found[name] for name in ARCHITECTURES)

    def better(one: Compared, other: Compared) -> Estimate:
        return mean_of(one.right.astype(np.float64) - other.right)

    return [
        positive(
            "Global pooling classifies more digits rightly than no pooling",
            "Sec. 5.2",
            better(pooled, plain),
            "of the digits",
            digits=4,
        ),
        positive(
            "Convolutions classify more digits rightly than fully connected layers",
            "Sec. 5.2",
            better(plain, dense),
            "of the digits",
            digits=4,
        ),
        positive(
            "FC3 keeps more of the image without global pooling than with it",
            "Sec. 5.2: 4.5 nats",
            information.difference("convolutional", "global pooling"),
            "nats",
            note="Difference of two lower bounds, in pairs; no bound itself.",
        ),
        positive(
            "FC3 keeps more of the image in either convolutional network than in the fully "
            "connected one",
            "Sec. 5.2: 11.2 nats",
            information.difference("global pooling", "fully connected"),
            "nats",
            note="The smaller of the two differences, in pairs; no bound itself.",
        ),
        positive(
            "With global pooling samples have lost the place of the digit",
            "Sec. 5.2; Fig. 4",
            mean_of(pooled.drawn.moved - plain.drawn.moved),
            "pixels",
            note="How much farther they have moved than without it, in pairs.",
        ),
    ]


def _table(
    found: Mapping[Architecture, Compared], information: DecoderInformation, unit: str
) -> str:
    rows = []
    for name, words in ARCHITECTURES.items():
        one, bound = found[name], information.negative_cross_entropy[words]
        accuracy, nats = PAPER[name]
        rows.append(
            (
                words,
                interval_of(mean_of(one.right.astype(np.float64))).text(digits=4),
                f"{accuracy:.3f}",
                in_unit(interval_of(bound), unit),
                f"{nats:.2f} nats",
                f"{bound.diagnostics['bits_per_dimension']:.4f}",
                in_unit(interval_of(information.gain[words]), unit),
                interval_of(mean_of(one.drawn.moved)).text(digits=2),
            )
        )
    return table_of(
        [
            "architecture",
            "test accuracy",
            "paper",
            "−H(x|FC3) from below",
            "paper",
            "bits per dimension",
            "against a decoder told nothing, no bound",
            "samples have moved [pixels]",
        ],
        rows,
    )


def _scalars(
    found: Mapping[Architecture, Compared], information: DecoderInformation
) -> dict[str, float]:
    scalars = {}
    for name, words in ARCHITECTURES.items():
        bound = information.negative_cross_entropy[words]
        scalars[f"summary/test_accuracy.{name}"] = float(found[name].right.mean())
        scalars[f"summary/negative_cross_entropy_nats.{name}"] = bound.value
        scalars[f"summary/negative_cross_entropy_se_nats.{name}"] = bound.standard_error
        scalars[f"summary/moved_pixels.{name}"] = float(found[name].drawn.moved.mean())
    return scalars


def _bounds(task: str, information: DecoderInformation, nothing: float, unit: str) -> Figure:
    bounds = {
        words: (estimate.value, estimate.standard_error)
        for words, estimate in information.negative_cross_entropy.items()
    }
    return figures.layer_bounds(
        {task: bounds},
        label="−H(x|FC3) from below",
        unit=unit,
        level="told nothing",
        levels={task: nothing},
    )


if __name__ == "__main__":
    enter("invariance", Configuration, run)
