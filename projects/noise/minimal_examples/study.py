"""Minimal examples: clustering and compression in one neuron, and in two.

Reference:
    Goldfeld et al. (2018), "Estimating information flow in DNNs", arXiv:1810.05728, section 4 and
    Fig. 4; supplement, section 8 and Fig. 9.
"""

from collections.abc import Sequence
from typing import Any, ClassVar

from pydantic import Field

from ib_mlflow.studies.configuration import Members, StudyConfiguration
from ib_mlflow.studies.fields import Beta, Distinct
from ib_mlflow.studies.running.groups import spaced
from ib_mlflow.studies.running.runner import Runner
from ib_mlflow.studies.running.training import Trained
from ib_mlflow.studies.study import Study
from ib_mlflow.training import Schedule
from ..paper import PAPER
from .agreement import AGREEMENT_CLAIMS
from .chains import Chain
from .drawing import NEURON_EPOCHS, draw
from .examples import (
    BIAS_SPREAD,
    PAIR_SPREAD,
    PAIR_START,
    MinimalExamples,
    ends_table,
    leaky_pair,
    log_scalars,
    sweep_weight,
    tanh_neuron,
)
from .neuron_claims import NEURON_CLAIMS
from .pair_claims import PAIR_CLAIMS
from .training import ChainSpec, train_chain


class Configuration(StudyConfiguration):
    """How I(X;T) of one and of two noisy neurons rises and falls as their inputs cluster."""

    presets: ClassVar[dict[str, dict[str, Any]]] = {
        "toy": {"members": 2, "neuron_epochs": 3000, "pair_epochs": 3000, "measured": 12,
                "repeats": 4, "n_queries": 500},
        "quick": {"members": 6, "neuron_epochs": 3_000_000, "pair_epochs": 300_000,
                  "measured": 200, "repeats": 64, "n_queries": 10_000},
        "paper": {"members": 20, "neuron_epochs": 10_000_000, "pair_epochs": 600_000,
                  "measured": 400, "repeats": 976, "n_queries": 40_000},
    }  # fmt: skip
    members: Members = Field(ge=1, le=1000, description="networks, each from a start of its own")
    neuron_epochs: int = Field(ge=1, le=10**9, description="steps of the tanh neuron's training")
    pair_epochs: int = Field(ge=1, le=10**9, description="steps of the two neurons' training")
    measured: int = Field(ge=2, le=10_000, description="epochs that are measured, about")
    beta: Beta = Field(0.01, description="standard deviation of the noise")
    betas: Distinct[Beta] = Field(
        (0.01, 0.05, 0.1, 0.2, 0.5), description="noises of the exact curves over the weight"
    )
    repeats: int = Field(ge=4, le=100_000, multiple_of=2, description="propagations of each input")
    n_queries: int = Field(ge=100, le=10**7, description="draws of the Monte Carlo integration")

    def spec(self, chain: Chain, epochs: int, marked: Sequence[int] = ()) -> ChainSpec:
        """How a chain is trained and measured; the marked epochs are measured besides."""
        reached = (epoch for epoch in marked if epoch <= epochs)
        schedule = Schedule.of({*spaced(epochs, self.measured).epochs, *reached})
        seeds = tuple(range(self.seed, self.seed + self.members))
        return ChainSpec(chain, schedule, seeds, self.repeats, self.n_queries)


def read_examples(
    runner: Runner, configuration: Configuration, _: Sequence[Trained]
) -> MinimalExamples:
    """Train and measure both chains, and compute what the neuron knows over its weight."""
    neuron, pair = tanh_neuron(configuration.beta), leaky_pair(configuration.beta)
    specs = [
        configuration.spec(neuron, configuration.neuron_epochs, NEURON_EPOCHS),
        configuration.spec(pair, configuration.pair_epochs),
    ]
    chains = {trained.name: trained for trained in runner.spread(train_chain, specs)}
    log_scalars(chains.values())
    by_weight = sweep_weight(neuron, configuration.betas)
    return MinimalExamples(configuration, chains[neuron.name], chains[pair.name], by_weight)


STUDY: Study[Configuration, MinimalExamples] = Study(
    title="Minimal examples",
    question="How does I(X;T) of one and of two noisy neurons rise and fall as inputs cluster?",
    paper=PAPER,
    configuration=Configuration,
    reads=read_examples,
    claims=[*NEURON_CLAIMS, *PAIR_CLAIMS, *AGREEMENT_CLAIMS],
    figures=draw,
    tables=lambda readings: {
        f"{trained.name}: where it ends": ends_table(trained) for trained in readings.chains
    },
    remarks=lambda readings: [
        "Networks begin at weights of their own, which are ours: the tanh neuron at W = 0, as the "
        f"paper says, with b drawn from N(0, {BIAS_SPREAD[1]:g}²), of which it says nothing; the "
        "pair's weights around those that were chosen for its course, with a standard deviation of "
        f"{PAIR_SPREAD[0]:g}. Intervals are over such starts and the noise of training. The "
        "neuron's course soon forgets where it began, so that its intervals are narrow.",
        "The noise of every neuron, the last one included, is drawn anew for each input at each "
        "step of gradient descent on the mean squared error.",
        "The paper does not print the initial weights of its two neurons, nor their β; the "
        f"weights {PAIR_START} were chosen for the same course, and "
        f"β = {readings.neuron.chain.beta:g}.",
    ],
    minutes={"toy": 0.4, "quick": 1.2},
)
