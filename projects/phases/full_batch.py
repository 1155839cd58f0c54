"""Full batches: does compression need noise in the gradient?

Reference:
    On the Information Bottleneck Theory of Deep Learning, slides "Diffusion Improves
    Generalisation", "Criticisms" (Saxe et al., 2018, ICLR) and "Rebuttal".
"""

from typing import ClassVar

from pydantic import Field

from ib_mlflow.studies.configuration import TrainingConfiguration
from ib_mlflow.studies.fields import BIN_ORIGIN, Activation, BinOrigin, BinSize, Hidden
from ib_mlflow.studies.judging.claims import Claim
from ib_mlflow.studies.parsing import Presets
from ib_mlflow.studies.reporting.planes import plane_tables
from ib_mlflow.studies.running.ensembles import EnsembleSpec
from ib_mlflow.studies.running.perceptrons import Layers, binned_spec
from ib_mlflow.studies.running.tasks import split_task
from ib_mlflow.studies.study import Study
from .descent_claims import (
    ALIKE,
    BETTER,
    FORGETS,
    FORGETS_MORE,
    descent_figures,
    descent_table,
)  # fmt: skip
from .descents import FULL, LENGTHS, STOCHASTIC, Descents, in_full_batches, read_descents
from .paper import HIDDEN, PAPER, SETTING
from .scaling import BINNED


class Configuration(TrainingConfiguration):
    """Whether compression needs noise in the gradient."""

    presets: ClassVar[Presets] = {
        "toy": {"members": 2, "epochs": 8, "batch_size": 1024},
        "quick": {"members": 10, "epochs": 1000, "batch_size": 64},
        "paper": {"members": 50, "epochs": 10_000, "batch_size": 64},
    }
    epochs: int = Field(
        ge=1,
        le=100_000,
        description="passes of the stochastic descent; full batches take as many updates",
    )
    batch_size: int = Field(
        ge=1, le=10_000_000, description="rows in a minibatch of the stochastic descent"
    )
    hidden: Hidden = Field(HIDDEN, description="units of the hidden layers")
    activation: Activation = Field("tanh", description="of every hidden layer")
    bin_size: BinSize = Field(0.07, description="width of a bin, in activation units")
    bin_origin: BinOrigin = Field("zero", description=BIN_ORIGIN)


def descending(c: Configuration) -> list[EnsembleSpec]:
    """The same networks by minibatches, and by full batches for as many updates."""
    task, layers = split_task("szt", c), Layers.alike(c.hidden, c.activation)
    bins = ([c.bin_size], c.bin_origin)
    stochastic, full = (binned_spec(name, task, c, layers, *bins) for name in (STOCHASTIC, FULL))
    return [stochastic, in_full_batches(full)]


SAXE = 'Slide "Criticisms" (Saxe et al.)'
STUDY: Study[Configuration, Descents[Configuration]] = Study(
    title="Full batches",
    question="Does compression need noise in the gradient?",
    paper=PAPER,
    configuration=Configuration,
    trains=descending,
    reads=read_descents,
    setting=SETTING,
    claims=[
        Claim(
            "Stochastic gradient descent compresses: {of.name}, layer {of.last_hidden}",
            'Slide "Drift vs Diffusion"',
            FORGETS,
            lambda readings: [readings.stochastic],
        ),
        Claim(
            "The compression phase does not arise from stochasticity in training, full batch "
            "gradient descent replicates it: {of.name}, layer {of.last_hidden}",
            SAXE,
            FORGETS,
            lambda readings: [comparison.full for comparison in readings.comparisons],
        ),
        Claim(
            "Stochasticity forgets irrelevant details: at equal {of.equal} minibatches lose more",
            'Slide "Diffusion Improves Generalisation"',
            FORGETS_MORE,
            lambda readings: readings.comparisons,
        ),
        Claim(
            "Diffusion improves generalisation: at equal {of.equal} minibatches are more accurate",
            'Slide "Diffusion Improves Generalisation"',
            BETTER,
            lambda readings: readings.comparisons,
        ),
        Claim(
            "No causal relationship between the stochasticity of SGD and generalisation: at equal "
            "{of.equal} full batches lose no more than 0.01 of accuracy",
            'Slide "Rebuttal"',
            ALIKE,
            lambda readings: readings.comparisons,
        ),
    ],
    figures=descent_figures,
    tables=lambda readings: (
        {"The descents": descent_table(readings)}
        | plane_tables({descent.name: descent.plane for descent in readings.descents})
    ),
    remarks=lambda _: [BINNED, LENGTHS],
    minutes={"toy": 0.3, "quick": 3.1, "paper": 54.0},
)
