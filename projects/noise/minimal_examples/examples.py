"""Both chains of the paper, and what the study has read of them.

Reference:
    Goldfeld et al. (2018), arXiv:1810.05728, section 4 and Fig. 4; supplement, section 8 and
    Fig. 9.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from ib_mlflow.studies.configuration import StudyConfiguration
from ib_mlflow.studies.judging.intervals import information
from ib_mlflow.studies.reporting.evidence import Evidence, trajectory_table
from ib_mlflow.studies.reporting.table import Table
from ib_mlflow.trajectory.members import Numbers, at_end, drops
from .chains import Chain
from .information import EXACT, LOWER, UPPER, exact_information
from .training import TrainedChain

PAIR_START = ((-0.01, 1.5), (-1.0, -0.1))
"""w and b of both neurons. The paper shows its own in Fig. 9a and prints no number; these were
chosen, as those were, so that the inputs of one class move apart, merge, and split again."""
PAIR_SPREAD = (0.02, 0.02)
"""Standard deviations of w and b around that start: a start that is twice as far away from it takes
another course, and was not chosen."""
BIAS_SPREAD = (0.0, 0.5)
"""Those of the one neuron: the paper says W = 0, and nothing of b, with which its tanh begins
anywhere on its slope."""
WEIGHTS = np.linspace(0.0, 6.0, 241)
"""Weights for Fig. 4d, with its bias of −2w; the paper prints no range of w, this one is ours."""
NAMES = {
    EXACT: "exact, by quadrature",
    "sp": "sample propagation",
    LOWER: "pairwise bound, below",
    UPPER: "pairwise bound, above",
}


def tanh_neuron(beta: float) -> Chain:
    """The one neuron, which learns to tell the input 3 from -3, -1 and 1."""
    return Chain(
        "tanh neuron",
        "tanh",
        inputs=(-3.0, -1.0, 1.0, 3.0),
        targets=(-1.0, -1.0, -1.0, 1.0),
        initial=((0.0, 0.0),),
        learning_rate=0.01,
        beta=beta,
        spread=BIAS_SPREAD,
    )


def leaky_pair(beta: float) -> Chain:
    """The two neurons, which learn to tell the inputs 1 to 4 from 5 to 8."""
    return Chain(
        "leaky ReLU pair",
        "leaky_relu",
        inputs=(1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0),
        targets=(0.0,) * 4 + (0.25,) * 4,
        initial=PAIR_START,
        learning_rate=0.001,
        beta=beta,
        spread=PAIR_SPREAD,
    )


@dataclass(frozen=True, eq=False)
class WeightSweep:
    """What one neuron knows over its weight, with the bias −2w: exact, of no network.

    Arguments:
        weights: (t,) ascending from 0.
        curves: by β the exact I(X;T), (t,) nats.
    """

    weights: Numbers
    curves: Mapping[float, Numbers]


def sweep_weight(chain: Chain, betas: Iterable[float]) -> WeightSweep:
    """Compute what a chain of one neuron knows over its weight.

    Arguments:
        chain: of one neuron; its own β counts for nothing.
        betas: standard deviations of the noise.

    Returns:
        The exact curves over `WEIGHTS`.
    """
    curves = {}
    for beta in sorted(betas):
        noisy = replace(chain, beta=beta)
        exact = (exact_information(noisy, np.array([[w, -2 * w]])) for w in WEIGHTS)
        curves[beta] = np.array([layers[1].i_x.point for layers in exact])
    return WeightSweep(WEIGHTS, curves)


@dataclass(frozen=True)
class MinimalExamples:
    """What the study has read.

    Arguments:
        configuration: the study's parameters.
        neuron: the tanh neuron.
        pair: the two leaky-ReLU neurons.
        by_weight: what the neuron knows over its weight.
    """

    configuration: StudyConfiguration
    neuron: TrainedChain
    pair: TrainedChain
    by_weight: WeightSweep

    @property
    def chains(self) -> tuple[TrainedChain, TrainedChain]:
        """Both examples."""
        return self.neuron, self.pair

    @property
    def evidence(self) -> Evidence:
        """What the conclusion rests on."""
        of_one, of_two = len(self.neuron.spec.seeds), len(self.pair.spec.seeds)
        trajectories = {trained.name: trained.trajectory for trained in self.chains}
        return Evidence(
            summary=f"{of_one} networks of one neuron and {of_two} of two were trained",
            planes={
                name: trajectory.select(estimator=EXACT)
                for name, trajectory in trajectories.items()
            },
            tables={"trajectory.parquet": trajectory_table(trajectories)},
        )


def log_scalars(chains: Iterable[TrainedChain]) -> None:
    """Put end-of-run scalars on each chain's own run: exact means over the networks, in nats."""
    for trained in chains:
        exact = trained.trajectory.select(estimator=EXACT)
        scalars = {}
        for layer in exact.layers:
            lost = drops(exact, layer)
            scalars[f"summary/compression_nats.layer_{layer}"] = float(lost.mean())
        trained.recording.child(trained.name).log_metrics(scalars)


def ends_table(trained: TrainedChain) -> Table:
    """I(X;T) and I(T;Y) at the end, by every estimator, with intervals over the networks."""
    rows = []
    for layer in trained.chain.layers:
        for estimator, name in NAMES.items():
            ends = trained.trajectory.select(estimator=estimator)
            i_x, i_y = (information(at_end(ends, column, layer)) for column in ("i_x", "i_y"))
            rows.append((layer, name, i_x.quantity("nats"), i_y.quantity("nats")))
    return Table(["layer", "estimator", "I(X;T)", "I(T;Y)"], rows)
