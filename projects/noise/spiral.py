"""The spiral: noisy networks of narrow layers on a second synthetic task.

Reference:
    Goldfeld et al. (2018), arXiv:1810.05728, supplement 9.2; Fig. 11, 12, 13.
"""

from functools import partial
from typing import Any, ClassVar

from ib_mlflow.studies.fields import Activation
from ib_mlflow.studies.judging.claims import Claim
from ib_mlflow.studies.judging.lengths import HAPPENS, at_its_end
from ib_mlflow.studies.judging.settings import BEYOND
from ib_mlflow.studies.reporting.planes import plane_tables
from ib_mlflow.studies.running.ensembles import EnsembleSpec
from ib_mlflow.studies.running.groups import binned_groups, spaced
from ib_mlflow.studies.running.perceptrons import Layers, mlp_spec
from ib_mlflow.studies.running.tasks import whole_task
from ib_mlflow.studies.study import Study
from .claims import (
    COMPRESSES,
    FOLLOWED,
    ORDERED,
    TAKEN_AWAY,
    bulk_is_gone,
    compresses,
    is_followed_by_bins,
    keeps_the_order,
)
from .guards import FALLS, bulk, deepest
from .networks import NoiseConfiguration, noisy_spec
from .paper import FIG_5, OURS, PAPER, SAMPLED, SPIRAL_BIN, SPIRAL_HIDDEN
from .readings import NoiseReadings, read_noisy
from .reporting import noisy_tables, spiral_figures

ACTIVATION: Activation = "tanh"
DETERMINISTIC = "deterministic"


class Configuration(NoiseConfiguration):
    """What narrow noisy layers know of the points of a spiral, with and without noise."""

    presets: ClassVar[dict[str, dict[str, Any]]] = {
        "toy": {
            "members": 1, "epochs": 20, "betas": (0.05,), "hidden": (3, 3, 3), "measured": 3,
            "repeats": 4, "queries": 200,
        },
        "quick": {
            "members": 6, "epochs": 4000, "betas": (0.005,), "hidden": SPIRAL_HIDDEN,
            "measured": 12, "repeats": 64, "queries": 500,
        },
        "paper": {
            "members": 6, "epochs": 10_000, "betas": (0.005,), "hidden": SPIRAL_HIDDEN,
            "measured": 50, "repeats": 976, "queries": 40_000,
        },
    }  # fmt: skip


def ensembles(configuration: Configuration) -> list[EnsembleSpec]:
    """The noisy networks, and deterministic ones of the same seeds."""
    task = whole_task("spiral", configuration)
    layers = Layers.alike(configuration.hidden, ACTIVATION)
    return [
        noisy_spec(task, ACTIVATION, configuration),
        mlp_spec(
            DETERMINISTIC,
            task,
            configuration,
            layers,
            binned_groups(
                DETERMINISTIC,
                [SPIRAL_BIN],
                configuration.seeds,
                bins=partial(layers.roles, origin=configuration.bin_origin),
            ),
            spaced(configuration.epochs, configuration.measured),
        ),
    ]


STUDY: Study[Configuration, NoiseReadings] = Study(
    title="The spiral",
    question="What do narrow noisy layers know of the points of a spiral?",
    paper=PAPER,
    configuration=Configuration,
    trains=ensembles,
    setting={"hidden": (SPIRAL_HIDDEN,), "betas": ((FIG_5,),), "weight_decay": (0.0,)},
    reads=read_noisy,
    claims=[
        Claim(
            COMPRESSES,
            "Suppl. 9.2; Fig. 12a",
            at_its_end(compresses, deepest, HAPPENS),
            lambda r: r.free(),
        ),
        Claim(FOLLOWED, "Suppl. 9.2; Fig. 12", is_followed_by_bins, lambda r: r.free()),
        Claim(ORDERED, "Sec. 1", keeps_the_order, lambda r: r.free()),
        Claim(
            TAKEN_AWAY,
            f"{BEYOND}: Fig. 12b, of which it says that clustering and compression are connected",
            bulk(bulk_is_gone),
            lambda r: r.regularisations(),
        ),
        Claim(
            f"{{of.name}}: H(Bin T) of layer {{of.last_hidden}} falls, in bins of {SPIRAL_BIN:g}: "
            "it shows clusters where I(X;T) is constant",
            "Suppl. 9.2; Fig. 13",
            FALLS,
            lambda r: r.deterministic,
        ),
    ],
    figures=spiral_figures,
    tables=lambda readings: (
        noisy_tables(readings)
        | plane_tables({group.name: group.plane() for group in readings.deterministic})
    ),
    remarks=lambda _: [SAMPLED, *OURS],
    minutes={"toy": 0.5, "quick": 3.9},
)
