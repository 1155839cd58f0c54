"""How many units of a layer are saturated, from the checkpoints of tanh networks.

Reference:
    Goldfeld et al. (2018), arXiv:1810.05728, section 5; Fig. 5a and 5b.
"""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from ib_mlflow.studies.judging.margins import FLAT
from ib_mlflow.studies.running.training import TrainedGroup


def saturated_units(group: TrainedGroup, epoch: int) -> pd.DataFrame:
    """Count the saturated units of every hidden layer.

    Arguments:
        group: tanh networks.
        epoch: a measured one.

    Returns:
        A row per (member, layer): `units`, and how many of them are `saturated` for most samples
        when the slope that counts as flat is taken `at` once, half and twice; none of the members
        that diverged.
    """
    members, rows = list(group.sound), []
    hidden = group.trained.spec.hidden_layers
    for layer, activations in group.trained.at(epoch).activations(group.trained.spec.inputs):
        if layer not in hidden:
            continue
        for factor in (1.0, 0.5, 2.0):
            counts = saturated(activations[members], flat=factor * FLAT).sum(axis=-1)
            columns = {"member": members, "layer": layer, "at": factor, "saturated": counts}
            rows.append(pd.DataFrame(columns | {"units": activations.shape[-1]}))
    return pd.concat(rows, ignore_index=True)


def saturated(activations: ArrayLike, *, flat: float = FLAT) -> NDArray[np.bool_]:
    """Which tanh units are saturated for more than half of the samples.

    Arguments:
        activations: (*, n, d) of tanh units.
        flat: the slope 1 - t², of a largest one of 1, below which tanh is flat.

    Returns:
        (*, d).

    Example:
        >>> saturated([[0.99, 0.1], [-0.99, 0.2], [0.0, 0.99]]).tolist()
        [True, False]
    """
    values = np.asarray(activations, dtype=np.float64)
    return np.asarray((1 - values**2 < flat).mean(axis=-2) > 0.5)
