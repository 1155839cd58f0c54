"""The growing plane of an ensemble's groups, a picture for each of some epochs."""

import pandas as pd

from ib_mlflow.figures import PlaneAnimation
from ib_mlflow.studies.running.ensembles import EnsembleSpec
from ib_mlflow.tracking import Recording
from ib_mlflow.trajectory import Trajectory
from ib_mlflow.trajectory.members import thinned


class PlaneAnimations:
    """The growing plane of each unfinished child, for MLflow's step slider, in nats.

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
        self._waiting = [recording.trajectory.frame] if recording.epochs_logged else []

    def add(self, rows: pd.DataFrame, epoch: int) -> None:
        """Take the rows of an epoch, and log a picture of it if it is one of those shown."""
        self._waiting.append(rows)
        if epoch not in self._shown:
            return
        measured = Trajectory(pd.concat(self._waiting), self._spec.task.guides)
        for name, plane in self._planes.items():
            own = self._spec.plane(measured, self._spec.group(name))
            picture = plane.frame(own, epoch)
            self._recording.child(name).log_image(picture, "information_plane", epoch)
        self._waiting.clear()
