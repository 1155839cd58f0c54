"""Tables of where layers lie on the information plane, and of what is known of their errors."""

from collections.abc import Mapping

from ib_mlflow.studies.judging.bounded import reliable_shares
from ib_mlflow.studies.judging.intervals import information, mean
from ib_mlflow.studies.reporting.table import Table
from ib_mlflow.trajectory import Trajectory, compression_band
from ib_mlflow.trajectory.members import at_end, drops
from ib_mlflow.units import Quantity, nats

FEW = 4
"""The most planes that have a table each; more are held beside each other, number by number."""
GUARANTEES = {
    "i_x": "I(X;T)",
    "i_x_half": "from half of the propagations",
    "i_x_lower": "lower bound",
    "certificate": "certificate",
    "risk": "risk (re-derived Thm. 4, 5)",
    "bias_floor": "bias floor (Thm. 6)",
    "monte_carlo": "Monte Carlo (sharper than Thm. 7)",
}
"""What a report says of each layer's estimate at the end: column and heading."""


def plane_tables(planes: Mapping[str, Trajectory], *, output: bool = True) -> dict[str, Table]:
    """Where the layers of several groups of networks end on the plane, and what they lost.

    Arguments:
        planes: by name, each of one estimator and setting.
        output: whether the last layer of each is its network's output.

    Returns:
        By heading: a table a plane, as of `plane_table`; of more than `FEW` planes a table a
        number, with a row a plane and a column a layer.
    """
    if len(planes) <= FEW:
        return {name: plane_table(plane, output=output) for name, plane in planes.items()}
    layers = {name: _layers(plane, output) for name, plane in planes.items()}
    last = list(dict.fromkeys(of.pop() for of in layers.values())) if output else []
    # Outputs behind different numbers of layers share a column.
    outputs = last if len(last) == 1 else ["output"] * output
    columns = [*sorted({layer for of in layers.values() for layer in of}, key=int), *outputs]
    numbers = {
        name: {
            heading: dict(zip([*layers[name], *outputs], values, strict=True))
            for heading, values in _numbers(plane).items()
        }
        for name, plane in planes.items()
    }
    named = ["networks", *(of if of == "output" else f"layer {of}" for of in columns)]
    return {
        f"{heading[0].upper()}{heading[1:]}": Table(
            named,
            [
                (name, *(of.get(heading, {}).get(column, "–") for column in columns))
                for name, of in numbers.items()
            ],
        )
        for heading in dict.fromkeys(heading for of in numbers.values() for heading in of)
    }


def plane_table(trajectory: Trajectory, *, output: bool = True) -> Table:
    """Where each layer ends on the plane, and what it lost.

    Arguments:
        trajectory: the curves of one estimator and setting.
        output: whether its last layer is the network's output.

    Returns:
        A row a layer, each number with its 95 % interval over the members. What was lost after
        the peak is the corrected drop of `compression`, with the band from 5 % to 95 % of the
        members and, where the estimator states errors, the standard error of the mean by these.
    """
    numbers = _numbers(trajectory)
    rows = zip(_layers(trajectory, output), *numbers.values(), strict=True)
    return Table(["layer", *numbers], list(rows))


def _layers(trajectory: Trajectory, output: bool) -> list[str]:
    """The layers, as tables name them."""
    *before, last = map(str, trajectory.layers)
    return [*before, f"{last} (output)" if output else last]


def _numbers(trajectory: Trajectory) -> dict[str, list[Quantity]]:
    """By heading a number for each layer."""
    lost = compression_band(trajectory)
    band = lost[lost["quantity"] == "drop"].sort_values("layer")
    layers, guides = trajectory.layers, trajectory.guides
    spread = {"q05": "5 % lose less than", "q95": "95 % lose less than"}
    if band["mean_se"].notna().any():
        spread["mean_se"] = "error of the mean loss"
    intervals = {
        "I(X;T) at the end": [
            information(at_end(trajectory, "i_x", layer), guides.h_x) for layer in layers
        ],
        "I(T;Y) at the end": [
            information(at_end(trajectory, "i_y", layer), guides.h_y) for layer in layers
        ],
        "lost after the peak": [mean(drops(trajectory, layer)) for layer in layers],
    }
    numbers = {
        heading: [interval.quantity("nats") for interval in of] for heading, of in intervals.items()
    }
    return numbers | {heading: [*map(nats, band[name])] for name, heading in spread.items()}


def errors_table(plane: Trajectory) -> Table:
    """What is known of the errors of the estimates.

    Arguments:
        plane: by sample propagation.

    Returns:
        A row a layer, means over the members at the end, and the share of reliable estimates over
        all epochs.
    """
    last = plane.frame[plane.frame["epoch"] == plane.epochs[-1]]
    means = last.groupby("layer")[[name for name in GUARANTEES if name in last]].mean()
    shares = reliable_shares(plane)
    rows = [
        (layer, *(nats(value, digits=None) for value in row), f"{100 * shares[layer]:.0f} %")
        for layer, row in zip(means.index, means.to_numpy().tolist(), strict=True)
    ]
    headings = [f"{GUARANTEES[str(name)]} [{{unit}}]" for name in means.columns]
    return Table(["layer", *headings, "reliable, all epochs"], rows)
