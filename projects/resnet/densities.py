"""A model of images without context: an upper bound of H(x), and what it draws.

Reference:
    "What Information Does a ResNet Compress", ICLR 2019 submission, appendix F; Fig. 10, 11.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ib_mlflow import figures
from ib_mlflow.data import Dataset, head
from ib_mlflow.information import Estimate
from ib_mlflow.networks.pixelcnn import PixelCNN
from ib_mlflow.studies.decoding.contexts import NoContext
from ib_mlflow.studies.decoding.decoded import scaled
from ib_mlflow.studies.decoding.division import Parts
from ib_mlflow.studies.decoding.evidence import fewer_images
from ib_mlflow.studies.decoding.fitting import LOG_PROBABILITIES, DecoderFit
from ib_mlflow.studies.decoding.terms import mean_of
from ib_mlflow.studies.reporting.evidence import Evidence
from ib_mlflow.studies.running.fits import (
    Arrays,
    FittedNetwork,
    digest_of,
    run_computation,
    run_fit,
)
from ib_mlflow.studies.running.runner import Runner
from ib_mlflow.tracking import ChildSpec, StudyRun
from ib_mlflow.training.fitting import has_converged, has_diverged
from .configuration import DensityConfiguration

ROWS, COLUMNS = 4, 8
"""Of the samples that are shown."""


@dataclass(frozen=True, eq=False)
class Density:
    """A model of the images, of one size.

    Arguments:
        size: filters.
        terms: (n,) -ln q(x) in nats, by part.
        fitted: the model.
        samples: (rows, columns, channels, h, w).
    """

    size: int
    terms: Mapping[str, NDArray[np.float64]]
    fitted: FittedNetwork[PixelCNN]
    samples: NDArray[np.uint8]

    @property
    def name(self) -> str:
        """What it is called."""
        return f"{self.size} filters"

    def bound(self, part: str) -> Estimate:
        """The mean of -ln q(x) in nats over the images of a part.

        It bounds H(x) from above where the part was not learnt.
        """
        return mean_of(self.terms[part])


@dataclass(frozen=True, eq=False)
class Densities:
    """Models of all sizes.

    Arguments:
        configuration: the study's parameters.
        parts: the images.
        models: ascending by size.
    """

    configuration: DensityConfiguration
    parts: Parts
    models: tuple[Density, ...]

    @property
    def evidence(self) -> Evidence:
        """What the conclusion rests on."""
        scalars = {}
        for model in self.models:
            for part in model.terms:
                value = model.bound(part).value
                scalars[f"summary/cross_entropy_nats.{model.size}/{part}"] = value
        least = self.configuration.least_fall_nats
        unfinished = sum(not has_converged(model.fitted.losses, least) for model in self.models)
        diverged = [each.name for each in self.models if has_diverged(each.fitted.losses, least)]
        return Evidence(
            summary=f"{len(self.models)} models of {self.parts.name} without context were fitted",
            over="images",
            datasets=list(self.parts.datasets),
            metrics=scalars,
            remarks=[
                *fewer_images(self.parts, self.configuration),
                "As in the paper the encoding part is learnt, and not the decoding part that "
                "conditional decoders learn.",
                f"{unfinished} of {len(self.models)} models have NOT converged within their "
                "updates."
                if unfinished
                else "All models have converged.",
                *([f"DIVERGED: {', '.join(diverged)}."] if diverged else []),
            ],
        )


def read_densities(runner: Runner, configuration: DensityConfiguration, parts: Parts) -> Densities:
    """Fit models of all sizes to the encoding part.

    Arguments:
        runner: where it is computed.
        configuration: the study's parameters.
        parts: the images.
    """
    sizes = tuple(sorted(configuration.sizes))
    fits = {size: density_fit(configuration, parts, size) for size in sizes}
    fitted = runner.spread_by_name(run_fit, fits)
    rows = runner.spread_by_name(
        evaluate_density, {size: _Evaluation(fits[size], fitted[size], parts) for size in sizes}
    )
    models = tuple(
        Density(
            size,
            {
                "encoding": -rows[size]["encoding"],
                "decoding": -rows[size]["decoding"],
                "evaluation": -fitted[size].results[LOG_PROBABILITIES],
            },
            fitted[size],
            rows[size]["samples"],
        )
        for size in sizes
    )
    grid = figures.pixels(sample_figure(parts, models[-1]))
    runner.study.log_image(grid, "samples", fitted[sizes[-1]].best_update)
    return Densities(configuration, parts, models)


def density_fit(configuration: DensityConfiguration, parts: Parts, size: int) -> DecoderFit:
    """A model of a size, which learns the encoding part."""
    return DecoderFit(
        name=f"{parts.name} without context, {size} filters",
        parts=replace(configuration.held_out(parts), decoding=parts.encoding),
        context=NoContext(),
        configuration=configuration.decoding(size, configuration.seed),
        plan=configuration.density_plan(),
    )


@dataclass(frozen=True, eq=False)
class _Evaluation:
    """A model whose likelihoods and samples are wanted.

    Arguments:
        fit: what was fitted.
        fitted: the model.
        parts: the images.
    """

    fit: DecoderFit
    fitted: FittedNetwork[PixelCNN]
    parts: Parts


def evaluate_density(study: StudyRun, evaluation: _Evaluation) -> Arrays:
    """What a model says of images of the other parts, and what it draws, in a child run."""
    fit, model, parts = evaluation.fit, evaluation.fitted.network, evaluation.parts
    n = parts.evaluation.n
    seed = fit.configuration.seed

    def compute() -> Arrays:
        samples = model.sample(ROWS * COLUMNS, seed=seed).cpu().numpy()
        return {
            "encoding": fit.context.log_probabilities(model, _first(parts.encoding, n)),
            "decoding": fit.context.log_probabilities(model, _first(parts.decoding, n)),
            "samples": samples.reshape(ROWS, COLUMNS, *parts.shape),
        }

    identity = {
        "model": digest_of(model),
        "encoding": parts.encoding.digest,
        "decoding": parts.decoding.digest,
        "images": n,
        "seed": seed,
        "device": model.device.type,
    }
    spec = ChildSpec(f"{fit.name}, other parts", {"task": parts.name, "images": n}, identity)
    return run_computation(study, spec, compute)


def _first(part: Dataset, n: int) -> Dataset:
    return head(part, min(n, part.n))


def sample_figure(parts: Parts, model: Density) -> Figure:
    """What a model draws."""
    title = f"samples without context, {model.name}"
    return figures.image_grid({title: scaled(model.samples, parts)})
