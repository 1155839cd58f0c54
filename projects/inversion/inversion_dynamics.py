"""Dynamics of inversion: what the layers of a classifier keep while it learns.

Reference:
    Nash, Kushman & Williams (2018), "Inverting Supervised Representations with Autoregressive
    Neural Density Models", section 5.3; Fig. 5b.
"""

import difflib
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, ClassVar

from pydantic import Field, field_validator

from ib_mlflow import figures
from ib_mlflow.information import decoder_information
from ib_mlflow.studies.configuration import CommaList
from ib_mlflow.studies.decoding.conclusion import conclude_inversion
from ib_mlflow.studies.decoding.configuration import ImageTask, InversionConfiguration, presets
from ib_mlflow.studies.decoding.contexts import Layer
from ib_mlflow.studies.decoding.division import Parts
from ib_mlflow.studies.decoding.fitting import drawn, fit_decoder, fit_reconstruction, reconstructed
from ib_mlflow.studies.decoding.samples import BESIDE, SHOWN, scaled
from ib_mlflow.studies.decoding.stages import NORMAL, moments_of
from ib_mlflow.studies.running.fits import Done
from ib_mlflow.studies.study import enter
from ib_mlflow.tracking import StudyRun
from projects.inversion.dynamics_claims import NETWORKS, WARM, Course, Key, name_of

LAYERS = ("CONV1", "CONV2", "FC3", "LOGITS")
WARM_SHARE = 0.5
"""Share of the updates that a decoder with a warm start takes at most."""


