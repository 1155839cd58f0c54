"""Inversion: what the layers of an image classifier keep, in nats and in pictures.

Reference:
    Nash, Kushman & Williams (2018), "Inverting Supervised Representations with Autoregressive
    Neural Density Models", section 5.1 and appendix A; Fig. 1, 2 and 5a; Table 1.
"""

from collections.abc import Sequence
from typing import Any, ClassVar

from matplotlib.figure import Figure
from pydantic import Field, field_validator

from ib_mlflow import figures
from ib_mlflow.information import classifier_information, decoder_information
from ib_mlflow.studies.configuration import CommaList
from ib_mlflow.studies.decoding.conclusion import conclude_inversion
from ib_mlflow.studies.decoding.configuration import ClassifyingConfiguration, ImageTask, presets
from ib_mlflow.studies.decoding.contexts import Label, Layer, Nothing, Told
from ib_mlflow.studies.decoding.division import Parts
from ib_mlflow.studies.decoding.fitting import (
    fit_classifier,
    fit_decoder,
    fit_head,
    fit_reconstruction,
)
from ib_mlflow.studies.decoding.samples import draw_layer, nearest_of_many, sample_grid, scaled
from ib_mlflow.studies.study import enter
from ib_mlflow.tracking import StudyRun
from projects.inversion.claims import (
    LABEL,
    NOTHING,
    Inverted,
    accuracy_table,
    bound_or_not_table,
    bounds_table,
    distance_table,
    findings_of,
    relative_bound,
)

INPUTS = 6
"""Fig. 2: inputs whose samples are compared with training images."""


class Configuration(ClassifyingConfiguration):
    """What the layers of image classifiers keep of their input, by decoders that invert them."""

    presets: ClassVar[dict[str, dict[str, Any]]] = presets(
        toy={"tasks": ("digits",), "compared": 10, "pool": 20, "classifier_updates": 20},
        quick={"tasks": ("mnist",), "compared": 100, "pool": 256, "classifier_updates": 3000},
        paper={
            "tasks": ("mnist", "fashion_mnist", "cifar10"),
            "compared": 500,
            "pool": 1024,
            "classifier_updates": 250_000,
        },
    )
    tasks: CommaList[ImageTask] = Field(
        description="of digits, mnist, fashion_mnist, cifar10, svhn; a classifier for each"
    )
    compared: int = Field(ge=2, le=10_000, description="test images of Table 1")
    pool: int = Field(ge=6, le=10_000, description="samples of which the nearest are shown")

    @field_validator("tasks")
    @classmethod
    def _once_each(cls, values: tuple[Any, ...]) -> tuple[Any, ...]:
        if len(set(values)) < len(values):
            raise ValueError("name each value once")
        return values


def run(study: StudyRun, chosen: Configuration) -> None:
    """Train the classifiers, invert every layer, and write what was found."""
    inverted: list[Inverted] = []
    drawn: dict[str, Figure] = {}
    for task in chosen.tasks:
        one, figures_of_task = invert(study, chosen.parts(task), chosen)
        inverted.append(one)
        drawn |= figures_of_task
    drawn["bounds.png"] = _bounds(inverted, chosen)
    drawn["relative_bounds.png"] = _relative_bounds(inverted)
    tables = {"The classifiers": accuracy_table(inverted)}
    for one in inverted:
        tables[f"{one.parts.name}: the layers"] = bounds_table(one, chosen.unit)
        tables[f"{one.parts.name}: what is a bound"] = bound_or_not_table(one, chosen.unit)
    tables["Table 1 of the paper: L1 distances in the layer, a unit"] = distance_table(inverted)
    conclude_inversion(
        study,
        [one.parts for one in inverted],
        title="Inverted layers of image classifiers",
        findings=[finding for one in inverted for finding in findings_of(one)],
        tables=tables,
        chosen=chosen,
        drawn=drawn,
    )


