"""How the claims about bin sizes are judged, from one training measured with each size.

Reference:
    Revisiting the Information Plane, sections 2.2.1 and 2.3, appendix D; Fig. 1, 5, 11, 13, 14.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ib_mlflow.studies.judging.claims import Claim
from ib_mlflow.studies.judging.curves import NEAR
from ib_mlflow.studies.judging.intervals import POSITIVE, UNIT, information, mean
from ib_mlflow.studies.judging.lengths import HAPPENS, Course, at_its_end
from ib_mlflow.studies.judging.series import curve_drops, curve_gains
from ib_mlflow.studies.judging.shares import most_where, most_within
from ib_mlflow.studies.judging.verdicts import Judgement, rises
from ib_mlflow.trajectory.members import Numbers, at_end
from ib_mlflow.units import nats
from .bin_readings import OCCUPANCY_BIN, BinSweep, Swept, stages
from .paper import course


def several_sizes(readings: BinSweep) -> list[Swept]:
    """The ensembles, where they were measured with more than one bin size."""
    return [swept for swept in readings.swept if len(swept.by_size) > 1]


def several_sizes_of_tanh(readings: BinSweep) -> list[Swept]:
    """Those of tanh networks, of which alone the paper says more than of all."""
    tanh = readings.all_of("tanh")
    return [swept for swept in several_sizes(readings) if swept in tanh]


def drifts(swept: Swept) -> Judgement:
    """Judge whether more hidden layers drift towards the corner the smaller the bins are.

    That no layer ends farther from it is mostly arithmetic where bins divide each other; by how
    much it ends nearer, and how many do, is not.
    """
    drift = swept.distances[-1] - swept.distances
    layers = drift.shape[1]

    def more(factor: float) -> NDArray[np.bool_]:
        """In which networks, as bins shrink, the number of layers that have drifted grows."""
        counts = (drift > factor * NEAR).sum(axis=1)
        # Before the smallest: with the largest but one, or of two sizes with the largest.
        before = counts[max(len(counts) - 2, 1)]
        grown = (counts[0] > before) | (counts[0] == layers)
        return np.asarray(grown & (np.diff(counts, axis=0) <= 0).all(axis=0))

    drifted = (drift > NEAR).sum(axis=1)
    sizes = [f"{size:g}" for size in swept.by_size]
    counted = [f"{mean(of, (0, layers)).value:.1f} with {size}"
               for of, size in zip(drifted[-2::-1], sizes[-2::-1], strict=True)]  # fmt: skip
    note = (
        f"Hidden layers, of {layers}, that end nearer to it than with {sizes[-1]}: ",
        ", ".join(counted), "; counted from ", nats(NEAR), ".",
    )  # fmt: skip
    return most_where(more, drift[0, 0], note=note)


def drifts_more_at_the_input(swept: Swept) -> Judgement:
    """Judge whether the first hidden layer, the highest as the paper has it, drifts farthest."""
    drift = swept.distances[-1] - swept.distances[0]
    note = (
        "Higher layers are nearer to the input in sections 2.2.2 and 2.3 and appendix D; read the "
        "other way round, the opposite verdict is that of the claim."
    )
    return rises(drift[0] - drift[-1], note=note)


def output_stays(swept: Swept) -> Judgement:
    """Judge whether the output ends within 0.1 bits of the same place with every bin size."""
    small, large = swept.by_size[swept.smallest], swept.by_size[swept.largest]
    output = small.layers[-1]
    moved = np.abs(at_end(large, "i_x", output) - at_end(small, "i_x", output))
    distance = information(moved).quantity("nats")
    note = ("I(X;T) of the output moved by ", distance, "; counted below ", nats(NEAR), ".")
    return most_within(moved, NEAR, note=note)


@dataclass(frozen=True)
class FilledLayer:
    """One of the last two hidden layers of an ensemble, whose bins of single axes are counted.

    Arguments:
        swept: the ensemble.
        layer: the layer.
    """

    swept: Swept
    layer: int

    @property
    def name(self) -> str:
        """The ensemble's name."""
        return self.swept.name

    @property
    def histograms_at(self) -> str:
        """Where the paper shows such histograms."""
        return self.swept.histograms_at


def last_two(swept: Sequence[Swept]) -> list[FilledLayer]:
    """The last two hidden layers of each ensemble."""
    return [
        FilledLayer(each, layer) for each in swept for layer in each.trained.spec.hidden_layers[-2:]
    ]


def fills(of: FilledLayer) -> Judgement:
    """Judge whether a layer comes to fill more bins of its units' axes."""
    return _gains_bins(of, 1)


def empties(of: FilledLayer) -> Judgement:
    """Judge whether a layer comes to fill fewer bins of its units' axes."""
    return _gains_bins(of, -1)


def _gains_bins(of: FilledLayer, sign: int) -> Judgement:
    rows = of.swept.filled[of.swept.filled["layer"] == of.layer]
    bins = rows.pivot(index="epoch", columns="member", values="filled")
    bins = bins.reindex(columns=range(len(of.swept.trained.spec.members)))
    early, _, last = stages(of.swept.trained.trajectory)
    gained = (bins.loc[last] - bins.loc[early]).to_numpy(dtype=np.float64)
    first, end = (mean(bins.loc[epoch], POSITIVE).text(digits=1) for epoch in (early, last))
    ends = f"{first} to {end}"
    note = f"Filled bins a unit, {OCCUPANCY_BIN:g} wide, from epoch {early} to {last}: {ends}."
    return rises(sign * gained, "bins a unit", note=note)


