"""The figures of the minimal examples.

Reference:
    Goldfeld et al. (2018), arXiv:1810.05728, Fig. 4; supplement, Fig. 9.
"""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from ib_mlflow import figures
from ib_mlflow.studies.reporting.headings import FIRST
from ib_mlflow.studies.reporting.report import file_name
from ib_mlflow.units import scale_of
from .examples import NAMES, MinimalExamples
from .neuron_claims import LEVELS
from .training import TrainedChain

NEURON_EPOCHS = (250, 2500)
"""The epochs of the densities in Fig. 4a."""


def draw(readings: MinimalExamples) -> dict[str, Figure]:
    """Draw the densities, the motion of the Gaussians, and the information of both examples.

    Arguments:
        readings: of both examples.

    Returns:
        The figures by their file names.
    """
    neuron, pair, unit = readings.neuron, readings.pair, readings.configuration.unit
    marked = [epoch for epoch in NEURON_EPOCHS if epoch in neuron.trajectory.epochs]
    return {
        f"densities_{file_name(neuron.name)}.png": _densities(neuron, marked),
        "information_by_weight.png": _by_weight(readings),
        f"weights_{file_name(pair.name)}.png": _parameters(pair),
        f"motion_{file_name(neuron.name)}.png": _motion(neuron),
        f"motion_{file_name(pair.name)}.png": _motion(pair),
        f"information_{file_name(neuron.name)}.png": figures.estimator_curves(
            neuron.trajectory, names=NAMES, unit=unit, levels=LEVELS, marked=marked
        ),
        f"information_{file_name(pair.name)}.png": figures.estimator_curves(
            pair.trajectory, names=NAMES, unit=unit, levels={"ln 8": float(np.log(8))}
        ),
    }


def _densities(neuron: TrainedChain, epochs: Sequence[int]) -> Figure:
    """Of the first network, at the paper's epochs or else at the end."""
    centres = {
        epoch: neuron.chain.centres(neuron.weights_at(epoch))[1][0]
        for epoch in epochs or neuron.trajectory.epochs[-1:]
    }
    chain = neuron.chain
    drawing = figures.mixture_densities(
        centres, chain.labels, beta=chain.beta, classes=chain.classes
    )
    return figures.entitle(drawing, _of(neuron))


def _by_weight(readings: MinimalExamples) -> Figure:
    unit, scale = readings.configuration.unit, scale_of(readings.configuration.unit)
    sweep = readings.by_weight
    return figures.family_curves(
        sweep.weights,
        {f"β = {beta:g}": curve * scale for beta, curve in sweep.curves.items()},
        x_label="weight w, with the bias −2w",
        label=f"I(X;T) [{unit}]",
        levels={name: level * scale for name, level in LEVELS.items()},
    )


def _parameters(pair: TrainedChain) -> Figure:
    """Of the first network, over the epochs."""
    curves = {
        f"{name}{layer}": of(layer)[0]
        for layer in pair.chain.layers
        for name, of in (("w", pair.w), ("b", pair.b))
    }
    return figures.entitle(figures.family_curves(pair.epochs, curves, label="parameter"), _of(pair))


def _motion(trained: TrainedChain) -> Figure:
    """Of the Gaussians of the first network."""
    chain = trained.chain
    drawing = figures.centre_motion(
        {f"layer {layer}": centres[0] for layer, centres in trained.centres.items()},
        chain.labels,
        epochs=trained.trajectory.epochs,
        beta=chain.beta,
        classes=chain.classes,
    )
    return figures.entitle(drawing, _of(trained))


def _of(trained: TrainedChain) -> str:
    return f"{trained.name} · β {trained.chain.beta:g} · {FIRST}"