def invert(
    study: StudyRun, parts: Parts, chosen: Configuration
) -> tuple[Inverted, dict[str, Figure]]:
    """Invert the layers of a task's classifier.

    Arguments:
        study: the study's run.
        parts: the task.
        chosen: the study's parameters.

    Returns:
        What was found, and figures by file name.
    """
    trained = fit_classifier(study, parts, chosen)
    classifier: Any = trained.network
    layers = [Layer.of(classifier, name, parts.name) for name in classifier.layer_names]
    told: list[Told] = [*layers, Label(parts.encoding.c), Nothing()]
    decoders = {
        one.name: fit_decoder(study, parts, one, chosen, name=f"{parts.name} {one.name} decoder")
        for one in told
    }
    labels = parts.evaluation.labels
    terms = {name: done.results["log_probabilities"] for name, done in decoders.items()}
    information = decoder_information(
        terms, dimensions=parts.dimensions, values=labels, unconditional=terms[NOTHING]
    )
    heads, drawn = {}, {}
    for layer in layers:
        head = fit_head(study, parts, classifier, layer, chosen)
        heads[layer.name] = classifier_information(head.results["class_log_probabilities"], labels)
        mean = fit_reconstruction(study, parts, layer, chosen)
        drawn[layer.name] = draw_layer(
            study, parts, layer, decoders[layer.name], mean, chosen, compared=chosen.compared
        )
    fc3 = next(layer for layer in layers if layer.name == "FC3")
    near = nearest_of_many(
        study, parts, fc3, decoders["FC3"], chosen, pool=chosen.pool, inputs=INPUTS
    )
    grid = sample_grid(parts, drawn)
    study.log_image(figures.pixels(grid), f"samples {parts.name}", trained.best_update)
    one = Inverted(
        parts,
        [layer.name for layer in layers],
        classifier_information(trained.results["class_log_probabilities"], labels),
        information,
        heads,
        drawn,
    )
    _log_scalars(study, one)
    return one, {
        f"samples_{parts.name}.png": grid,
        f"nearest_{parts.name}.png": figures.image_grid(
            {title: scaled(images, parts) for title, images in near.items()}
        ),
    }


def _log_scalars(study: StudyRun, one: Inverted) -> None:
    name, information = one.parts.name, one.information
    found = {f"summary/test_accuracy.{name}": one.classifier.diagnostics["accuracy"]}
    for told, estimate in information.negative_cross_entropy.items():
        found[f"summary/negative_cross_entropy_nats.{name}/{told}"] = estimate.value
        found[f"summary/negative_cross_entropy_se_nats.{name}/{told}"] = estimate.standard_error
    for layer, estimate in one.labels.items():
        found[f"summary/i_y_nats.{name}/{layer}"] = estimate.value
    found[f"summary/i_x_nats.{name}/{LABEL}"] = information.information[LABEL].value
    study.log_metrics(found)


def _bounds(inverted: Sequence[Inverted], chosen: Configuration) -> Figure:
    """The bounds of each task, with that of the decoder told nothing as a level."""
    bounds, levels = {}, {}
    for one in inverted:
        found = one.information.negative_cross_entropy
        bounds[one.parts.name] = {
            layer: (found[layer].value, found[layer].standard_error) for layer in one.layers
        }
        levels[one.parts.name] = found[NOTHING].value
    return figures.layer_bounds(
        bounds,
        label="−H(x|h) from below",
        unit=chosen.unit,
        level="told nothing",
        levels=levels,
    )


def _relative_bounds(inverted: Sequence[Inverted]) -> Figure:
    """Fig. 5a."""
    bounds = {}
    for one in inverted:
        ratios = {layer: relative_bound(one, layer) for layer in one.layers}
        bounds[one.parts.name] = {
            layer: (ratio.value, ratio.standard_error) for layer, ratio in ratios.items()
        }
    first = inverted[0].layers[0]
    return figures.relative_bounds(bounds, label=f"−H(x|h) from below / |{first}|")


if __name__ == "__main__":
    enter("inversion", Configuration, run)