def output_fills_and_empties(swept: Swept) -> tuple[Judgement, Judgement]:
    """Judge whether the output comes to occupy more cells at first, and fewer in the end."""
    rows = swept.cells[swept.cells["layer"] == swept.trained.trajectory.layers[-1]]
    cells = rows.pivot(index="member", columns="epoch", values="occupied")
    curves = cells.reindex(range(len(swept.trained.spec.members))).to_numpy(dtype=np.float64)
    start, end = mean(curves[:, 0]).text(digits=0), mean(curves[:, -1]).text(digits=0)
    note = f"Occupied cells of width {OCCUPANCY_BIN:g}: {start} before training, {end} at the end."
    return (
        rises(curve_gains(curves), "cells up to the most", note=note),
        rises(curve_drops(curves), "cells after it"),
    )


def with_extremes(readings: BinSweep) -> list[Swept]:
    """The tanh networks, of whose layers the share in the extreme bins was counted."""
    return [swept for swept in readings.swept if swept.extremes is not None]


def goes_to_the_extremes(swept: Swept) -> Judgement:
    """Judge whether training puts more of the last hidden layer into the two extreme bins."""
    early, _, last = stages(swept.trained.trajectory)
    first, end = (_extreme(swept, epoch, swept.last_hidden) for epoch in (early, last))
    ends = f"{mean(first, UNIT).text(digits=3)} at epoch {early}, {mean(end, UNIT).text(digits=3)}"
    return rises(end - first, "of the activations", note=f"{ends} at the end.")


def deeper_is_more_extreme(swept: Swept) -> list[Judgement]:
    """Judge whether the last hidden layer ends with more there than every layer before it."""
    *_, last = stages(swept.trained.trajectory)
    *before, deepest = swept.trained.spec.hidden_layers
    end = _extreme(swept, last, deepest)
    return [
        rises(end - _extreme(swept, last, layer), "of the activations", note=f"Than layer {layer}.")
        for layer in before
    ]


def _extreme(swept: Swept, epoch: int, layer: int) -> Numbers:
    """(e,), NaN of a member that diverged."""
    table = swept.extremes
    assert table is not None
    rows = table[(table["epoch"] == epoch) & (table["layer"] == layer)].set_index("member")
    return rows["share"].reindex(range(len(swept.trained.spec.members))).to_numpy(dtype=np.float64)


def _course(swept: Swept, layer: int) -> Course:
    """In the largest bins, in which a layer is the last to come to rest."""
    return course(swept.by_size[swept.largest], layer)


def _last_hidden(swept: Swept) -> Course:
    return _course(swept, swept.last_hidden)


def _output(swept: Swept) -> Course:
    return _course(swept, swept.by_size[swept.largest].layers[-1])


CLAIMS: Sequence[Claim[BinSweep, Any]] = (
    Claim(
        "{of.name}: as bins shrink from {of.largest:g} to {of.smallest:g}, more hidden layers "
        "drift towards the corner (H(X), I(X;Y))",
        "{of.where}",
        at_its_end(drifts, _last_hidden, HAPPENS),
        several_sizes,
    ),
    Claim(
        "{of.name}: the drift into the corner is stronger the higher the layer: for the first "
        "hidden layer than for the last",
        "{of.where}",
        at_its_end(drifts_more_at_the_input, _last_hidden, HAPPENS),
        several_sizes_of_tanh,
    ),
    Claim(
        "{of.name}: where the output ends does not depend on the bin size",
        "{of.where}",
        at_its_end(output_stays, _output),
        several_sizes_of_tanh,
    ),
    Claim(
        "{of.name}: while it learns, layer {of.layer} empties its bins, as tanh layers do",
        "{of.histograms_at}",
        at_its_end(empties, lambda of: _course(of.swept, of.layer), HAPPENS),
        lambda readings: last_two(readings.all_of("tanh")),
    ),
    Claim(
        "{of.name}: while it learns, layer {of.layer} fills more bins, as ReLU layers do",
        "{of.histograms_at}",
        at_its_end(fills, lambda of: _course(of.swept, of.layer), HAPPENS),
        lambda readings: last_two(readings.all_of("relu")),
    ),
    Claim(
        "{of.name}: the more training proceeds, the more of the last hidden layer "
        "({of.last_hidden}) lies in the extreme bins",
        "{of.histograms_at}",
        at_its_end(goes_to_the_extremes, _last_hidden, HAPPENS),
        with_extremes,
    ),
    Claim(
        "{of.name}: the deeper the layer, the more of it lies in the extreme bins: of the last "
        "hidden layer ({of.last_hidden}) more than of any before",
        "{of.histograms_at}",
        at_its_end(deeper_is_more_extreme, _last_hidden, HAPPENS),
        with_extremes,
    ),
    Claim(
        "{of.name}: the output fills more bins at first, and fewer in the end",
        "{of.histograms_at}",
        at_its_end(output_fills_and_empties, _output, HAPPENS),
        lambda readings: [*readings.all_of("tanh"), *readings.all_of("relu")],
    ),
)
"""In the order of the report."""
