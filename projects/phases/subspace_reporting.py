"""How students with irrelevant inputs are reported: their curves, and what a reader must know.

Reference:
    Saxe et al. (2018), "On the information bottleneck theory of deep learning", ICLR, abstract.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ib_mlflow import figures
from ib_mlflow.studies.configuration import StudyConfiguration
from ib_mlflow.studies.judging.intervals import POSITIVE, mean
from ib_mlflow.studies.reporting.evidence import Evidence
from ib_mlflow.units import scale_of
from .students import KNOWN
from .subspaces import NAMES, WORDS, Curves, LayerCurves

EXACT = (
    "Informations are exact, in closed form: inputs are Gaussian, layers are linear, and a layer "
    "is measured through Gaussian noise of the stated variance, which is not there in training.",
    "I(X;T) of a continuous X has no upper limit: H(X) is infinite, so that a loss counts from "
    "an amount, which stands under the thresholds, and not from a share of H(X). What is known of "
    "the relevant and of the irrelevant inputs need not add up to I(X;T).",
    "The claims are the words of Saxe et al.'s abstract, but for that of the relevant information, "
    "which is its other side. All settings are ours, the division of the inputs, the batches and "
    "scale=paper among them: the article itself was not at hand.",
    "Each student has a teacher, samples, first weights and an order of batches of its own.",
)
UPDATES = "update (log scale)"


@dataclass(frozen=True)
class Subspaces:
    """What the study has read.

    Arguments:
        configuration: the study's parameters.
        curves: of all students, one for each child run.
    """

    configuration: StudyConfiguration
    curves: Sequence[Curves]

    @property
    def layers(self) -> list[LayerCurves]:
        """The hidden layers of all."""
        return [layer for curves in self.curves for layer in curves.layers]

    @property
    def evidence(self) -> Evidence:
        """What the conclusion rests on."""
        students = sum(len(curves.students.seeds) for curves in self.curves)
        errors = "; ".join(
            f"{curves.name} {mean(curves.test_error[:, -1], POSITIVE).text()}"
            for curves in self.curves
        )
        return Evidence(
            summary=f"{students} linear networks were trained",
            closing=f"Expected squared error at the end: {errors}.",
            tables={"students.parquet": table_of(self.curves)},
        )


def table_of(curves: Sequence[Curves]) -> pd.DataFrame:
    """All that was measured.

    Arguments:
        curves: of all students.

    Returns:
        A row per (run, seed, update, layer): the informations in nats, and both errors.
    """
    parts = []
    for of_run in curves:
        _, e, t, layers = of_run.information.shape
        seed, update, layer = (index.ravel() for index in np.indices((e, t, layers)))
        columns = {
            "run": of_run.name,
            "seed": np.array(of_run.students.seeds)[seed],
            "update": np.array(of_run.updates)[update],
            "layer": layer + 1,
            **{
                f"i_{NAMES[name]}": of_run.information[place].ravel()
                for place, name in enumerate(KNOWN)
            },
            "train_error": of_run.train_error[seed, update],
            "test_error": of_run.test_error[seed, update],
        }
        parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True)


def draw(readings: Subspaces) -> dict[str, Figure]:
    """What the layers gained and lost of each part of the input, and the errors meanwhile."""
    unit = readings.configuration.unit
    updates = readings.curves[0].updates
    changes = {
        layer.name: {
            words: (layer.information[name] - layer.information[name][:, :1]) * scale_of(unit)
            for name, words in WORDS.items()
        }
        for layer in readings.layers
    }
    errors = {
        curves.name: {"training": curves.train_error, "a new sample": curves.test_error}
        for curves in readings.curves
    }
    return {
        "information.png": figures.family_panels(
            updates, changes, label=f"change since the start [{unit}]", x_label=UPDATES
        ),
        "errors.png": figures.family_panels(
            updates, errors, label="mean squared error", x_label=UPDATES
        ),
    }
