"""The plane of other samples than those measured in training, from the checkpoints."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from ib_mlflow.data import Dataset
from ib_mlflow.studies.running.groups import Estimator
from ib_mlflow.studies.running.training import Trained
from ib_mlflow.training import Snapshot, measure
from ib_mlflow.trajectory import Guides, Trajectory, learning
from ib_mlflow.trajectory.members import thinned


def measured_on(
    trained: Trained, part: Dataset, estimator: Estimator, *, epochs: Iterable[int] = ()
) -> Trajectory:
    """Measure an ensemble on samples of one's own choice, against their own labels.

    Arguments:
        trained: the ensemble.
        part: the samples; the networks learn nothing from them here.
        estimator: of the informations.
        epochs: measured epochs, beside those that are drawn of a plane.

    Returns:
        Rows of all its members, with the losses of training, in nats; H(X), H(Y) and I(X;Y) are
        those of the part. NaN of the members that diverged.
    """
    scores = learning(trained.trajectory)
    tables = []
    for epoch in sorted({*epochs, *thinned(trained.trajectory.epochs)}):
        own = scores[scores["epoch"] == epoch].sort_values("member")
        snapshot = Snapshot(
            epoch=epoch,
            ensemble=trained.at(epoch),
            diverged=own["train_loss"].isna().to_numpy(dtype=np.bool_),
            progress={},
            train_loss=own["train_loss"].to_numpy(dtype=np.float64),
            train_accuracy=own["train_accuracy"].to_numpy(dtype=np.float64),
            val_loss=own["val_loss"].to_numpy(dtype=np.float64),
            val_accuracy=own["val_accuracy"].to_numpy(dtype=np.float64),
        )
        tables.append(measure(snapshot, [estimator], part))
    guides = Guides(h_x=part.input_entropy, h_y=part.label_entropy, i_xy=part.information_xy)
    return Trajectory(pd.concat(tables, ignore_index=True), guides)
