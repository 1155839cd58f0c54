"""How models without context are judged, and their numbers and samples (Fig. 10, 11).

Reference:
    "What Information Does a ResNet Compress", ICLR 2019 submission, appendix F.
"""

import math

import numpy as np
from matplotlib.figure import Figure

from ib_mlflow import figures
from ib_mlflow.figures.style import unit_scale
from ib_mlflow.information import Estimate
from ib_mlflow.studies.judging.judgements import Judgement
from ib_mlflow.studies.judging.verdicts import interval_of, positive
from ib_mlflow.studies.reporting.table import Table
from ib_mlflow.units import nats
from .densities import Densities, sample_figure
from .paper import BITS_PER_DIMENSION, DIMENSIONS, UNCONDITIONAL

LEARNT = "encoding"
"""The part that models learn."""


def learnt_is_likelier(densities: Densities) -> list[Judgement]:
    """Judge whether images that were learnt have a smaller loss than those that were not."""
    judgements = []
    for model in densities.models:
        learnt, fresh = model.bound("encoding"), model.bound("evaluation")
        error = math.hypot(learnt.standard_error, fresh.standard_error)
        gap = Estimate(fresh.value - learnt.value, error, "point", min(learnt.n, fresh.n))
        judgements.append(positive(gap, note=f"By a model of {model.name}."))
    return judgements


def density_table(densities: Densities) -> Table:
    """The mean of −ln q(x) by each model and part; of images of the paper's size beside its own."""
    rows: list[tuple[object, ...]] = []
    dimensions = densities.parts.dimensions
    as_large = dimensions == DIMENSIONS
    for model in densities.models:
        for part in model.terms:
            bound = model.bound(part)
            bits = bound.value / math.log(2) / dimensions
            rows.append(
                (
                    model.size,
                    part,
                    interval_of(bound).quantity("nats"),
                    "no bound: it was learnt" if part == LEARNT else "H(x) from above",
                    f"{bits:.3f}",
                    *(_of_paper(part) if as_large else ()),
                )
            )
    columns = ["filters", "part", "mean of −ln q(x)", "which is", "bits per dimension"]
    return Table([*columns, *(["paper", "paper, bits"] if as_large else [])], rows)


def _of_paper(part: str) -> tuple[object, str]:
    published = UNCONDITIONAL[part]
    return nats(published, digits=1), f"{published / math.log(2) / DIMENSIONS:.2f}"


def draw_densities(densities: Densities) -> dict[str, Figure]:
    """Fig. 10 and 11."""
    unit = densities.configuration.unit
    scale = unit_scale(unit)
    updates = sorted({u for model in densities.models for u in model.fitted.losses})[1:]
    curves = {
        model.name: np.array(
            [[scale * model.fitted.losses.get(update, np.nan) for update in updates]]
        )
        for model in densities.models
    }
    return {
        "losses.png": figures.family_panels(
            updates,
            {"without context": curves},
            label=f"held-out −ln q(x) [{unit}]",
            x_label="updates (log scale)",
        ),
        "samples.png": sample_figure(densities.parts, densities.models[-1]),
    }


ON_PAPER = (
    f"The paper's best is {BITS_PER_DIMENSION:g} bits a dimension, of 32 × 32 images of CINIC-10; "
    "nats and bits of other images cannot be held against it. The mean of −ln q(x) over images "
    "that were not learnt bounds H(x) from above; over those that were, it bounds nothing."
)
