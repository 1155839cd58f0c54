"""A model of the images themselves: H(x) from above, and what it draws.

Reference:
    "What Information Does a ResNet Compress", ICLR 2019 submission, appendix F; Fig. 10, 11.
"""

from collections.abc import Sequence
from typing import Any, ClassVar

from ib_mlflow.studies.judging.claims import Claim
from ib_mlflow.studies.running.runner import Runner
from ib_mlflow.studies.running.training import Trained
from ib_mlflow.studies.study import Study
from .configuration import IMAGES, DensityConfiguration, presets
from .densities import Densities, read_densities
from .density_tables import ON_PAPER, density_table, draw_densities, learnt_is_likelier
from .paper import DECODED, PAPER
from .works import density_works


class Configuration(DensityConfiguration):
    """How well a model without context predicts images, of parts that it has and has not learnt."""

    presets: ClassVar[dict[str, dict[str, Any]]] = presets(
        IMAGES, quick={"decoder_updates": 3000, "decoder_rate": 0.003, "shrunk": 2}
    )


def read(runner: Runner, configuration: Configuration, _: Sequence[Trained]) -> Densities:
    """Fit models of all sizes."""
    return read_densities(runner, configuration, configuration.parts(configuration.task))


STUDY: Study[Configuration, Densities] = Study(
    title="Images without context",
    question="How many nats does an image hold for a model that is told nothing of it?",
    paper=PAPER,
    configuration=Configuration,
    reads=read,
    setting=DECODED,
    claims=[
        Claim(
            "Images that were learnt are likelier than those that were not",
            "App. F; Fig. 10",
            learnt_is_likelier,
        )
    ],
    figures=draw_densities,
    tables=lambda densities: {"−ln q(x) of each part (Fig. 10)": density_table(densities)},
    remarks=lambda _: [ON_PAPER],
    minutes={"toy": 0.2, "quick": 6.0},
    works=density_works,
)
