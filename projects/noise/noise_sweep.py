"""Noise: what the layers of noisy networks know of the input, for many standard deviations.

Reference:
    Goldfeld et al. (2018), arXiv:1810.05728, sections 3 and 5, supplement 9.1; Fig. 5, 6, 10.
"""

from typing import Any, ClassVar

from pydantic import Field

from ib_mlflow.studies.fields import Activation, Distinct
from ib_mlflow.studies.running.ensembles import EnsembleSpec
from ib_mlflow.studies.running.tasks import whole_task
from ib_mlflow.studies.study import Study
from .course_claims import COURSE
from .epoch_claims import EPOCHS
from .layer_claims import LAYERS
from .networks import TURNS, NoiseConfiguration, noisy_spec
from .paper import HIDDEN, OURS, PAPER, SAMPLED
from .readings import NoiseReadings, read_noisy
from .reporting import noisy_tables, sweep_figures
from .saturation_claims import SATURATION
from .sweep_claims import CLAIMS


class Configuration(NoiseConfiguration):
    """What the layers of noisy networks know of the input, for many standard deviations."""

    presets: ClassVar[dict[str, dict[str, Any]]] = {
        "toy": {
            "members": 1, "epochs": 20, "betas": (0.01, 0.1), "activations": ("tanh",),
            "measured": 3, "repeats": 4, "queries": 200,
        },
        "quick": {
            "members": 6, "epochs": 3000, "betas": (0.005, 0.01, 0.1),
            "activations": ("tanh", "relu", "linear"), "measured": 7, "repeats": 48, "queries": 200,
        },
        "paper": {
            "members": 6, "epochs": 10_000,
            "betas": (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2),
            "activations": ("tanh", "relu", "linear"), "measured": 50, "repeats": 976,
            "queries": 40_000,
        },
    }  # fmt: skip
    activations: Distinct[Activation] = Field(description="of all hidden layers, an ensemble each")


def ensembles(configuration: Configuration) -> list[EnsembleSpec]:
    """An ensemble for each activation, whose members differ in noise and regularisation."""
    task = whole_task("szt", configuration)
    return [
        noisy_spec(task, activation, configuration, TURNS if activation == "tanh" else ())
        for activation in configuration.activations
    ]


STUDY: Study[Configuration, NoiseReadings] = Study(
    title="Noise",
    question="What do the layers of noisy networks know of the input, by noise?",
    paper=PAPER,
    configuration=Configuration,
    trains=ensembles,
    setting={"hidden": (HIDDEN,), "weight_decay": (0.0,)},
    reads=read_noisy,
    claims=[*CLAIMS, *SATURATION, *EPOCHS, *LAYERS, *COURSE],
    figures=sweep_figures,
    tables=noisy_tables,
    remarks=lambda _: [SAMPLED, *OURS],
    minutes={"toy": 0.5, "quick": 21.1},
)
