"""Tables of where layers lie on the information plane, and of what is known of their errors."""

import numpy as np

from ib_mlflow.studies.judging.bounded import reliable_shares
from ib_mlflow.studies.judging.intervals import information, mean
from ib_mlflow.studies.reporting.table import Table
from ib_mlflow.trajectory import Trajectory, compression_band
from ib_mlflow.trajectory.members import at_end, drops
from ib_mlflow.units import nats

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
    lost = compression_band(trajectory)
    band = lost[lost["quantity"] == "drop"].sort_values("layer")
    names = ["q05", "q95", *(["mean_se"] if band["mean_se"].notna().any() else [])]
    guides = trajectory.guides
    spreads = band[names].to_numpy(dtype=np.float64)
    rows = [
        (
            f"{layer} (output)" if output and layer == trajectory.layers[-1] else layer,
            information(at_end(trajectory, "i_x", layer), guides.h_x).quantity("nats"),
            information(at_end(trajectory, "i_y", layer), guides.h_y).quantity("nats"),
            mean(drops(trajectory, layer)).quantity("nats"),
            *map(nats, spread),
        )
        for layer, spread in zip(trajectory.layers, spreads, strict=True)
    ]
    headings = ["layer", "I(X;T) at the end", "I(T;Y) at the end", "lost after the peak"]
    headings += ["5 % lose less than", "95 % lose less than", "error of the mean loss"]
    return Table(headings[: 4 + len(names)], rows)


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
