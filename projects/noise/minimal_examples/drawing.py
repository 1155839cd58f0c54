"""The figures of the minimal examples.

Reference:
    Goldfeld et al. (2018), arXiv:1810.05728, Fig. 4; supplement, Fig. 9.
"""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from ib_mlflow import figures
from ib_mlflow.studies.judging.claims import scale_of
from ib_mlflow.studies.reporting.report import file_name
from projects.noise.minimal_examples.chains import Numbers
from projects.noise.minimal_examples.claims import LEVELS
from projects.noise.minimal_examples.information import EXACT, LOWER, UPPER
from projects.noise.minimal_examples.training import Followed

NEURON_EPOCHS = (250, 2500)
"""The epochs of the densities in Fig. 4a."""
WEIGHTS = np.linspace(0.0, 6.0, 241)
"""The weights of Fig. 4d, with the bias −2w."""
NAMES = {
    EXACT: "exact, by quadrature",
    "sp": "sample propagation",
    LOWER: "pairwise bound, below",
    UPPER: "pairwise bound, above",
}


def example_figures(
    neuron: Followed, pair: Followed, by_weight: Mapping[float, Numbers], *, unit: str
) -> dict[str, Figure]:
    """Draw the densities, the motion of the Gaussians, and the information of both examples.

    Arguments:
        neuron: the tanh neuron.
        pair: the two leaky-ReLU neurons.
        by_weight: by β the exact I(X;T) of the neuron over `WEIGHTS`, (t,) nats.
        unit: "nats" or "bits".

    Returns:
        The figures by their file names.
    """
    marked = [epoch for epoch in NEURON_EPOCHS if epoch in neuron.trajectory.epochs]
    moments = {
        epoch: neuron.chain.centres(neuron.recording.state(epoch)["weights"].numpy())[0][0]
        for epoch in marked or neuron.trajectory.epochs[-1:]
    }
    scale = scale_of(unit)
    drawn = {
        f"densities_{file_name(neuron.chain.name)}.png": figures.mixture_densities(
            moments, neuron.chain.labels, beta=neuron.chain.beta, classes=neuron.chain.classes
        ),
        "information_by_weight.png": figures.family_curves(
            WEIGHTS,
            {f"β = {beta:g}": curve * scale for beta, curve in by_weight.items()},
            x_label="weight w, with the bias −2w",
            label=f"I(X;T) [{unit}]",
            levels={name: level * scale for name, level in LEVELS.items()},
        ),
        f"weights_{file_name(pair.chain.name)}.png": figures.family_curves(
            pair.epochs,
            {
                f"{name}{layer + 1}": pair.weights[:, 0, layer, part]
                for layer in (0, 1)
                for part, name in enumerate("wb")
            },
            label="parameter",
        ),
    }
    for one, levels in ((neuron, LEVELS), (pair, {"ln 8": float(np.log(8))})):
        name = file_name(one.chain.name)
        layers = one.chain.centres(one.weights[:, 0])
        drawn[f"motion_{name}.png"] = figures.centre_motion(
            {f"layer {number}": path for number, path in enumerate(layers, start=1)},
            one.chain.labels,
            epochs=one.trajectory.epochs,
            beta=one.chain.beta,
            classes=one.chain.classes,
        )
        drawn[f"information_{name}.png"] = figures.estimator_curves(
            one.trajectory,
            names=NAMES,
            unit=unit,
            levels=levels,
            marked=marked if one is neuron else (),
        )
    return drawn
