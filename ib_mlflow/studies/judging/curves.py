"""Judgements of how one layer's I(X;T) and the losses move over training."""

import numpy as np

from ib_mlflow.studies.judging.intervals import known, mean
from ib_mlflow.studies.judging.verdicts import Judgement, most, rises
from ib_mlflow.trajectory import Trajectory, learning
from ib_mlflow.trajectory.members import drops, gains, nearest_epoch, validation_accuracy
from ib_mlflow.units import nats

NEAR = 0.1 * np.log(2)
"""Informations closer than this count as equal where a claim says that they are: 0.1 bits."""
SHARE = 0.05
"""A layer compresses if it loses more than this share of H(X) after its peak.

What it loses is the corrected drop of `ib_mlflow.trajectory.compression`, which noise makes neither
larger nor smaller on average; the share is the margin from which it counts.
"""


def compressing(trajectory: Trajectory) -> float:
    """The loss of I(X;T) from which a layer compresses, in nats."""
    return SHARE * trajectory.guides.h_x


def early_epoch(trajectory: Trajectory) -> int:
    """The measured epoch nearest to an eighth of training."""
    return nearest_epoch(trajectory, trajectory.epochs[-1] / 8)


def loss_rises(trajectory: Trajectory) -> Judgement:
    """Judge whether training on makes a network worse, by its validation cross-entropy.

    Arguments:
        trajectory: the curves of one ensemble.

    Returns:
        The judgement, of the loss at the end less that at an eighth of training; nats.
    """
    loss = learning(trajectory).pivot(index="epoch", columns="member", values="val_loss")
    last, early = trajectory.epochs[-1], early_epoch(trajectory)
    gained = validation_accuracy(trajectory, last) - validation_accuracy(trajectory, early)
    return rises(
        (loss.loc[last] - loss.loc[early]).to_numpy(dtype=np.float64),
        note=("Accuracy changed by ", mean(gained).quantity(digits=4), " meanwhile."),
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
    lost, gained, least = (
        drops(trajectory, layer),
        gains(trajectory, layer),
        compressing(trajectory),
    )
    note = (
        "Gained up to the peak: ",
        mean(known(gained, lost)).quantity("nats"),
        ", counted from ",
        nats(NEAR),
        "; lost after it: ",
        mean(lost).quantity("nats"),
        ", counted from ",
        nats(least),
        ".",
    )
    holds = (gained > NEAR) & (lost > least)
    return most(known(holds, lost), note=note)


def falls(trajectory: Trajectory, layer: int) -> Judgement:
    """Judge whether a layer loses enough of I(X;T) after its peak to be said to compress.

    Arguments:
        trajectory: the curves.
        layer: the layer.

    Returns:
        The judgement.
    """
    lost, least = drops(trajectory, layer), compressing(trajectory)
    loss = mean(lost).quantity("nats")
    note = ("Lost after the peak: ", loss, "; counted from ", nats(least), ".")
    return most(known(lost > least, lost), note=note)


def keeps(trajectory: Trajectory, layer: int) -> Judgement:
    """Judge whether a layer loses too little to be said to compress; arguments as for `falls`."""
    lost, least = drops(trajectory, layer), compressing(trajectory)
    loss = mean(lost).quantity("nats")
    note = ("Lost after the peak: ", loss, "; counted up to ", nats(least), ".")
    return most(known(lost <= least, lost), note=note)
