"""The turning points between the phases of learning, read of groups that differ in batch size.

Reference:
    On the Information Bottleneck Theory of Deep Learning, slides "Role of the Batch Size": the
    steepest fall of the gradients' signal-to-noise ratio ≈ argmax I(X;T).
"""

from collections.abc import Callable, Mapping

import numpy as np

from ib_mlflow.studies.judging.curves import compressing
from ib_mlflow.studies.judging.powers import Times
from ib_mlflow.studies.running.training import TrainedGroup
from ib_mlflow.trajectory.members import Numbers, drops
from ib_mlflow.trajectory.milestones import fall_epochs, peak_epochs

EPOCHS, UPDATES = "epochs", "updates"
SNR = (
    "SNR is the norm of the mean of an epoch's minibatch gradients over the norm of their standard "
    "deviation, of the weights that lead to the layer; it falls most steeply where its slope by a "
    "decade of epochs, over 0.2 decades, is lowest. Smaller batches scatter more, and fewer of "
    "them make a longer mean, so that the height of SNR cannot be compared between batch sizes."
)


def largest_information(group: TrainedGroup) -> Numbers:
    """The epoch of the largest I(X;T) of the last hidden layer: (e,).

    Of a layer that has lost too little since then to be said to compress it may come later.
    """
    plane, layer = group.plane(), group.last_hidden
    peaks, lost = peak_epochs(plane, layer), drops(plane, layer)
    return np.where(np.isfinite(peaks) & (lost <= compressing(plane)), np.inf, peaks)


def steepest_fall(group: TrainedGroup) -> Numbers:
    """The epoch of the steepest fall of the last hidden layer's SNR: (e,)."""
    return fall_epochs(group.record("gradients"), group.last_hidden)


TURNS: Mapping[str, Callable[[TrainedGroup], Numbers]] = {
    "the largest I(X;T) of the last hidden layer": largest_information,
    "the steepest fall of SNR, last hidden layer": steepest_fall,
}
"""What a turning point is, and how its epochs are read of a group's networks: (e,)."""


def turning_times(groups: Mapping[float, TrainedGroup]) -> list[Times]:
    """Every turning point of every network, in epochs and in updates.

    Arguments:
        groups: by the size of their batches.

    Returns:
        For each turning point the epochs, and the updates: epochs times steps an epoch.
    """
    times = []
    for name, turn in TURNS.items():
        epochs = {size: turn(group) for size, group in groups.items()}
        steps = {
            size: np.ceil(group.trained.spec.task.train_set.n / size)
            for size, group in groups.items()
        }
        updates = {size: epochs[size] * steps[size] for size in groups}
        times += [
            Times(name, unit, "batch size", by_size)
            for unit, by_size in ((EPOCHS, epochs), (UPDATES, updates))
        ]
    return times
