"""The claims about noise and dropout in the MNIST CNN, judged over its members.

Reference:
    Goldfeld et al. (2018), arXiv:1810.05728, sections 2 and 5; Fig. 3 and 7.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from ib_mlflow.studies.judging.intervals import POSITIVE, UNIT, information, known, mean
from ib_mlflow.studies.judging.judgements import Judgement, steady
from ib_mlflow.studies.judging.margins import NEARLY, UNIT_FALL, UNIT_SPREAD, UNLIKE
from ib_mlflow.studies.judging.shares import most_within
from ib_mlflow.studies.judging.verdicts import always, most, rises
from ib_mlflow.trajectory import Trajectory
from ib_mlflow.trajectory.members import Numbers, at_end, at_layer
from ib_mlflow.units import Quantity, Words, nats
from .networks import DROPOUT, noisy
from .readings import Versions

LIKE_THEIR_TWINS = (noisy(0.05), noisy(0.1), DROPOUT)
"""The versions of which the paper says so."""
LOGITS = 4
RATE = "nats per epoch"
COSINE = "in cosine similarity"


@dataclass(frozen=True, eq=False)
class Likeness:
    """How like one version is to its deterministic twins.

    Arguments:
        name: of the version.
        beta: its noise; 0 for none.
        cosine: (e,) mean similarity over the layers, by seed.
        unrelated: that of the deterministic networks of other seeds; NaN where it is not known.
        otherwise: in how much was learnt training differs from the paper's.
    """

    name: str
    beta: float
    cosine: Numbers
    unrelated: float
    otherwise: tuple[str, ...] = ()


@dataclass(frozen=True)
class BinnedLayer:
    """One layer of the version with dropout, in two bins a unit."""

    layer: int
    plane: Trajectory


@dataclass(frozen=True, eq=False)
class UnitSlopes:
    """Slopes of H(Bin T(k)) of single units with bins of one size, as `Dynamics` has them.

    Arguments:
        bin_size: the width of a bin.
        rows: the slopes.
        otherwise: in how much was learnt training differs from the paper's.
    """

    bin_size: float
    rows: pd.DataFrame
    otherwise: tuple[str, ...] = ()


def likenesses(readings: Versions) -> list[Likeness]:
    """How like each version is to its deterministic twins."""
    means = (
        readings.similarities.table.groupby(["version", "seed"])[["cosine", "unrelated"]]
        .mean()
        .reset_index("version")
    )
    return [
        Likeness(
            str(name),
            readings.betas[str(name)],
            rows["cosine"].to_numpy(dtype=np.float64),
            float(rows["unrelated"].mean()),
            readings.configuration.learnt_otherwise,
        )
        for name, rows in means.groupby("version")
    ]


def like_their_twins(readings: Versions) -> list[Likeness]:
    """Those of which the paper says that they are, where there are other seeds to compare with."""
    return [
        likeness
        for likeness in likenesses(readings)
        if likeness.name in LIKE_THEIR_TWINS and np.isfinite(likeness.unrelated)
    ]


def is_like_its_twin(likeness: Likeness) -> tuple[Judgement, Judgement]:
    """Judge whether a version is more like its twins than other seeds are, and much like them."""
    note = ("Mean similarity ", mean(likeness.cosine, (-1, 1)).quantity(digits=2), ".")
    short = (1 - likeness.cosine) / (1 - likeness.unrelated)
    words = f"Large is short of 1 by up to {UNLIKE:g} of what networks of other seeds are."
    return (
        rises(likeness.cosine - likeness.unrelated, COSINE, note=note),
        most_within(short, UNLIKE, note=words),
    )


def by_noise(readings: Versions) -> list[tuple[Likeness, ...]]:
    """The versions with noise, from the least on, where they are two or more."""
    noises = [likeness for likeness in likenesses(readings) if likeness.beta]
    ordered = tuple(sorted(noises, key=lambda likeness: likeness.beta))
    return [ordered] if len(ordered) > 1 else []


def less_like_with_noise(noises: tuple[Likeness, ...]) -> list[Judgement]:
    """Judge whether each version is less like its twins than the one with the next less noise."""
    return [
        rises(less.cosine - more.cosine, COSINE, note=f"From β = {less.beta:g} to {more.beta:g}.")
        for less, more in pairwise(noises)
    ]


def inner_layers_less_like(readings: Versions) -> Judgement:
    """Judge whether layers 2 and 3 of all versions are less like their twins' than 1 and 4."""
    cosine = readings.similarities.table.pivot_table(
        index="seed", columns="layer", values="cosine", dropna=False
    )
    outer, inner = ((cosine[first] + cosine[second]) / 2 for first, second in ((1, 4), (2, 3)))
    return rises((outer - inner).to_numpy(dtype=np.float64), COSINE)


