"""How the claims about bin sizes are judged, from one training measured with each size.

Reference:
    Revisiting the Information Plane, sections 2.2.1 and 2.3, appendix D; Fig. 1, 5, 11, 13, 14.
"""

import numpy as np

from ib_mlflow.studies.judging.curves import NEAR
from ib_mlflow.studies.judging.intervals import known, mean
from ib_mlflow.studies.judging.shares import most_within
from ib_mlflow.studies.judging.verdicts import Judgement, most, rises
from ib_mlflow.trajectory.members import at_end
from .bin_readings import OCCUPANCY_BIN, BinSweep, Swept, stages

ROUNDING = 1e-9


def several_sizes(readings: BinSweep) -> list[Swept]:
    """The ensembles, where they were measured with more than one bin size."""
    return [swept for swept in readings.swept if len(swept.by_size) > 1]


def several_sizes_of_tanh(readings: BinSweep) -> list[Swept]:
    """Those of tanh networks, of which alone the paper says more than of all."""
    tanh = readings.all_of("tanh")
    return [swept for swept in several_sizes(readings) if swept in tanh]


def drifts(swept: Swept) -> Judgement:
    """Judge whether smaller bins drive the hidden layers towards the corner."""
    steps = np.diff(swept.distances, axis=0)
    drift = swept.distances[-1] - swept.distances[0]
    nearer = (steps > -ROUNDING).all(axis=(0, 1)) & (drift > ROUNDING).any(axis=0)
    return most(known(nearer, drift[0]))


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
    distance = mean(moved).quantity("nats")
    note = ("I(X;T) of the output moved by ", distance, "; counted below 0.1 bits.")
    return most_within(moved, NEAR, note=note)


def fills(swept: Swept) -> Judgement:
    """Judge whether the last hidden layer comes to occupy more cells."""
    return _gains_cells(swept, 1)


def empties(swept: Swept) -> Judgement:
    """Judge whether the last hidden layer comes to occupy fewer cells."""
    return _gains_cells(swept, -1)


def _gains_cells(swept: Swept, sign: int) -> Judgement:
    rows = swept.cells[swept.cells["layer"] == swept.last_hidden]
    cells = rows.pivot(index="epoch", columns="member", values="occupied")
    early, _, last = stages(swept.trained.trajectory)
    gained = (cells.loc[last] - cells.loc[early]).to_numpy(dtype=np.float64)
    ends = f"{mean(cells.loc[early]).text(digits=0)} to {mean(cells.loc[last]).text(digits=0)}"
    note = f"Occupied cells of width {OCCUPANCY_BIN:g}, from epoch {early} to {last}: {ends}."
    return rises(sign * gained, "cells", note=note)
