"""Whether two layers take similar paths through the information plane, with an error rate.

How far apart two paths may be and still be similar is not chosen but measured: as far as paths of
one layer are apart between networks that differ in their seeds alone.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ib_mlflow.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ib_mlflow.trajectory.table import Trajectory

    Paths = NDArray[np.float64]


def layer_similarity(trajectory: Trajectory, *, error: float = 0.05) -> pd.DataFrame:
    """Judge of each layer and the next one whether they take similar paths through the plane.

    The distance of two paths is the mean over the measured epochs of the Euclidean distance of
    the two points (I(X;T)/H(X), I(T;Y)/I(X;Y)) of the same epoch; each measured epoch counts
    alike. A member's two layers are similar if their distance is among what separates the path of
    the layer from the paths of the same layer in the other members. If the next layer's path is
    one that the layer could have taken with another seed (exchangeable with those of the other
    members), it is called not similar with a probability of at most `error`, at any number of
    members. The other error has no bound: paths that differ by less than seeds do are similar.

    Reference:
        Vovk, Gammerman & Shafer (2005), Algorithmic learning in a random world, chapter 2, for
        the rank; Revisiting the Information Plane, section 2.5, for layers to be pruned, which
        were judged by eye.

    Arguments:
        trajectory: the curves of networks that differ in their seeds alone, of two layers or more.
        error: how often layers that are alike may be called not similar, above 0 and below 1.

    Returns:
        A row per (member, layer, estimator, setting) that has a next measured layer: `next_layer`;
        `distance` of the two, without unit; `floor`, the largest distance that is similar;
        `p_value`, the rank of the distance among those to the other members; `similar`, whether
        distance ≤ floor; and `missing`, how many values of the two paths are not finite. With one
        or more the rest is missing too, and the member stands in no other member's floor.

    Raises:
        InvalidInputError: one layer; an error rate that is out of range, or that needs more
            members than have whole paths; or guides of 0, in which nothing can be measured.

    Example:
        >>> from ib_mlflow.trajectory import Guides, Trajectory
        >>> paths = Trajectory.from_arrays(
        ...     [[[2.0, 2.1, 0.5]], [[1.8, 1.9, 0.5]], [[2.1, 1.8, 0.6]]], [[[0.5] * 3]] * 3,
        ...     epochs=[0], n=8, guides=Guides(2.0, 0.7, 0.7), estimator="binned", setting="0.07")
        >>> layer_similarity(paths, error=0.4)[["member", "layer", "next_layer", "similar"]].head(2)
           member  layer  next_layer  similar
        0       0      1           2     True
        1       0      2           3    False
    """
    guides = trajectory.guides
    if not 0 < error < 1:
        raise InvalidInputError(
            "the error rate must lie between 0 and 1", received=error, fix="Try 0.05."
        )
    if min(guides.h_x, guides.i_xy) == 0:
        raise InvalidInputError(
            "paths are compared in shares of H(X) and I(X;Y), which must be above 0",
            received=guides,
            fix="Give the guides of the set that was measured.",
        )
    if len(trajectory.layers) < 2:
        raise InvalidInputError(
            "similarity is between layers, of which two or more must be measured",
            received=f"layer {trajectory.layers[0]} alone",
            fix="Select more layers.",
        )
    tables = []
    for _, rows in trajectory.frame.groupby(["estimator", "setting"]):
        paths, layers = _paths(rows, scale=(guides.h_x, guides.i_xy))
        for place, pair in enumerate(pairwise(layers)):
            table = _compared(paths[:, place], paths[:, place + 1], error)
            table["member"] = np.unique(rows["member"])
            table["layer"], table["next_layer"] = pair
            table["estimator"], table["setting"] = (
                rows["estimator"].iloc[0],
                rows["setting"].iloc[0],
            )
            tables.append(table)
    columns = ["member", "layer", "estimator", "setting", "next_layer"]
    columns += ["distance", "floor", "p_value", "similar", "missing"]
    table = pd.concat(tables)[columns]
    return table.sort_values(["member", "layer", "estimator", "setting"], ignore_index=True)


def path_distance(path: Paths, other: Paths) -> Paths:
    """The mean Euclidean distance of the points of two paths.

    Arguments:
        path: (*, t, 2) points, in one scale.
        other: the same.

    Returns:
        (*,) distances in that scale.

    Example:
        >>> float(path_distance(np.zeros((3, 2)), np.full((3, 2), [3.0, 4.0])))
        5.0
    """
    return np.asarray(np.hypot(*np.moveaxis(path - other, -1, 0)).mean(axis=-1))


def _paths(rows: pd.DataFrame, *, scale: tuple[float, float]) -> tuple[Paths, list[int]]:
    """The scaled points (e, l, t, 2) of all curves, NaN where not finite, and the layers."""
    axes = []
    for name, unit in zip(("i_x", "i_y"), scale, strict=True):
        table = rows.pivot(index="member", columns=["layer", "epoch"], values=name)
        layers, epochs = (sorted(rows[key].unique()) for key in ("layer", "epoch"))
        table = table.reindex(columns=pd.MultiIndex.from_product([layers, epochs]))
        axes.append(table.to_numpy().reshape(len(table), len(layers), len(epochs)) / unit)
    points = np.stack(axes, axis=-1)
    return np.where(np.isfinite(points), points, np.nan), [int(layer) for layer in layers]


def _compared(
    layer: NDArray[np.float64], deeper: NDArray[np.float64], error: float
) -> pd.DataFrame:
    missing = np.isnan(np.stack([layer, deeper])).sum(axis=(0, 2, 3))
    whole = np.flatnonzero(missing == 0)
    # A rank among this many is as small as the error rate only from here on.
    strict = int(np.floor(error * whole.size + 1e-9))
    if strict < 1:
        raise InvalidInputError(
            "an error rate needs as many members with whole paths as its inverse",
            received=f"an error rate of {error:g} with {whole.size} whole of {missing.size}",
            fix=f"Take {int(np.ceil(1 / error - 1e-9))} members, or a larger error rate.",
        )
    columns = {name: np.full(missing.size, np.nan) for name in ("distance", "floor", "p_value")}
    for member in whole:
        others = whole[whole != member]
        apart = np.sort(path_distance(layer[others], layer[member]))
        distance = float(path_distance(layer[member], deeper[member]))
        farther = int((apart >= distance).sum())
        columns["distance"][member] = distance
        columns["p_value"][member] = (1 + farther) / whole.size
        columns["floor"][member] = apart[others.size - strict]
    similar = pd.array(columns["distance"] <= columns["floor"], dtype="boolean")
    similar[missing > 0] = pd.NA
    return pd.DataFrame({**columns, "similar": similar, "missing": missing})
