"""Estimates of what a chain's neurons know, held against the exact values.

Reference:
    Goldfeld et al. (2018), arXiv:1810.05728, section 3; supplement, section 8 and Fig. 9.
"""

from dataclasses import dataclass

import numpy as np

from ib_mlflow.studies.judging.claims import Claim
from ib_mlflow.studies.judging.intervals import mean
from ib_mlflow.studies.judging.judgements import Judgement, all_hold
from ib_mlflow.studies.judging.shares import most_within
from ib_mlflow.studies.judging.verdicts import always, most
from ib_mlflow.trajectory.members import Numbers
from ib_mlflow.units import nats
from .examples import MinimalExamples
from .information import EXACT, LOWER, UPPER
from .training import TrainedChain

ROUNDING = 1e-9
DRAWS = "draws of the noise"
"""What the members differ in: they start from the same weights."""


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
    return most(near > 0.9, note=note, of=DRAWS)


def bounds_hold(neuron: Neuron) -> Judgement:
    """Judge whether the bounds enclose the exact value and move as it does."""
    low, exact, high = (neuron.curves(estimator) for estimator in (LOWER, EXACT, UPPER))
    inside = (low <= exact + ROUNDING) & (exact <= high + ROUNDING)
    correlation = np.minimum(_correlations(low, exact), _correlations(high, exact))
    note = (
        f"Correlation over epochs, of the lesser: {mean(correlation, (-1, 1)).text()}, counted "
        "above 0.9; the bounds are at most ",
        nats((high - low).max()),
        " apart.",
    )
    held = always(inside.all(axis=1), of=DRAWS)
    # What a correlation may be short of 1 by is the threshold.
    return all_hold([held, most_within(1 - correlation, 0.1, note=note, of=DRAWS)])


def _correlations(curves: Numbers, others: Numbers) -> Numbers:
    """The correlation of each row with the row beside it."""
    first, second = (rows - rows.mean(axis=1, keepdims=True) for rows in (curves, others))
    return np.asarray(
        (first * second).sum(axis=1)
        / np.sqrt((first * first).sum(axis=1) * (second * second).sum(axis=1))
    )


AGREEMENT_CLAIMS: list[Claim[MinimalExamples, Neuron]] = [
    Claim(
        "{of.name}: the sample-propagation estimate is within two of its standard errors of the "
        "exact I(X;T) at 9 of 10 epochs",
        "Sec. 3",
        estimate_is_near,
        neurons,
    ),
    Claim(
        "{of.name}: both bounds hold the exact I(X;T) at every epoch and follow its course",
        "Suppl. 8; Fig. 9d",
        bounds_hold,
        neurons,
    ),
]
