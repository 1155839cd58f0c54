"""What a study's own run shows first in MLflow: its plane while it grows, and its numbers."""

from collections.abc import Mapping, Sequence

import numpy as np

from ib_mlflow.figures import PlaneAnimation
from ib_mlflow.studies.judging.intervals import mean
from ib_mlflow.studies.reporting.report import file_name
from ib_mlflow.studies.running.training import TrainedGroup
from ib_mlflow.tracking import StudyRun, is_milestone
from ib_mlflow.trajectory import Trajectory
from ib_mlflow.trajectory.members import at_end, drops

LOST = "compression_nats.last_hidden"
FEW = 4
"""The most groups whose numbers stand on the study's run: a page of charts stays short."""


def log_film(study: StudyRun, planes: Mapping[str, Trajectory], unit: str) -> None:
    """Show the first plane on the study's run, at 0, 1, 3, 10, 30, … epochs and at the last.

    The planes of the others are on their own runs, under the same name.

    Arguments:
        study: the study's run.
        planes: by the name of their group.
        unit: in which informations are written.
    """
    name, plane = next(iter(planes.items()))
    film = PlaneAnimation(plane.guides, last_epoch=plane.epochs[-1], unit=unit, title=name)
    previous = None
    for epoch in plane.epochs:
        if is_milestone(epoch, previous) or epoch == plane.epochs[-1]:
            study.log_image(film.frame(plane, epoch), "information_plane", epoch)
        previous = epoch


def headline_scalars(groups: Sequence[TrainedGroup]) -> dict[str, float]:
    """What the last hidden layer lost after its peak, and the accuracy, for charts of many studies.

    Arguments:
        groups: of a study.

    Returns:
        Means over the networks with the limits of their 95 % intervals, unless these are too few
        for one, behind the name of its group where there are several; of more than `FEW` groups
        the least and the most that was lost, for each has its own on its child run. Nats, or
        shares.
    """
    groups = [group for group in groups if group.last_hidden in group.plane().layers]
    if len(groups) > FEW:
        lost = [mean(drops(group.plane(), group.last_hidden)).value for group in groups]
        known = [value for value in lost if np.isfinite(value)]
        names = (f"summary/{LOST}_least", f"summary/{LOST}_most")
        return dict(zip(names, (min(known), max(known)), strict=True)) if known else {}
    scalars: dict[str, float] = {}
    for group in groups:
        plane, where = group.plane(), f"/{file_name(group.name)}" if len(groups) > 1 else ""
        accuracy = at_end(plane, "val_accuracy", group.last_hidden)
        for name, values in ((LOST, drops(plane, group.last_hidden)), ("val_accuracy", accuracy)):
            of = mean(values)
            limits = {"": of.value}
            # Too few networks for an interval have no limits, which is not a number gone wrong.
            if np.isfinite([of.low, of.high]).all():
                limits |= {"_low": of.low, "_high": of.high}
            scalars |= {f"summary/{name}{end}{where}": value for end, value in limits.items()}
    return scalars
