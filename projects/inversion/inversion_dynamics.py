"""Dynamics of inversion: what the layers of a classifier keep while it learns.

Reference:
    Nash, Kushman & Williams (2018), "Inverting Supervised Representations with Autoregressive
    Neural Density Models", section 5.3; Fig. 5b.
"""

import difflib
from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

from pydantic import Field, field_validator

from ib_mlflow.studies.decoding.configuration import ImageTask
from ib_mlflow.studies.fields import CommaList, Distinct
from ib_mlflow.studies.judging.claims import Claim
from ib_mlflow.studies.judging.lengths import HAPPENS, PaperEpoch, after
from ib_mlflow.studies.parsing import Values
from ib_mlflow.studies.running.runner import Runner
from ib_mlflow.studies.running.training import Trained
from ib_mlflow.studies.study import Study
from . import dynamics_claims
from .configuration import NetworksConfiguration, presets
from .dynamics import BoundDynamics
from .dynamics_fits import read_dynamics, with_other_dynamics
from .paper import PAPER, SETTING
from .remarks import dynamics_remarks
from .works import dynamics_works

LAYERS = ("CONV1", "CONV2", "FC3", "LOGITS")
END = PaperEpoch(100_000, "end of Fig. 5b", factor=1, unit="update")


class Configuration(NetworksConfiguration):
    """What layers keep of the image after 0, 10², … updates, of a normal and an overfitted net."""

    presets: ClassVar[dict[str, dict[str, Any]]] = presets(
        toy={"task": "digits", "moments": (0, 10, 20), "layers": ("FC3",)},
        quick={
            "task": "mnist",
            "moments": (0, 100, 1000, 10_000),
            "layers": ("FC3",),
            "decoder_updates": 800,
            "evaluated": 1500,
        },
        paper={"task": "mnist", "moments": (0, 100, 1000, 10_000, 100_000), "layers": LAYERS},
    )
    embedded: ClassVar[Values] = {"task": "digits", "shrunk": 1, "evaluated": 300}
    task: ImageTask = Field(description="what is classified")
    moments: CommaList[Annotated[int, Field(ge=0, le=100_000_000)]] = Field(
        description="updates of the classifiers after which their layers are inverted; 0 is before"
    )
    layers: Distinct[str] = Field(description=f"of {', '.join(LAYERS)}")

    @field_validator("moments")
    @classmethod
    def _ascending(cls, values: tuple[int, ...]) -> tuple[int, ...]:
        if list(values) != sorted(set(values)) or len(values) < 2:
            raise ValueError("name two moments or more, each once, in order")
        return values

    @field_validator("layers")
    @classmethod
    def _known(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        for value in values:
            if value not in LAYERS:
                (near,) = difflib.get_close_matches(value.upper(), LAYERS, n=1, cutoff=0.0)
                raise ValueError(f"no layer is called {value}; did you mean {near}?")
        return values


def read(runner: Runner, configuration: Configuration, _: Sequence[Trained]) -> BoundDynamics:
    """Invert the layers of both classifiers at every stage, and of those from other seeds."""
    parts = configuration.parts(configuration.task)
    dynamics = read_dynamics(
        runner, configuration, parts, configuration.layers, configuration.moments
    )
    return with_other_dynamics(runner, configuration, dynamics)


STUDY: Study[Configuration, BoundDynamics] = Study(
    title="What layers keep while a classifier learns",
    question="What do the layers of an image classifier keep of the image while it learns?",
    paper=PAPER,
    configuration=Configuration,
    reads=read,
    setting=SETTING,
    claims=[
        Claim(
            "{of.name}: the bound rises at first",
            "Sec. 5.3; Fig. 5b",
            dynamics_claims.rises_at_first,
            dynamics_claims.layer_dynamics,
        ),
        Claim(
            "{of.name}: and falls again",
            "Sec. 5.3; Fig. 5b",
            after(dynamics_claims.falls_again, END, lambda of: of.last, HAPPENS),
            dynamics_claims.layer_dynamics,
        ),
        Claim(
            "{of.name}: the overfitted network keeps considerably more in the end",
            "Sec. 5.3; Fig. 5b",
            after(dynamics_claims.overfitted_keeps_more, END, lambda of: of.last, HAPPENS),
            dynamics_claims.layer_dynamics,
        ),
    ],
    figures=lambda dynamics: {"bounds_over_training.png": dynamics_claims.draw_bounds(dynamics)},
    tables=lambda dynamics: {
        "The layers (Fig. 5b of the paper)": dynamics_claims.bounds_table(dynamics),
        "A warm start against training from scratch": dynamics_claims.warm_table(dynamics),
    },
    remarks=lambda dynamics: dynamics_remarks(dynamics.configuration),
    minutes={"toy": 0.4, "quick": 38.0},
    works=lambda c: list(dynamics_works(c, c.parts(c.task), c.layers, c.moments)),
)
