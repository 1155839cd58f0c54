"""Estimates of what a chain's neurons know, held against the exact values.

Reference:
    Goldfeld et al. (2018), arXiv:1810.05728, section 3; supplement, section 8 and Fig. 9.
"""

from dataclasses import dataclass

import numpy as np

from ib_mlflow.studies.judging.claims import Claim
from ib_mlflow.studies.judging.intervals import POSITIVE, mean
from ib_mlflow.studies.judging.judgements import Judgement, all_hold
from ib_mlflow.studies.judging.margins import FARTHER, TRACKED
from ib_mlflow.studies.judging.shares import most_within
from ib_mlflow.studies.judging.verdicts import always
from ib_mlflow.trajectory.drops import exact_falls
from ib_mlflow.trajectory.members import Numbers
from ib_mlflow.units import nats
from .examples import MinimalExamples
from .information import EXACT, LOWER, UPPER
from .training import TrainedChain

ROUNDING = 1e-9
FAR = 1e9
"""The share of a fall that is none."""


@dataclass(frozen=True)
class Neuron:
    """One neuron of a chain.

    Arguments:
        trained: the chain's networks.
        layer: its number.
    """

    trained: TrainedChain
    layer: int

    @property
    def name(self) -> str:
        """What it is called in claims."""
        return f"{self.trained.name}, layer {self.layer}"

    @property
    def bounds_at(self) -> str:
        """Where the paper speaks of its bounds: of two neurons alone."""
        return "Suppl. 8; Fig. 9d" if len(self.trained.chain.layers) > 1 else "Beyond the paper"

    def curves(self, estimator: str, column: str = "i_x") -> Numbers:
        """What one estimator measured of it: (e, t), in nats."""
        return self.trained.curves(estimator, self.layer, column)


def neurons(readings: MinimalExamples) -> list[Neuron]:
    """The neurons of both chains."""
    return [Neuron(trained, layer) for trained in readings.chains for layer in trained.chain.layers]


def estimate_is_near(neuron: Neuron) -> Judgement:
    """Judge whether the estimate is within two of its standard errors of the exact value."""
    difference = neuron.curves("sp") - neuron.curves(EXACT)
    error = neuron.curves("sp", "i_x_se")
    near = (np.abs(difference) <= 2 * error).mean(axis=1)
    note = (
        f"At {100 * mean(near).value:.1f} % of them; mean difference ",
        mean(difference.mean(axis=1)).quantity("nats", digits=5),
        ", largest ",
        nats(np.abs(difference).max(), digits=4),
        ", mean standard error ",
        nats(error.mean(), digits=4),
        ".",
    )
    return most_within(1 - near, FARTHER, note=note)


def bounds_track(neuron: Neuron) -> Judgement:
    """Judge whether the bounds enclose the exact value, closely beside what it falls by."""
    low, exact, high = (neuron.curves(estimator) for estimator in (LOWER, EXACT, UPPER))
    inside = (low <= exact + ROUNDING) & (exact <= high + ROUNDING)
    apart, fallen = (high - low).max(axis=1), exact_falls(exact)
    note = (
        "The bounds are up to ", mean(apart).quantity("nats"), " apart, where I(X;T) falls by ",
        mean(fallen, POSITIVE).quantity("nats"), f"; counted up to {TRACKED:g} of that fall.",
    )  # fmt: skip
    shares = np.where(fallen > 0, apart / np.where(fallen > 0, fallen, 1.0), FAR)
    return all_hold([always(inside.all(axis=1)), most_within(shares, TRACKED, note=note)])


AGREEMENT_CLAIMS: list[Claim[MinimalExamples, Neuron]] = [
    Claim(
        "{of.name}: the sample-propagation estimate is within two of its standard errors of the "
        "exact I(X;T) at 9 of 10 epochs",
        "Sec. 3",
        estimate_is_near,
        neurons,
    ),
    Claim(
        "{of.name}: both bounds hold the exact I(X;T) at every epoch, and track its fall precisely",
        "{of.bounds_at}",
        bounds_track,
        neurons,
    ),
]
