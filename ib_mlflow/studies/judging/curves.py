"""Judgements of how one layer's I(X;T) and the losses move over training."""

import numpy as np

from ib_mlflow.studies.judging.intervals import mean
from ib_mlflow.studies.judging.judgements import Judgement, steady
from ib_mlflow.studies.judging.margins import EARLY_PART
from ib_mlflow.studies.judging.series import ends_higher, gains_and_loses, keeps_up, loses
from ib_mlflow.studies.judging.thresholds import NEAR as NEAR
from ib_mlflow.studies.judging.thresholds import SHARE as SHARE
from ib_mlflow.trajectory import Trajectory, learning
from ib_mlflow.trajectory.members import Numbers, nearest_epoch, validation_accuracy


def compressing(trajectory: Trajectory) -> float:
    """The loss of I(X;T) from which a layer compresses, in nats: a share of H(X)."""
    return SHARE * trajectory.guides.h_x


def curves_of_layer(trajectory: Trajectory, layer: int, column: str = "i_x") -> Numbers:
    """A layer's curves, a row a member in the order of members: (e, t).

    Arguments:
        trajectory: the curves.
        layer: the layer.
        column: what to read.

    Example:
        >>> from ib_mlflow.trajectory import Guides
        >>> plane = Trajectory.from_arrays([[[2.0], [1.5]]], [[[0.1]] * 2], n=8, epochs=[0, 1],
        ...     guides=Guides(2.08, 0.69, 0.69), estimator="exact", setting="")
        >>> curves_of_layer(plane, 1)
        array([[2. , 1.5]])
    """
    rows = trajectory.frame[trajectory.frame["layer"] == layer]
    curves = rows.pivot(index="member", columns="epoch", values=column)
    return curves.to_numpy(dtype=np.float64)


def early_epoch(trajectory: Trajectory, factor: float = 1.0) -> int:
    """The measured epoch nearest to an eighth of training, or to a multiple of it."""
    return nearest_epoch(trajectory, factor * EARLY_PART * trajectory.epochs[-1])


def loss_rises(trajectory: Trajectory) -> Judgement:
    """Judge whether training on makes a network worse, by its validation cross-entropy.

    Arguments:
        trajectory: the curves of one ensemble.

    Returns:
        The judgement, of the loss at the end less that at an eighth of training; nats. Undecided
        where it turns round after a sixteenth or a quarter.
    """
    loss = learning(trajectory).pivot(index="member", columns="epoch", values="val_loss")
    last, early = trajectory.epochs[-1], early_epoch(trajectory)
    gained = validation_accuracy(trajectory, last) - validation_accuracy(trajectory, early)
    note = ("Accuracy changed by ", mean(gained).quantity(digits=4), " meanwhile.")
    places = {epoch: place for place, epoch in enumerate(trajectory.epochs)}
    curves = loss.to_numpy(dtype=np.float64)
    return steady(
        lambda factor: ends_higher(curves, places[early_epoch(trajectory, factor)], note=note)
    )


def rises_and_falls(trajectory: Trajectory, layer: int) -> Judgement:
    """Judge whether a layer gains I(X;T) after training began, and then loses it again.

    A gain counts from 0.1 bits, a loss from the share of H(X) from which a layer compresses.

    Arguments:
        trajectory: the curves, the first before training.
        layer: the layer.

    Returns:
        The judgement.
    """
    return gains_and_loses(curves_of_layer(trajectory, layer), compressing(trajectory))


def falls(trajectory: Trajectory, layer: int) -> Judgement:
    """Judge whether a layer loses enough of I(X;T) after its peak to be said to compress.

    Arguments:
        trajectory: the curves.
        layer: the layer.

    Returns:
        The judgement.
    """
    return loses(curves_of_layer(trajectory, layer), compressing(trajectory))


def keeps(trajectory: Trajectory, layer: int) -> Judgement:
    """Judge whether a layer loses too little to be said to compress; arguments as for `falls`."""
    return keeps_up(curves_of_layer(trajectory, layer), compressing(trajectory))
