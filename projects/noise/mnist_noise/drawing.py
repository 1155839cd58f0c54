"""The figures of the study of the MNIST CNN."""

import numpy as np
from matplotlib.figure import Figure

from ib_mlflow import figures
from ib_mlflow.studies.reporting.headings import FIRST
from ib_mlflow.units import scale_of
from .networks import DROPOUT
from .readings import Versions


def draw(readings: Versions) -> dict[str, Figure]:
    """Fig. 3, the slopes of section 5, Fig. 8 and Fig. 7."""
    dynamics, unit = readings.dynamics, readings.configuration.unit
    slopes = dynamics.slopes[dynamics.slopes["member"] == dynamics.slopes["member"].min()]
    settings = slopes["bin_size"].map(lambda size: f"bin size {size:g}")
    return {
        "similarities.png": figures.similarity_histograms(
            readings.similarities.cosines, reference="deterministic twin"
        ),
        "unit_slopes.png": figures.entitle(
            figures.unit_slopes(
                slopes.assign(setting=settings).sort_values("bin_size", kind="stable"), unit=unit
            ),
            FIRST,
        ),
        "distances.png": figures.entitle(figures.distance_histograms(dynamics.histograms), FIRST),
        "bin_entropy.png": two_bin_curves(readings),
    }


def two_bin_curves(readings: Versions) -> Figure:
    """Draw H(Bin T) as in Fig. 7, without the logits: ten of them hold less by far."""
    plane, unit = readings.planes[DROPOUT], readings.configuration.unit
    means = plane.frame.groupby(["layer", "epoch"])["i_x"].mean().unstack("layer")
    curves = {"input": np.full(len(means), readings.input_entropy)}
    curves |= {f"layer {layer}": means[layer].to_numpy() for layer in plane.layers[:-1]}
    return figures.family_curves(
        plane.epochs,
        {name: curve * scale_of(unit) for name, curve in curves.items()},
        label=f"H(Bin T), two bins [{unit}]",
        x_label="epoch",
    )
