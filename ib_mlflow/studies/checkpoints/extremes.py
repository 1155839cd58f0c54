"""How far the activations of hidden layers reach, from the checkpoints of measured epochs.

Reference:
    Goldfeld et al. (2018), arXiv:1810.05728, supplement 9.1; Fig. 10b. *Revisiting the Information
    Plane*, section 2.3; Fig. 5.
"""

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from ib_mlflow.studies.running.training import Trained, TrainedGroup

Read = Callable[[ArrayLike], NDArray[np.float64]]


def largest_activations(group: TrainedGroup, epochs: Iterable[int]) -> pd.DataFrame:
    """The largest activation, in size, of every hidden layer.

    Arguments:
        group: the networks.
        epochs: measured ones.

    Returns:
        A row per (member, epoch, layer) with `largest`; none of the members that diverged.
    """
    return _rows(group.trained, group.sound, epochs, "largest", largest)


def extreme_shares(trained: Trained, epochs: Iterable[int], *, bin_size: float) -> pd.DataFrame:
    """The share of the activations of every hidden layer that lie in the two extreme bins of tanh.

    Arguments:
        trained: an ensemble of tanh networks.
        epochs: measured ones.
        bin_size: width of a bin, in activation units; the extreme ones end at -1 and at 1.

    Returns:
        A row per (member, epoch, layer) with `share`; none of the members that diverged.
    """
    return _rows(
        trained, trained.sound, epochs, "share", lambda of: extreme_share(of, bin_size=bin_size)
    )


def largest(activations: ArrayLike) -> NDArray[np.float64]:
    """The largest of activations (*, n, d), in size: (*,).

    Example:
        >>> largest([[0.5, -7.0], [2.0, 0.0]]).item()
        7.0
    """
    return np.asarray(np.abs(np.asarray(activations, np.float64)).max(axis=(-2, -1)))


def extreme_share(activations: ArrayLike, *, bin_size: float) -> NDArray[np.float64]:
    """The share of activations (*, n, d) within a bin of -1 or of 1: (*,).

    Example:
        >>> extreme_share([[0.95, 0.5], [-0.99, 0.0]], bin_size=0.07).item()
        0.5
    """
    size = np.abs(np.asarray(activations, np.float64))
    return np.asarray((size >= 1 - bin_size).mean(axis=(-2, -1)))


def _rows(
    trained: Trained, members: Sequence[int], epochs: Iterable[int], name: str, read: Read
) -> pd.DataFrame:
    own, parts = list(members), [pd.DataFrame(columns=["member", "epoch", "layer", name])]
    for epoch in sorted(set(epochs)) if own else ():
        for layer, activations in trained.at(epoch).activations(trained.spec.inputs):
            if layer in trained.spec.hidden_layers:
                columns = {"member": own, "epoch": epoch, "layer": layer}
                parts.append(pd.DataFrame(columns | {name: read(activations[own])}))
    return pd.concat(parts[1:] or parts, ignore_index=True)
