"""Depth: do more hidden layers learn and compress in fewer epochs?

Reference:
    On the Information Bottleneck Theory of Deep Learning, slide "Advantage of More Layers";
    Shwartz-Ziv & Tishby (2017), arXiv:1703.00810, Fig. 5.
"""

from collections.abc import Sequence
from functools import partial
from typing import Annotated, ClassVar

from pydantic import Field

from ib_mlflow.studies.configuration import TrainingConfiguration
from ib_mlflow.studies.fields import BIN_ORIGIN, Activation, BinOrigin, BinSize, Distinct, Hidden
from ib_mlflow.studies.judging.claims import Claim
from ib_mlflow.studies.judging.lines import falls_as_a_power
from ib_mlflow.studies.judging.powers import earlier
from ib_mlflow.studies.parsing import Presets
from ib_mlflow.studies.reporting.ensembles import Ensembles, log_groups
from ib_mlflow.studies.running.ensembles import EnsembleSpec
from ib_mlflow.studies.running.groups import binned_groups
from ib_mlflow.studies.running.perceptrons import Layers, mlp_spec
from ib_mlflow.studies.running.runner import Runner
from ib_mlflow.studies.running.tasks import split_task
from ib_mlflow.studies.running.training import Trained
from ib_mlflow.studies.study import Study
from .goals import ENDED, WIDTHS, goal_times
from .paper import HIDDEN, PAPER, PLAIN, TANH
from .scaling import (
    BINNED,
    Scaling,
    by_setting,
    scaling_figures,
    scaling_tables,
    steps,
)  # fmt: skip

DEPTH = "hidden_layers"
"""The parameter that tells the child runs apart."""
SLIDE = 'Slide "Advantage of More Layers"'
Loss = Annotated[float, Field(ge=1e-9, le=100)]


class Configuration(TrainingConfiguration):
    """Whether more hidden layers learn and compress in fewer epochs."""

    presets: ClassVar[Presets] = {
        "toy": {"members": 2, "epochs": 8},
        "quick": {"members": 12, "epochs": 8000},
        "paper": {"members": 50, "epochs": 10_000},
    }
    batch_size: int = Field(64, ge=1, le=10_000_000, description="rows in a minibatch")
    hidden: Hidden = Field(
        (*HIDDEN, 2), description="units of the hidden layers; a network has the first ones"
    )
    losses: Distinct[Loss] = Field((0.2,), description="validation losses to reach, in nats")
    activation: Activation = Field("tanh", description="of every hidden layer")
    bin_size: BinSize = Field(0.07, description="width of a bin, in activation units")
    bin_origin: BinOrigin = Field("zero", description=BIN_ORIGIN)


def deepening(c: Configuration) -> list[EnsembleSpec]:
    """An ensemble for each number of hidden layers."""
    task, specs = split_task("szt", c), []
    for depth in range(1, len(c.hidden) + 1):
        name = f"{depth} hidden layer{'s' if depth > 1 else ''}"
        layers = Layers.alike(c.hidden[:depth], c.activation)
        bins = partial(layers.roles, origin=c.bin_origin)
        groups = binned_groups(name, [c.bin_size], c.seeds, {DEPTH: depth}, bins)
        specs.append(mlp_spec(name, task, c, layers, groups))
    return specs


def read_times(_: Runner, c: Configuration, trained: Sequence[Trained]) -> Scaling[Configuration]:
    """Read when every network is good, and when its last hidden layer has compressed."""
    log_groups(trained)
    ensembles = Ensembles(c, trained)
    groups = by_setting(ensembles.groups, DEPTH)
    return Scaling(ensembles, goal_times(groups, c.losses))


STUDY: Study[Configuration, Scaling[Configuration]] = Study(
    title="Depth",
    question="Do more hidden layers learn and compress in fewer epochs?",
    paper=PAPER,
    configuration=Configuration,
    trains=deepening,
    reads=read_times,
    setting={**TANH, **PLAIN},
    claims=[
        Claim(
            "More layers converge faster: {of.more:g} hidden layers need fewer {of.times.title} "
            "than {of.less:g}",
            SLIDE,
            earlier,
            steps,
        ),
        Claim(
            "Convergence time scales as a negative power of the number of layers: {of.title}",
            SLIDE,
            falls_as_a_power,
            lambda readings: readings.times,
        ),
    ],
    figures=scaling_figures,
    tables=scaling_tables,
    remarks=lambda _: [BINNED, ENDED, WIDTHS],
    minutes={"toy": 0.3, "quick": 4.0, "paper": 13},
)
