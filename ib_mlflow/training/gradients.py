"""From a snapshot to rows of gradient norms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ib_mlflow.errors import InvalidInputError

if TYPE_CHECKING:
    from ib_mlflow.training.engines.gradients import Gradients
    from ib_mlflow.training.snapshot import Snapshot


def gradient_rows(snapshot: Snapshot) -> pd.DataFrame:
    """How long the mean gradient of the epoch that ended was, and how far minibatches scattered.

    Reference:
        Shwartz-Ziv & Tishby (2017, arXiv:1703.00810), section 3.3.

    Arguments:
        snapshot: from `train(..., gradients=True)`.

    Returns:
        A row for each member and weight layer: `member`, `epoch`, `layer` from 1, its `name` in
        the network, `minibatches` of the epoch, `gradient_mean` (norm of the mean over them),
        `gradient_std` (norm of the entries' standard deviations over them), both of the loss in
        nats by a weight, and `weight_norm` after the epoch. NaN for members that have diverged;
        at epoch 0, which ends no pass, the gradients are NaN and there are 0 minibatches.

    Raises:
        InvalidInputError: if no gradients were recorded.

    Example:
        >>> from ib_mlflow.data import load
        >>> from ib_mlflow.networks import mlp
        >>> from ib_mlflow.training import Schedule, train
        >>> ensemble = mlp((12, 4, 2), members=2, device="cpu")
        >>> *_, last = train(
        ...     ensemble, load("szt"), Schedule.of([1]), learning_rate=0.2, gradients=True)
        >>> gradient_rows(last)[["member", "epoch", "layer", "name", "minibatches"]]
           member  epoch  layer            name  minibatches
        0       0      1      1  layer_1.weight           16
        1       0      1      2  layer_2.weight           16
        2       1      1      1  layer_1.weight           16
        3       1      1      2  layer_2.weight           16
    """
    gradients = _recorded(snapshot)
    member, layer = (index.ravel() for index in np.indices(gradients.weight_norm.shape))
    return pd.DataFrame(
        {
            "member": member,
            "epoch": snapshot.epoch,
            "layer": layer + 1,
            "name": np.array(gradients.names, dtype=object)[layer],
            "minibatches": gradients.minibatches,
            "gradient_mean": gradients.mean.ravel(),
            "gradient_std": gradients.std.ravel(),
            "weight_norm": gradients.weight_norm.ravel(),
        }
    )


def gradient_share_rows(snapshot: Snapshot) -> pd.DataFrame:
    """What a resampling over minibatches needs: the shares of the epoch that ended.

    With M minibatches of which m are in share b, Σ (m / M) `along` is `gradient_mean` and
    Σ (m / M) `deviation`² is `gradient_std`².

    Arguments:
        snapshot: from `train(..., gradients=True)`.

    Returns:
        A row for each member, weight layer and share: `member`, `epoch`, `layer`, `share` from 0,
        its `minibatches`, `along` (its mean gradient along the direction of the whole mean) and
        `deviation` (root mean squared distance of its gradients from the whole mean), in the unit
        of `gradient_mean`. No rows at epoch 0.

    Raises:
        InvalidInputError: if no gradients were recorded.

    Example:
        >>> from ib_mlflow.data import load
        >>> from ib_mlflow.networks import mlp
        >>> from ib_mlflow.training import Schedule, train
        >>> ensemble = mlp((12, 4, 2), members=2, device="cpu")
        >>> *_, last = train(
        ...     ensemble, load("szt"), Schedule.of([1]), learning_rate=0.2, gradients=True)
        >>> gradient_share_rows(last).columns.tolist()
        ['member', 'epoch', 'layer', 'share', 'minibatches', 'along', 'deviation']
    """
    gradients = _recorded(snapshot)
    member, layer, share = (index.ravel() for index in np.indices(gradients.along.shape))
    return pd.DataFrame(
        {
            "member": member,
            "epoch": snapshot.epoch,
            "layer": layer + 1,
            "share": share,
            "minibatches": gradients.counts[share],
            "along": gradients.along.ravel(),
            "deviation": gradients.deviation.ravel(),
        }
    )


def _recorded(snapshot: Snapshot) -> Gradients:
    if snapshot.gradients is None:
        raise InvalidInputError(
            "rows of gradients need a snapshot that carries them",
            received=f"one of epoch {snapshot.epoch} without gradients",
            fix="Train with gradients=True.",
        )
    return snapshot.gradients