class Configuration(InversionConfiguration):
    """What layers keep of the image after 0, 10², … updates, of a normal and an overfitted net."""

    presets: ClassVar[dict[str, dict[str, Any]]] = presets(
        toy={"task": "digits", "moments": (0, 10, 20), "layers": ("FC3",)},
        quick={
            "task": "mnist",
            "moments": (0, 100, 1000, 10_000),
            "layers": ("FC3",),
            "decoder_updates": 800,
            "evaluated": 1500,
        },
        paper={
            "task": "mnist",
            "moments": (0, 100, 1000, 10_000, 100_000),
            "layers": LAYERS,
        },
    )
    task: ImageTask = Field(description="digits, mnist, fashion_mnist, cifar10 or svhn")
    moments: CommaList[Annotated[int, Field(ge=0)]] = Field(
        description="updates of the classifiers after which their layers are inverted; 0 is before"
    )
    layers: CommaList[str] = Field(description=f"of {', '.join(LAYERS)}")

    @field_validator("moments")
    @classmethod
    def _ascending(cls, values: tuple[int, ...]) -> tuple[int, ...]:
        if list(values) != sorted(set(values)) or len(values) < 2:
            raise ValueError("name two moments or more, each once, in order")
        return values

    @field_validator("layers")
    @classmethod
    def _known(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        for value in values:
            if value not in LAYERS:
                (near,) = difflib.get_close_matches(value.upper(), LAYERS, n=1, cutoff=0.0)
                raise ValueError(f"no layer is called {value}; did you mean {near}?")
        if len(set(values)) < len(values):
            raise ValueError("name each layer once")
        return values


def run(study: StudyRun, chosen: Configuration) -> None:
    """Train both classifiers, invert their layers at every moment, and compare."""
    parts = chosen.parts(chosen.task)
    layers: dict[Key, Layer] = {}
    accuracies: dict[tuple[str, int], float] = {}
    for network in NETWORKS:
        moments = moments_of(study, parts, network, chosen.moments, chosen)
        for moment, (classifier, accuracy) in moments.items():
            accuracies[network, moment] = accuracy
            for name in chosen.layers:
                subject = f"{parts.name} {network}, {moment} updates,"
                layers[network, name, moment] = Layer.of(classifier, name, subject)
    decoders = {
        key: fit_decoder(study, parts, layer, chosen, name=f"{layer.subject} {layer.name} decoder")
        for key, layer in layers.items()
    }
    warm = _warm_decoders(study, parts, layers, decoders, chosen)
    terms = {name_of(key): done.results["log_probabilities"] for key, done in decoders.items()}
    terms |= {
        f"{WARM} {name_of(key)}": done.results["log_probabilities"] for key, done in warm.items()
    }
    information = decoder_information(terms, dimensions=parts.dimensions)
    course = Course(information, accuracies, chosen.layers, chosen.moments)
    # There are many of them, and they are only looked at: batches no larger than the decoders'.
    plan = replace(chosen.helper_plan(), batch_size=chosen.decoder_batch)
    for key, layer in layers.items():
        mean = fit_reconstruction(study, parts, layer, chosen, plan=plan)
        _log_samples(study, parts, key, layer, decoders[key], mean, chosen)
    study.log_metrics(course.scalars())
    conclude_inversion(
        study,
        [parts],
        title="What layers keep while a classifier learns",
        findings=course.findings(),
        tables={
            "The layers (Fig. 5b of the paper)": course.table(chosen.unit),
            "A warm start against training from scratch": course.warm_table(
                decoders, warm, chosen.unit
            ),
        },
        chosen=chosen,
        drawn={"bounds_over_training.png": course.curves(chosen.unit)},
        remarks=[
            "The paper draws these curves and prints no number of them.",
            "The rise is that of the highest moment after the first above the first, the fall that "
            "of the highest before the last above the last. Which moment is the highest for one "
            "half of the images is decided on the other half, so that the choice flatters neither; "
            "a curve that only rises, or only falls, disagrees with one of the claims.",
            "With a warm start a decoder begins with the weights of the moment before and takes at "
            f"most {WARM_SHARE:g} of the updates, with as many evaluations and the same patience; "
            "its difference from the decoder from scratch is the price, image by image. What it "
            "saves is measured by the held-out loss: the updates until that is as small as the "
            "best one from scratch, beside the updates that this one took.",
        ],
    )


def _warm_decoders(
    study: StudyRun,
    parts: Parts,
    layers: Mapping[Key, Layer],
    decoders: Mapping[Key, Done],
    chosen: Configuration,
) -> dict[Key, Done]:
    """Decoders of the normal network's last layer that start from those of the moment before."""
    plan = chosen.decoder_plan()
    plan = replace(
        plan,
        updates=max(1, round(WARM_SHARE * plan.updates)),
        evaluate=tuple(sorted({max(1, round(WARM_SHARE * each)) for each in plan.evaluations[1:]})),
    )
    found: dict[Key, Done] = {}
    before = decoders[NORMAL, chosen.layers[-1], chosen.moments[0]]
    for moment in chosen.moments[1:]:
        key = NORMAL, chosen.layers[-1], moment
        layer = layers[key]
        name = f"{layer.subject} {layer.name} decoder, {WARM}"
        found[key] = fit_decoder(study, parts, layer, chosen, name=name, plan=plan, start=before)
        before = found[key]
    return found


def _log_samples(
    study: StudyRun,
    parts: Parts,
    key: Key,
    layer: Layer,
    decoder: Done,
    mean: Done,
    chosen: Configuration,
) -> None:
    """Inputs, what is drawn from a layer at one moment, and its mean, under MLflow's slider."""
    network, name, moment = key
    inputs = parts.evaluation.inputs[:SHOWN]
    samples = drawn(decoder, layer, inputs, BESIDE, seed=chosen.seed)
    grid = figures.image_grid(
        {
            "input": scaled(inputs[:, None], parts),
            f"{name}, {moment} updates": scaled(samples, parts),
            f"{name} MSE": reconstructed(mean, layer, inputs)[:, None],
        }
    )
    study.log_image(figures.pixels(grid), f"samples {network} {name}", moment)


if __name__ == "__main__":
    enter("inversion_dynamics", Configuration, run)
