"""How the layers of the MNIST CNN part the classes, held against the input.

Reference:
    Goldfeld et al. (2018), arXiv:1810.05728, section 5; Fig. 8.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ib_mlflow.studies.judging.judgements import Judgement, Verdict
from ib_mlflow.studies.judging.margins import LITTLE, MUCH
from ib_mlflow.studies.judging.shares import most_beyond, most_within
from ib_mlflow.studies.judging.verdicts import rises
from ib_mlflow.trajectory.members import Numbers, at_layer
from .readings import Versions

INPUT, CONVOLUTIONAL, FULL = 0, (1, 2), (3, 4)
OF_AREA = "of the area"


@dataclass(frozen=True, eq=False)
class Parting:
    """The area that distances within and between classes share at one epoch: (e,) by layer."""

    when: str
    area: Mapping[int, Numbers]

    def parted(self, *layers: int) -> Numbers:
        """How much less than the input's some layers share on average: (e,)."""
        own = np.mean([self.area[layer] for layer in layers], axis=0)
        return np.asarray(self.area[INPUT] - own)

    @property
    def shown(self) -> str:
        """The area of every layer, in words."""
        areas = (f"{layer or 'input'}: {own.mean():.2f}" for layer, own in self.area.items())
        return f"Shared area by layer: {', '.join(areas)}."


def partings(readings: Versions) -> list[Parting]:
    """How the layers part the classes after the first epoch of training, and at the end."""
    overlaps = readings.dynamics.overlaps
    first, last = overlaps.loc[overlaps["epoch"] > 0, "epoch"].agg(["min", "max"])
    return [
        Parting(when, {layer: at_layer(rows, "overlap", layer) for layer in (0, 1, 2, 3, 4)})
        for epoch, when in {first: f"even after epoch {first}", last: "at the end"}.items()
        for rows in [overlaps[overlaps["epoch"] == epoch]]
    ]


def full_layers_part(of: Parting) -> tuple[Judgement, ...]:
    """Judge whether full layers part the classes, more than convolutional ones, which do little.

    Either is held against the input, and one against the other.
    """
    counted = f"Less is shared than of the input; {LITTLE:g} of the area is little."
    return (
        rises(of.parted(*FULL) - of.parted(*CONVOLUTIONAL), OF_AREA, note=of.shown),
        *(
            most_beyond(of.parted(layer), LITTLE, note=f"Layer {layer}. {counted}")
            for layer in FULL
        ),
        *(
            most_within(of.parted(layer), LITTLE, note=f"Layer {layer}. {counted}")
            for layer in CONVOLUTIONAL
        ),
    )


def input_overlaps(readings: Versions) -> Judgement:
    """Judge whether images of a class are nearer, with much overlap; no network is in it."""
    overlaps, histograms = readings.dynamics.overlaps, readings.dynamics.histograms
    area = float(overlaps.loc[overlaps["layer"] == INPUT, "overlap"].iloc[0])
    rows = histograms[histograms["layer"] == INPUT]
    rows = rows[rows["epoch"] == rows["epoch"].min()]
    centres = (rows["bin_left"] + rows["bin_right"]).to_numpy(np.float64) / 2
    within, between = (
        float(centres[rows[name].to_numpy().argmax()]) for name in ("within", "between")
    )
    verdict: Verdict = "agrees" if within < between and area >= MUCH else "disagrees"
    words = (
        f"Of these images: most frequent distance {within:.2f} within classes and {between:.2f} "
        f"between them; they share {area:.2f} of the area, much from {MUCH:g} on.",
    )
    return Judgement(verdict, words)
