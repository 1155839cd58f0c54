"""What is said of saturated units.

Reference:
    Goldfeld et al. (2018), arXiv:1810.05728, section 5; Fig. 5a and 5b.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ib_mlflow.studies.judging.claims import Claim
from ib_mlflow.studies.judging.intervals import UNIT, known, mean
from ib_mlflow.studies.judging.judgements import Judgement, steady
from ib_mlflow.studies.judging.lengths import HAPPENS, Course, after, at_its_end, beside
from ib_mlflow.studies.judging.margins import FLAT, VAST
from ib_mlflow.studies.judging.shares import most_within
from ib_mlflow.studies.judging.verdicts import most
from ib_mlflow.trajectory.members import Numbers
from .claims import compresses_before
from .guards import LOSS_RISES, compressing_layer, deepest, last_epoch
from .paper import FIG_5
from .readings import NoiseReadings, NoisyGroup, Regularisation
from .sweep_claims import of_fig_5


def counted(groups: Sequence[NoisyGroup]) -> list[NoisyGroup]:
    """The groups whose saturated units were counted."""
    return [group for group in groups if group.saturation is not None]


def counted_pairs(readings: NoiseReadings) -> list[Regularisation]:
    """The networks of Fig. 5b beside those of Fig. 5a, where the units of both were counted."""
    return [pair for pair in of_fig_5(readings) if len(counted([pair.free, pair.regularised])) == 2]


def shares_of(group: NoisyGroup, factor: float, layers: Sequence[int]) -> Numbers:
    """The share of saturated units in some layers, of each network, as far as it is counted."""
    table = group.saturation
    assert table is not None
    rows = table[(table["at"] == factor) & table["layer"].isin(list(layers))]
    sums = rows.groupby("member")[["saturated", "units"]].sum()
    shares = (sums["saturated"] / sums["units"]).reindex(group.group.members)
    return np.asarray(shares.to_numpy(dtype=np.float64))


def saturates(group: NoisyGroup) -> Judgement:
    """Judge whether most units of the last hidden layer end saturated, in most networks."""
    shares = shares_of(group, 1.0, [group.deepest])
    note = (*_words(shares), f"; flat is a slope below {FLAT:g}.")

    def judge(factor: float) -> Judgement:
        own = shares_of(group, factor, [group.deepest])
        return most(known(own > 0.5, own), note=note)

    return steady(judge)


def stays_unsaturated(group: NoisyGroup) -> Judgement:
    """Judge whether the vast majority of all hidden units end unsaturated, in most networks."""
    shares = shares_of(group, 1.0, group.plane.layers)
    note = (*_words(shares), f"; the vast majority allows a share of {VAST:g}.")
    return most_within(shares, VAST, note=note)


def _words(shares: Numbers) -> tuple[Any, ...]:
    return ("Share of saturated units ", mean(shares, UNIT).quantity(digits=2))


SATURATION: Sequence[Claim[NoiseReadings, Any]] = (
    Claim(
        "{of.name}: at the end tanh saturates in layer {of.deepest}, which pushes the Gaussians "
        "into corners: most of its units are saturated",
        "Sec. 5; Fig. 5a",
        after(at_its_end(saturates, deepest, HAPPENS), LOSS_RISES, last_epoch, HAPPENS),
        lambda r: counted(r.free("tanh", FIG_5)),
    ),
    Claim(
        "{of.name}: layer {of.before} compresses too: it gains I(X;T) and then loses it",
        "Sec. 5; Fig. 5a",
        compressing_layer(compresses_before, lambda of: Course(of.plane, of.before)),
        lambda r: [group for group in r.free("tanh", FIG_5) if len(group.plane.layers) > 1],
    ),
    Claim(
        "{of.regularised.name}: the vast majority of units do not saturate",
        "Sec. 5; Fig. 5b",
        beside(
            lambda of: stays_unsaturated(of.regularised),
            lambda of: saturates(of.free),
            "free weights saturate them",
        ),
        counted_pairs,
    ),
)
"""What a count of units answers, and of the layer before the last."""
