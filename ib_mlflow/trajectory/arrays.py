"""From arrays, one axis each for member, epoch and layer, to tidy rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.trajectory.columns import LEARNING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt


def tidy(
    i_x: npt.ArrayLike,
    i_y: npt.ArrayLike,
    *,
    epochs: Sequence[int],
    learning: Mapping[str, npt.ArrayLike],
) -> pd.DataFrame:
    """Lay out informations as a row per (member, epoch, layer).

    Arguments:
        i_x: I(X;T) in nats, shape (e, t, l): member, measured epoch, layer from 1.
        i_y: I(T;Y) in nats, of the same shape.
        epochs: the t measured epochs.
        learning: any of `LEARNING` as arrays of shape (e, t); the others are NaN.

    Returns:
        The rows, point estimates in nats without standard errors; the columns that say how they
        were measured (estimator, setting, n) are for the caller to add.

    Raises:
        InvalidInputError: the shapes disagree, or `learning` has another name.

    Example:
        >>> rows = tidy([[[2.0, 1.0]]], [[[0.1, 0.1]]], epochs=[5], learning={})
        >>> rows[["member", "epoch", "layer", "i_x", "i_y"]]
           member  epoch  layer  i_x  i_y
        0       0      5      1  2.0  0.1
        1       0      5      2  1.0  0.1
    """
    x, y = np.asarray(i_x, dtype=np.float64), np.asarray(i_y, dtype=np.float64)
    if x.ndim != 3 or x.shape != y.shape or x.shape[1] != len(epochs):
        raise InvalidInputError(
            "i_x and i_y must both have the shape (members, epochs, layers)",
            received=f"{x.shape}, {y.shape} and {len(epochs)} epochs",
            fix="Add the missing axes, or give every measured epoch.",
        )
    curves = {name: np.asarray(values, dtype=np.float64) for name, values in learning.items()}
    for name, curve in curves.items():
        if name not in LEARNING or curve.shape != x.shape[:2]:
            raise InvalidInputError(
                f"learning holds {', '.join(LEARNING)} of shape (members, epochs)",
                received=f"{name} of shape {curve.shape}",
                fix=f"Give arrays of shape {x.shape[:2]}.",
            )
    member, time, layer = (index.ravel() for index in np.indices(x.shape))
    columns = {"member": member, "epoch": np.asarray(epochs)[time], "layer": layer + 1}
    columns |= {"i_x": x.ravel(), "i_y": y.ravel()}
    columns |= {name: curve[member, time] for name, curve in curves.items()}
    unknown = ["i_x_se", "i_y_se", *(name for name in LEARNING if name not in curves)]
    rows = pd.DataFrame(columns).assign(kind="point", saturated=False, reliable=True)
    return rows.assign(**dict.fromkeys(unknown, np.nan))