def input_is_injective(readings: Versions) -> Judgement:
    """Judge whether two bins a pixel tell nearly all images apart; there is no network in it."""
    most_there_is = readings.planes[DROPOUT].guides.h_x
    short = 1 - readings.input_entropy / most_there_is
    words = (
        "H(Bin X) = ", nats(readings.input_entropy, 4), " of ", nats(most_there_is, 4),
        ". The paper's, of 10,000 images, of which two are merged: ", nats(9.209), " of ",
        nats(9.210), ".",
    )  # fmt: skip

    def judge(factor: float) -> Judgement:
        nearly = short <= factor * (1 - NEARLY)
        return Judgement("agrees" if nearly else "disagrees", words)

    return steady(judge)


def dropout_layers(readings: Versions) -> list[BinnedLayer]:
    """Each layer of the version with dropout."""
    plane = readings.planes[DROPOUT]
    return [BinnedLayer(layer, plane) for layer in plane.layers]


def is_injective(of: BinnedLayer) -> Judgement:
    """Judge whether two bins a unit tell nearly all images apart, at every epoch."""
    plane, layer = of.plane, of.layer
    lowest = at_layer(
        plane.frame.groupby(["member", "layer"])[["i_x"]].min().reset_index(), "i_x", layer
    )
    h_x = plane.guides.h_x
    note: Words = (
        "Lowest H(Bin T): ", information(lowest, h_x).quantity("nats"), " of ", nats(h_x), ".",
    )  # fmt: skip
    if layer == LOGITS:
        held = nats(10 * np.log(2), 2)
        note += (
            " Ten logits in two bins hold at most log 2 each, in all ", held,
            ", so that the paper's ", nats(9.2, 1), " cannot be theirs.",
        )  # fmt: skip
    end = at_end(plane, "i_x", layer)
    # What it may be short of H(X) by is the threshold.
    short = (1 - NEARLY) * h_x
    return steady(lambda factor: always(known(lowest >= h_x - factor * short, end), note=note))


def unit_slopes(readings: Versions) -> list[UnitSlopes]:
    """The slopes of the units of layer 3, for each bin size."""
    slopes = readings.dynamics.slopes
    otherwise = readings.configuration.learnt_otherwise
    return [
        UnitSlopes(float(str(size)), rows, otherwise) for size, rows in slopes.groupby("bin_size")
    ]


def units_compress(of: UnitSlopes) -> tuple[Judgement, Judgement, Judgement, Judgement]:
    """Judge whether H(Bin T(k)) falls of most units, and on average and in scatter as the paper's.

    The paper's two numbers are no thresholds of ours, and are not halved or doubled.
    """
    slopes = of.rows.groupby("member")["slope"]
    falls, spread = -slopes.mean().to_numpy(np.float64), slopes.std().to_numpy(np.float64)
    falling = slopes.agg(lambda slope: float((slope < 0).mean())).to_numpy(np.float64)
    least, most_apart = (Quantity(limit, unit=RATE) for limit in (UNIT_FALL, UNIT_SPREAD))
    return (
        rises(falls, RATE),
        most(
            known(falling > 0.5, falls),
            note=("Of the units of a network fall ", mean(falling, UNIT).quantity(digits=2), "."),
        ),
        rises(falls - UNIT_FALL, RATE, note=("How much more than the paper's ", least, ".")),
        most(
            known(spread <= UNIT_SPREAD, spread),
            note=(
                "Standard deviation over units ", mean(spread, POSITIVE).quantity(RATE, 4),
                ", the paper's at most ", most_apart, ".",
            ),
        ),
    )  # fmt: skip
