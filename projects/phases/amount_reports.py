"""Tables and figures of networks that learnt more and less of the data.

Reference:
    On the Information Bottleneck Theory of Deep Learning, slides "Effect of Amount of Data" and
    "Effect of Training Data".
"""

import pandas as pd
from matplotlib.figure import Figure

from ib_mlflow import figures
from ib_mlflow.studies.judging.drops import drops
from ib_mlflow.studies.judging.intervals import accuracy, information, mean
from ib_mlflow.studies.reporting.planes import plane_tables
from ib_mlflow.studies.reporting.table import Table
from ib_mlflow.trajectory.members import at_end
from ib_mlflow.units import scale_of
from .amounts import DataAmounts


def amount_table(readings: DataAmounts) -> Table:
    """Each share: what its networks learnt, and where the last hidden layer ends."""
    rows = [
        (
            amount.name,
            amount.samples,
            accuracy(amount.score("val_accuracy")).quantity(),
            mean(amount.gap).quantity(),
            information(amount.end("i_x")).quantity("nats"),
            information(amount.end("i_y")).quantity("nats"),
            mean(drops(amount.plane, amount.layer, "i_y")).quantity("nats"),
            information(at_end(amount.learnt, "i_x", amount.layer)).quantity("nats"),
            information(at_end(amount.learnt, "i_y", amount.layer)).quantity("nats"),
        )
        for amount in readings.amounts
    ]
    headings = [
        "learnt", "samples", "validation accuracy", "gap of accuracies", "I(X;T)", "I(T;Y)",
        "I(T;Y) fallen from its highest", "I(X;T), training inputs", "I(T;Y), training inputs",
    ]  # fmt: skip
    return Table(headings, rows)


def amount_tables(readings: DataAmounts) -> dict[str, Table]:
    """The last hidden layer by share, and all layers of each."""
    tables = {"The last hidden layer at the end": amount_table(readings)}
    return tables | plane_tables({f"{of.name}, on all inputs": of.plane for of in readings.amounts})


def amount_figures(readings: DataAmounts) -> dict[str, Figure]:
    """The plane on the training inputs, and the last hidden layer by sample size and gap."""
    unit = readings.configuration.unit
    table = pd.concat(
        [
            pd.DataFrame(
                {
                    "group": amount.name,
                    "samples": amount.samples,
                    "gap": amount.gap,
                    "i_x": amount.end("i_x") * scale_of(unit),
                    "i_y": amount.end("i_y") * scale_of(unit),
                }
            )
            for amount in readings.amounts
        ]
    )
    learnt = {f"{of.name}, training inputs": of.learnt for of in readings.amounts}
    return {
        "information_plane_training_inputs.png": figures.information_plane(learnt, unit=unit),
        "last_hidden_layer.png": figures.relations(
            table,
            across={"samples": "samples learnt", "gap": "training less validation accuracy"},
            up={
                "i_x": f"I(X; Bin T) at the end [{unit}]",
                "i_y": f"I(Bin T; Y) at the end [{unit}]",
            },
            logarithmic=("samples",),
        ),
    }
