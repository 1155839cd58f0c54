"""What decoders draw from layers of classifiers over training, and what of it the eye sees.

Reference:
    "What Information Does a ResNet Compress", ICLR 2019 submission, section 6.2; Fig. 1, 4, 5, 7.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ib_mlflow import figures
from ib_mlflow.information import Estimate
from ib_mlflow.studies.decoding.decoded import scaled
from ib_mlflow.studies.decoding.division import Parts
from ib_mlflow.studies.decoding.evidence import fewer_images
from ib_mlflow.studies.decoding.inverse import inverse_curve
from ib_mlflow.studies.reporting.evidence import Evidence
from ib_mlflow.studies.running.fits import run_fit
from ib_mlflow.studies.running.runner import Runner
from .decoded import SamplesConfiguration
from .draws import NUMBERS, LayerDraw, draw_samples, judge_accuracy, judge_fit
from .encoders import encoder_reduction, train_encoders
from .images import converged_of
from .places import Place
from .way import ChosenWay, choose_way, inversions_of


@dataclass(frozen=True, eq=False)
class Draws:
    """What was drawn from the layers of all networks.

    Arguments:
        configuration: the study's parameters.
        parts: the images.
        numbers: by layer and number, (e, t, n) of n images.
        shown: by layer and epoch, (rows, count, channels, h, w) samples of the first network.
        judged: share of test images that the judge names rightly, none of which it has learnt.
        converged: by layer how many of its decoders have, and of how many.
        chosen: the way of the decoders, and its price.
    """

    configuration: SamplesConfiguration
    parts: Parts
    numbers: Mapping[tuple[str, str], NDArray[np.float64]]
    shown: Mapping[tuple[str, int], NDArray[np.uint8]]
    judged: Estimate
    converged: Mapping[str, tuple[int, int]]
    chosen: ChosenWay

    @property
    def of_layers(self) -> list["LayerDraws"]:
        """Every layer that was drawn from."""
        return [LayerDraws(name, self) for name in self.configuration.layers]

    @property
    def inputs(self) -> NDArray[np.uint8]:
        """The images that are shown, (rows, channels, h, w)."""
        return self.parts.evaluation.inputs[: self.configuration.shown]

    @property
    def scalars(self) -> Iterator[tuple[str, float]]:
        """Means at the last epoch, for MLflow's comparison pages."""
        yield "summary/judge_accuracy", self.judged.value
        for (layer, number), values in self.numbers.items():
            yield f"summary/{number}.{layer}", float(values[:, -1].mean())

    @property
    def _on_convergence(self) -> str:
        """How many decoders are at their end."""
        converged = sum(of for of, _ in self.converged.values())
        total = sum(of for _, of in self.converged.values())
        if converged == total:
            return f"All {total} decoders have converged."
        return (
            f"{total - converged} of {total} decoders have NOT converged within their updates, "
            "and what they draw is not judged."
        )

    @property
    def evidence(self) -> Evidence:
        """What the conclusion rests on."""
        configuration = self.configuration
        compared = len(next(iter(self.numbers.values()))[0, 0])
        return Evidence(
            summary=f"{configuration.samples} samples of {compared} images of "
            f"{self.parts.name} were drawn from {len(configuration.layers)} layers of "
            f"{configuration.encoders} classifiers at {len(configuration.sampled)} epochs",
            over="networks and test images",
            datasets=list(self.parts.datasets),
            metrics=dict(self.scalars),
            remarks=[
                *encoder_reduction(self.parts, configuration),
                *fewer_images(self.parts, configuration),
                self._on_convergence,
                *self.chosen.remarks(configuration.unit),
                "The class of samples is named by another network, of other weights and another "
                "architecture, which learnt images of the test part: none that a network under "
                "study or a decoder has learnt, and none that anything is drawn for. It names "
                f"{self.judged.value:.1%} ± {self.judged.standard_error:.1%} of {self.judged.n} "
                "others rightly; how it errs on samples, which are not like what it learnt, is "
                "not known.",
            ],
        )


@dataclass(frozen=True, eq=False)
class LayerDraws:
    """One layer of them.

    Arguments:
        name: the layer.
        draws: of all layers.
    """

    name: str
    draws: Draws

    def values(self, number: str) -> NDArray[np.float64]:
        """One of `NUMBERS` of every network, epoch and image, (e, t, n)."""
        return self.draws.numbers[self.name, number]

    @property
    def converged(self) -> tuple[int, int]:
        """How many of its decoders have, and of how many."""
        return self.draws.converged[self.name]

    @property
    def cheap(self) -> bool:
        """Whether the way of its decoders costs little, which is known of their nats."""
        return self.draws.chosen.cheap(self.name)

    def place(self, epoch: int) -> int:
        """Which of the epochs that were drawn at it is, from 0."""
        return self.draws.configuration.sampled.index(epoch)


def read_draws(runner: Runner, configuration: SamplesConfiguration, parts: Parts) -> Draws:
    """Draw from the layers of all networks at all epochs, and log the grids.

    Arguments:
        runner: where it is computed.
        configuration: the study's parameters.
        parts: the images.
    """
    encoders = train_encoders(runner, configuration, parts, "classifier")
    chosen, size = choose_way(runner, configuration, parts, encoders), max(configuration.sizes)
    inversions = inversions_of(configuration, parts, encoders, chosen.way, (size,))
    curves = runner.spread_by_name(inverse_curve, inversions)
    fit = judge_fit(configuration, parts)
    judge = run_fit(runner.study, fit)
    draws = runner.spread_by_name(
        draw_samples,
        {
            (place, epoch): LayerDraw(
                curves[place],
                parts,
                epoch,
                min(configuration.compared, parts.evaluation.n),
                configuration.samples,
                judge.network,
            )
            for place in curves
            for epoch in configuration.sampled
        },
    )
    shown = {
        (place.layer, epoch): drawn["samples"][: configuration.shown]
        for (place, epoch), drawn in draws.items()
        if place.seed == configuration.seed
    }
    _log_grids(runner, configuration, parts, shown)
    numbers = {
        (layer, number): np.array(
            [
                [draws[Place(seed, layer, size), epoch][number] for epoch in configuration.sampled]
                for seed in configuration.seeds
            ]
        )
        for layer in configuration.layers
        for number in NUMBERS
    }
    converged = {layer: converged_of(curves, layer) for layer in configuration.layers}
    judged = judge_accuracy(judge, fit.parts)
    return Draws(configuration, parts, numbers, shown, judged, converged, chosen)


def _log_grids(
    runner: Runner,
    configuration: SamplesConfiguration,
    parts: Parts,
    shown: Mapping[tuple[str, int], NDArray[np.uint8]],
) -> None:
    """A grid for each layer and epoch, under MLflow's slider."""
    inputs = parts.evaluation.inputs[: configuration.shown, None]
    for (layer, epoch), samples in shown.items():
        grid = figures.image_grid(
            {"input": scaled(inputs, parts), f"{layer}, epoch {epoch}": scaled(samples, parts)}
        )
        runner.study.log_image(figures.pixels(grid), f"samples {layer}", epoch)
