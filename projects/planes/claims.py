"""How the claims of Revisiting the Information Plane are judged.

Reference:
    Revisiting the Information Plane, sections 2.2 to 2.4, appendices B, D and F.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ib_mlflow.studies.configuration import LearningConfiguration
from ib_mlflow.studies.judging.curves import NEAR, early_epoch
from ib_mlflow.studies.judging.intervals import UNIT, information, known, mean, share
from ib_mlflow.studies.judging.margins import SAME_ACCURACY
from ib_mlflow.studies.judging.published import Published, reproduces
from ib_mlflow.studies.judging.shares import most_within
from ib_mlflow.studies.judging.verdicts import Judgement, most
from ib_mlflow.studies.reporting.ensembles import Ensembles
from ib_mlflow.studies.reporting.planes import plane_tables
from ib_mlflow.studies.reporting.table import Table
from ib_mlflow.studies.running.training import TrainedGroup
from ib_mlflow.trajectory import Trajectory, order_violations
from ib_mlflow.trajectory.members import at_end, hidden_layers, validation_accuracy
from ib_mlflow.units import nats
from .paper import ACCURACY


@dataclass(frozen=True)
class Curves:
    """The curves of one group of networks with an output, as claims speak of them.

    Arguments:
        name: of the group.
        plane: its curves, the output's last.
        rows: of the validation set, which its networks share.
    """

    name: str
    plane: Trajectory
    rows: int | None = None

    @property
    def last_hidden(self) -> int:
        """The last hidden layer."""
        return hidden_layers(self.plane)[-1]

    @property
    def early(self) -> int:
        """The measured epoch nearest to an eighth of training."""
        return early_epoch(self.plane)

    @property
    def last(self) -> int:
        """The last epoch."""
        return self.plane.epochs[-1]


def curves_of(readings: Ensembles[LearningConfiguration]) -> list[Curves]:
    """The curves of every group."""
    return [
        Curves(group.name, group.plane(), group.trained.spec.task.validation_set.n)
        for group in readings.groups
    ]


def keeps_the_class(curves: Curves) -> Judgement:
    """Judge whether the output ends with I(X;T) = H(Y), within 0.1 bits."""
    plane = curves.plane
    ends, h_y = at_end(plane, "i_x", plane.layers[-1]), plane.guides.h_y
    note = (
        "I(X;T) of the output: ",
        information(ends, plane.guides.h_x).quantity("nats"),
        "; counted within ",
        nats(NEAR),
        " of H(Y) = ",
        nats(h_y),
        ".",
    )
    return most_within(np.abs(ends - h_y), NEAR, note=note)


def reproduces_accuracy(curves: Curves) -> Judgement:
    """Judge whether the paper's accuracy could be that of one of these networks."""
    accuracies = validation_accuracy(curves.plane, curves.last)
    published = Published(ACCURACY[curves.name], decimals=3)
    return reproduces(accuracies, published, margin=SAME_ACCURACY, rows=curves.rows, digits=4)


def order_broken(narrow: int) -> Callable[[TrainedGroup], Judgement]:
    """Judge whether a narrow layer shows less than the next one at the end.

    Arguments:
        narrow: the layer.

    Returns:
        The judge of a group of networks.
    """

    def judge(group: TrainedGroup) -> Judgement:
        plane = group.plane()
        pairs = order_violations(plane)
        pair = pairs[pairs["layer"] == narrow]
        last = pair[pair["epoch"] == plane.epochs[-1]]
        left = pair[pair["member"].isin(last[last["gap"].notna()]["member"])]
        of_epochs = mean(left.groupby("member")["violated"].mean(), UNIT)
        note = (
            f"Layer {narrow + 1} shows ",
            mean(last["gap"]).quantity("nats"),
            " more. The order is broken at a share of ",
            of_epochs.quantity(digits=2),
            " of a network's measured epochs.",
        )
        return most(known(last["violated"], last["gap"]), note=note)

    return judge


def order_table(plane: Trajectory) -> Table:
    """Each layer's end beside the next one's."""
    pairs = order_violations(plane)
    last = pairs[pairs["epoch"] == plane.epochs[-1]]
    rows = [
        (
            f"{layer} → {layer + 1}",
            mean(rows["gap"]).quantity("nats"),
            f"{int(rows['violated'].sum())} of {int(rows['gap'].notna().sum())}",
            share(known(rows["violated"], rows["gap"])).quantity(digits=2),
        )
        for layer in hidden_layers(plane)
        for rows in [last[last["layer"] == layer]]
    ]
    return Table(["layers", "I(X;T) rises by", "networks where it rises", "share"], rows)


def groups_of(readings: Ensembles[LearningConfiguration]) -> list[TrainedGroup]:
    """Every group of networks."""
    return readings.groups


def order_tables(readings: Ensembles[LearningConfiguration]) -> dict[str, Table]:
    """Each layer's end beside the next one's, and on the plane, of every group."""
    planes = readings.planes
    pairs = {f"{name}: each layer against the next": order_table(of) for name, of in planes.items()}
    return pairs | plane_tables(planes)
