"""The parameters of the search over noise."""

from typing import ClassVar

from pydantic import Field, field_validator

from ib_mlflow.studies.parsing import Presets
from ib_mlflow.studies.reporting.scalars import UNKNOWN
from ib_mlflow.studies.searching.targets import Target
from ib_mlflow.tracking.registry import check_name
from ..registry import load_study
from .configuration import SearchConfiguration
from .jobs import pairs

LOSS = "summary/val_loss_nats"
BETA = "betas"
"""The study of noise takes several β; a trial has one."""


class Configuration(SearchConfiguration):
    """What accuracy costs in how well the information of a noisy network is known."""

    presets: ClassVar[Presets] = {
        "toy": {"trials": 6, "batch_trials": 3,
                "given": "scale=toy;members=2;repeats=4;queries=200"},
        "quick": {"trials": 20, "batch_trials": 10,
                  "measured": 2,
                  "given": "members=2;epochs=500;repeats=160;queries=1600"},
        "paper": {"trials": 100, "batch_trials": 20, "given": "scale=paper;members=5"},
    }  # fmt: skip
    sampler: str = Field(
        "nsga2", description="as of tune; nsga2, tpe, qmc or random suit the front"
    )
    space: str = Field(
        "betas=0.001..0.5:log;orthonormality=0|5e-5|0.001;activations=tanh|relu;"
        "learning_rate=0.01..0.3:log",
        description="of the parameters of noise_sweep, as of tune; one value each a trial",
    )
    given: str = Field(description="parameters of all trials, as members=3;epochs=1000")
    measured: int = Field(
        3, ge=2, le=1000, description="epochs of a trial that are measured, about"
    )
    accuracy: float = Field(
        0.4, gt=0, le=10, description="nats of error above which an estimate is worth nothing"
    )
    unknown: float = Field(
        0.5,
        gt=0,
        le=1,
        description="share of what layers have lost of X above which an estimate is worth nothing; "
        "a layer that still knows all of X counts as 1",
    )
    model: str = Field(
        "tuned_noise", min_length=1, description="the registry's name of the network that is chosen"
    )

    @field_validator("model")
    @classmethod
    def _registrable(cls, model: str) -> str:
        check_name(model)
        return model

    @property
    def target(self) -> Target:
        """What is computed at a point."""
        given = pairs(self.given)
        return Target(load_study, "noise_sweep", given, measured=self.measured, takes_setting=False)

    @property
    def objective(self) -> str:
        """Remark 1's two: held-out loss, and the estimate's error, over what layers have lost."""
        return f"{LOSS}:min,{UNKNOWN}:min"
