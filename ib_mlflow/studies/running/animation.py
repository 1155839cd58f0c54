"""The growing plane of an ensemble's groups, a picture for each of some epochs."""

import pandas as pd

from ib_mlflow.figures import PlaneAnimation
from ib_mlflow.studies.running.ensembles import EnsembleSpec
from ib_mlflow.tracking import Recording
from ib_mlflow.trajectory import Trajectory
from ib_mlflow.trajectory.members import thinned

KEY = "information_plane"
"""What MLflow's step slider calls the pictures."""


class PlaneAnimations:
    """The growing plane of each unfinished child, for MLflow's step slider, in nats.

    An interruption may come between an epoch's checkpoint, after which it is not measured again,
    and its picture: those that are missing are drawn first.

    Arguments:
        spec: the ensemble.
        recording: where the pictures go, and what an earlier process has measured.
    """

    def __init__(self, spec: EnsembleSpec, recording: Recording) -> None:
        self._recording = recording
        self._spec = spec
        self._shown = set(thinned(spec.schedule.epochs))
        last, guides = spec.schedule.epochs[-1], spec.task.guides
        self._planes = {
            child.name: PlaneAnimation(guides, last_epoch=last, title=child.name)
            for child in recording.unfinished
        }
        self._waiting: list[pd.DataFrame] = []
        if recording.epochs_logged:
            frame = recording.trajectory.frame
            for epoch in sorted(self._shown & set(recording.epochs_logged)):
                self._draw(frame, epoch)
            self._waiting = [frame]

    def add(self, rows: pd.DataFrame, epoch: int) -> None:
        """Take the rows of an epoch, and log a picture of it if it is one of those shown."""
        self._waiting.append(rows)
        if epoch not in self._shown:
            return
        self._draw(pd.concat(self._waiting), epoch)
        self._waiting.clear()

    def _draw(self, frame: pd.DataFrame, epoch: int) -> None:
        """Log the picture of an epoch on each child that is without it."""
        measured = Trajectory(frame, self._spec.task.guides)
        for name, plane in self._planes.items():
            writer = self._recording.child(name)
            if not writer.has_image(KEY, epoch):
                own = self._spec.plane(measured, self._spec.group(name))
                writer.log_image(plane.frame(own, epoch), KEY, epoch)
