"""The growing plane of a study's networks, a picture for each of some epochs."""

from collections.abc import Sequence

import pandas as pd

from ib_mlflow.figures import PlaneFilm
from ib_mlflow.studies.configuration import LearningConfiguration
from ib_mlflow.studies.running.ensembles import Network
from ib_mlflow.tracking import Recording
from ib_mlflow.trajectory import Trajectory


def thinned(epochs: Sequence[int]) -> tuple[int, ...]:
    """Of the measured epochs those to draw: each a fifth above the one before, and the last.

    Example:
        >>> thinned([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
        (0, 1, 2, 3, 4, 5, 6, 8, 10, 11)
    """
    kept = [epochs[0]]
    for epoch in epochs[1:]:
        if epoch >= 1.2 * kept[-1] or epoch == epochs[-1]:
            kept.append(epoch)
    return tuple(kept)


class Film:
    """The growing plane of each unfinished child, for MLflow's step slider, in nats.

    Arguments:
        network: the ensemble.
        chosen: the study's parameters.
        recording: where the pictures go, and what an earlier process has measured.
    """

    def __init__(
        self, network: Network, chosen: LearningConfiguration, recording: Recording
    ) -> None:
        self._recording = recording
        self._guides = network.task.guides
        self._shown = set(thinned(network.schedule(chosen).epochs))
        unfinished = {spec.name for spec in recording.unfinished}
        self._planes = [
            (
                PlaneFilm(self._guides, last_epoch=chosen.epochs),
                recording.child(view.name),
                view,
            )
            for view in network.views
            if view.name in unfinished
        ]
        self._waiting = [recording.trajectory.frame] if recording.epochs_logged else []

    def add(self, rows: pd.DataFrame, epoch: int) -> None:
        """Take the rows of an epoch, and log a picture of it if it is one of those shown."""
        self._waiting.append(rows)
        if epoch not in self._shown:
            return
        new = Trajectory(pd.concat(self._waiting), self._guides)
        for plane, notes, view in self._planes:
            picture = plane.frame(view.plane(new), epoch)
            notes.log_image(picture, "information_plane", epoch)
        self._waiting.clear()
