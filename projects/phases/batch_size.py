"""Batch size: do larger batches delay the transition from drift to diffusion?

Reference:
    On the Information Bottleneck Theory of Deep Learning, slides "Role of the Batch Size".
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Annotated, ClassVar

from pydantic import Field

from ib_mlflow.studies.configuration import PerceptronConfiguration, TrainingConfiguration
from ib_mlflow.studies.fields import BIN_ORIGIN, Activation, BinOrigin, BinSize, Distinct, Hidden
from ib_mlflow.studies.judging.claims import Claim
from ib_mlflow.studies.judging.lines import rises_in_a_line
from ib_mlflow.studies.judging.powers import grows
from ib_mlflow.studies.parsing import Presets
from ib_mlflow.studies.reporting.ensembles import Ensembles, log_groups
from ib_mlflow.studies.running.ensembles import EnsembleSpec
from ib_mlflow.studies.running.groups import binned_groups
from ib_mlflow.studies.running.perceptrons import Layers, mlp_spec
from ib_mlflow.studies.running.runner import Runner
from ib_mlflow.studies.running.tasks import split_task
from ib_mlflow.studies.running.training import Trained
from ib_mlflow.studies.study import Study
from .paper import HIDDEN, NETWORK, PAPER
from .scaling import (
    BINNED,
    Scaling,
    by_setting,
    scaling_figures,
    scaling_tables,
)  # fmt: skip
from .transitions import last_transitions, transition_claims
from .turns import EPOCHS, SNR, UPDATES, turning_times

SLIDE = 'Slide "Role of the Batch Size"'
BATCH = "batch_size"
"""The parameter that tells the child runs apart."""
BatchSize = Annotated[int, Field(ge=1, le=10_000_000)]


class Configuration(PerceptronConfiguration):
    """Whether larger batches delay the transition from drift to diffusion."""

    presets: ClassVar[Presets] = {
        "toy": {"members": 2, "epochs": 8, "batch_sizes": (256, 512, 1024)},
        "quick": {"members": 20, "epochs": 3000, "batch_sizes": (32, 64, 128, 256, 512, 1024)},
        "paper": {"members": 50, "epochs": 10_000, "batch_sizes": (32, 64, 128, 256, 512, 1024)},
    }
    batch_sizes: Distinct[BatchSize] = Field(description="rows in a minibatch, an ensemble each")
    hidden: Hidden = Field(HIDDEN, description="units of the hidden layers")
    activation: Activation = Field("tanh", description="of every hidden layer")
    bin_size: BinSize = Field(0.07, description="width of a bin, in activation units")
    bin_origin: BinOrigin = Field("zero", description=BIN_ORIGIN)

    def at(self, size: int) -> TrainingConfiguration:
        """The same with batches of one size."""
        alike = self.model_dump(include=set(PerceptronConfiguration.model_fields))
        return TrainingConfiguration(batch_size=size, **alike)


def widening(c: Configuration) -> list[EnsembleSpec]:
    """An ensemble for each size of batches, of the same networks before training."""
    task, specs = split_task("szt", c), []
    for size in sorted(c.batch_sizes):
        name = f"batches of {size}"
        layers = Layers.alike(c.hidden, c.activation)
        bins = partial(layers.roles, origin=c.bin_origin)
        groups = binned_groups(name, [c.bin_size], c.seeds, {BATCH: size}, bins)
        specs.append(replace(mlp_spec(name, task, c.at(size), layers, groups), gradients=True))
    return specs


def read_turns(_: Runner, c: Configuration, trained: Sequence[Trained]) -> Scaling[Configuration]:
    """Read every turning point of every network, in epochs and in updates."""
    log_groups(trained)
    ensembles = Ensembles(c, trained)
    return Scaling(ensembles, turning_times(by_setting(ensembles.groups, BATCH)))


STUDY: Study[Configuration, Scaling[Configuration]] = Study(
    title="Batch size",
    question="Do larger batches delay the transition from drift to diffusion?",
    paper=PAPER,
    configuration=Configuration,
    trains=widening,
    reads=read_turns,
    setting=NETWORK,
    claims=[
        Claim(
            "Larger batch size delays the transition to diffusion: more {of.title}",
            SLIDE,
            grows,
            lambda readings: [times for times in readings.times if times.unit == EPOCHS],
        ),
        Claim(
            "And linearly: {of.title} rise in a line with the batch size",
            f"{SLIDE} (its figures)",
            rises_in_a_line,
            lambda readings: [times for times in readings.times if times.unit == EPOCHS],
        ),
        Claim(
            "More iterations are required with larger batches: more {of.title}",
            SLIDE,
            grows,
            lambda readings: [times for times in readings.times if times.unit == UPDATES],
        ),
        *transition_claims(SLIDE, lambda of: last_transitions(of.ensembles.groups)),
    ],
    figures=scaling_figures,
    tables=scaling_tables,
    remarks=lambda _: [BINNED, SNR],
    minutes={"toy": 0.3, "quick": 3.3, "paper": 12.5},
)
