"""The tables and figures of the studies of noisy networks, and of bins and clusters."""

import math
from collections.abc import Iterable

from matplotlib.figure import Figure

from ib_mlflow import figures
from ib_mlflow.information.propagation.monte_carlo import mse_bounded
from ib_mlflow.studies.reporting.headings import FIRST
from ib_mlflow.studies.reporting.planes import FEW, errors_table, plane_tables
from ib_mlflow.studies.reporting.report import file_name
from ib_mlflow.studies.reporting.table import Table
from ib_mlflow.trajectory import Trajectory, compression
from ib_mlflow.units import Quantity, nats, scale_of
from .bin_claims import BinClustering
from .networks import NoiseConfiguration, condition_name
from .readings import NoiseReadings, NoisyGroup


def noisy_tables(readings: NoiseReadings) -> dict[str, Table]:
    """Where the layers of every noisy group end, and what is known of the errors there."""
    planes = plane_tables({noisy.name: noisy.plane for noisy in readings.groups}, output=False)
    estimates = {
        noisy.name: beside_theorem_7(errors_table(noisy.plane), noisy, readings.configuration)
        for noisy in readings.groups
    }
    if len(estimates) <= FEW:
        return planes | {f"{name}: the estimates": table for name, table in estimates.items()}
    (columns,) = {tuple(table.columns) for table in estimates.values()}
    rows = [(name, *row) for name, table in estimates.items() for row in table.rows]
    return planes | {"The estimates": Table(["networks", *columns], rows)}


def beside_theorem_7(table: Table, noisy: NoisyGroup, configuration: NoiseConfiguration) -> Table:
    """Put theorem 7's own number into a table of errors, behind the sharper one of the estimates.

    Arguments:
        table: a row a layer, the layer first.
        noisy: the group it is of.
        configuration: the study's parameters.

    Returns:
        The table with the root of (i), for as many draws as were made; – where activations are not
        bounded by 1, for which (ii) needs a moment that is not recorded.
    """
    rows = [(*row, theorem_7(noisy, configuration, layer=int(str(row[0])))) for row in table.rows]
    return Table([*table.columns, "Monte Carlo (Thm. 7 itself) [{unit}]"], rows)


def theorem_7(
    noisy: NoisyGroup, configuration: NoiseConfiguration, *, layer: int
) -> Quantity | str:
    """The root mean squared error of the Monte Carlo integral of one layer, by theorem 7 (i)."""
    if noisy.activation != "tanh":
        return "–"
    units, beta = configuration.hidden[layer - 1], noisy.condition.beta
    # It counts all draws, of which as many are made around each centre.
    squared = mse_bounded(1, configuration.queries, units, beta=beta)
    return nats(math.sqrt(squared), digits=None)


def sweep_figures(readings: NoiseReadings) -> dict[str, Figure]:
    """I(X;T), H(Bin T) and what was lost of I(X;T), by noise, of each activation."""
    unit = readings.configuration.unit
    pictures: dict[str, Figure] = {}
    for activation in readings.activations:
        groups, name = readings.all_of(activation), file_name(activation)
        pictures |= {
            f"information_{name}.png": information_curves(groups, unit),
            f"bin_entropy_{name}.png": entropy_curves(
                {noisy.name: noisy.binned for noisy in groups}, unit
            ),
            f"compression_{name}.png": figures.compare_settings(
                {condition_name(noisy.condition): compression(noisy.plane) for noisy in groups},
                quantity="drop",
                label=f"I(X;T) lost after the peak [{unit}]",
                scale=scale_of(unit),
            ),
        }
    return pictures


def spiral_figures(readings: NoiseReadings) -> dict[str, Figure]:
    """The points, I(X;T) of the noisy networks, H(Bin T) of these and the deterministic ones."""
    unit = readings.configuration.unit
    binned = {noisy.name: noisy.binned for noisy in readings.groups}
    binned |= {
        group.name: group.plane().select(layers=group.trained.spec.hidden_layers)
        for group in readings.deterministic
    }
    measured = {
        group.trained.spec.task.name: group.trained.spec.task.measured
        for group in readings.ensembles.groups
    }
    return {
        "data.png": figures.input_scatter(measured["spiral"].features(), measured["spiral"].labels),
        "information.png": information_curves(readings.groups, unit),
        "bin_entropy.png": entropy_curves(binned, unit),
    }


def bin_figures(readings: BinClustering) -> dict[str, Figure]:
    """H(Bin T) by bin size, the distances between samples, and where the last layer puts them."""
    clusters, last = readings.clusters, readings.last_hidden
    return {
        "bin_entropy.png": figures.setting_curves(
            {f"bin size {size:g}": plane for size, plane in readings.by_size.items()},
            label="H(Bin T)",
            unit=readings.configuration.unit,
            guide="ln 4096",
            marked=clusters.stages,
        ),
        "distances.png": figures.entitle(figures.distance_histograms(clusters.histograms), FIRST),
        f"scatter_layer_{last}.png": figures.entitle(
            figures.layer_scatter(clusters.points, readings.labels, layer=f"layer {last}"), FIRST
        ),
    }


def information_curves(groups: Iterable[NoisyGroup], unit: str) -> Figure:
    """I(X;T) over epochs, a panel for each group."""
    return figures.setting_curves({noisy.name: noisy.plane for noisy in groups}, unit=unit)


def entropy_curves(planes: dict[str, Trajectory], unit: str) -> Figure:
    """H(Bin T) over epochs, a panel for each plane."""
    return figures.setting_curves(planes, label="H(Bin T)", unit=unit)
