"""Noise: what the layers of noisy networks know of the input, for many standard deviations.

Reference:
    Goldfeld et al. (2018), arXiv:1810.05728, sections 3 and 5, supplement 9.1; Fig. 5, 6, 10.
"""

from typing import Any, ClassVar

from pydantic import Field

from ib_mlflow.studies.fields import Activation, Distinct
from ib_mlflow.studies.judging.claims import Claim
from ib_mlflow.studies.running.ensembles import EnsembleSpec
from ib_mlflow.studies.running.tasks import whole_task
from ib_mlflow.studies.study import Study
from .claims import (
    COMPRESSES,
    FOLLOWED,
    ORDERED,
    STAYS,
    TAKEN_AWAY,
    accuracies,
    classes_part,
    clusters_stay_wide,
    compresses,
    compresses_more,
    is_followed_by_bins,
    keeps_the_order,
    overfits_less,
    reproduces_accuracy,
    stays,
)
from .networks import NoiseConfiguration, noisy_spec
from .paper import PAPER, SAMPLED
from .readings import NoiseReadings, read_noisy
from .reporting import noisy_tables, sweep_figures


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
    task, activations = whole_task("szt", configuration), configuration.activations
    return [noisy_spec(task, activation, configuration) for activation in activations]


STUDY: Study[Configuration, NoiseReadings] = Study(
    title="Noise",
    question="What do the layers of noisy networks know of the input, by noise?",
    paper=PAPER,
    configuration=Configuration,
    trains=ensembles,
    reads=read_noisy,
    claims=[
        Claim(COMPRESSES, "Sec. 5; Fig. 5a", compresses, lambda r: r.free("tanh", 0.005)),
        Claim(COMPRESSES, "Sec. 5; Fig. 5c", compresses, lambda r: r.free("linear", 0.01)),
        Claim(FOLLOWED, "Sec. 5; Fig. 5, bottom", is_followed_by_bins, lambda r: r.least_noisy),
        Claim(ORDERED, "Sec. 1", keeps_the_order, lambda r: r.free()),
        Claim(STAYS, "Suppl. 9.1; Fig. 10b", stays, lambda r: r.free("relu", 0.01)),
        Claim(STAYS, "Suppl. 9.1; Fig. 10c", stays, lambda r: r.regularised("relu", 0.01)),
        Claim(
            "tanh: with large noise compression is milder than with small",
            "Suppl. 9.1; Fig. 10a; Sec. 4",
            lambda of: compresses_more(*of),
            lambda r: r.noises,
        ),
        Claim(
            TAKEN_AWAY,
            "Sec. 5; Fig. 5b",
            lambda of: compresses_more(of.free, of.regularised),
            lambda r: r.regularisations("tanh"),
        ),
        Claim(
            "{of.free.name}: the test loss rises late in training, and less with "
            "{of.regularised.weights}",
            "Sec. 5; Fig. 5a, 5b",
            overfits_less,
            lambda r: r.regularisations("tanh", 0.005),
        ),
        Claim("{of.name}: test accuracy at the end", "{of.where}", reproduces_accuracy, accuracies),
        Claim(
            "{of.name}: while it learns, distances within classes part from distances between them "
            "in layer {of.deepest}: the histograms share less area",
            "Sec. 5; Fig. 6a",
            classes_part,
            lambda r: r.free("tanh"),
        ),
        Claim(
            "{of.regularised.name}: no tight clusters in layer {of.free.deepest}: distances "
            "within classes end as a larger share of those between them than with free weights",
            "Sec. 5; Fig. 6b",
            clusters_stay_wide,
            lambda r: r.regularisations("tanh"),
        ),
    ],
    figures=sweep_figures,
    tables=noisy_tables,
    remarks=lambda _: [SAMPLED],
    minutes={"toy": 0.5, "quick": 21.8},
)
