"""The numbers of an interactive plane, packed so that a page of many panels stays small."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ib_mlflow.figures.panels import limits
from ib_mlflow.figures.style import EARLY, ink_on

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ib_mlflow.figures.panels import Array, Panel

MAX_EPOCHS = 200  # shown per panel; more cannot be told apart on the slider
BUDGET = 1_000_000  # letters for the numbers of all panels, which with plotly.js makes under 6 MB
ABSENT = 65535
_LETTERS = 4 / 3  # of base 64 per byte
_NAMES = ("mean", "low", "high")


def pack(shown: Sequence[Panel], colours: Mapping[int, str]) -> dict[str, Any]:
    """Pack panels for the script of the page.

    Means and quantiles are packed as float32. Single members, which are only looked at, are packed
    in 16 bits over the limits of the axes, and left out where there are too many of them.

    Arguments:
        shown: the panels.
        colours: the colour of each layer.

    Returns:
        JSON values; arrays are little-endian bytes in base 64, of shapes (t, l) and (e, t, l),
        in the unit of the panels.

    Example:
        >>> from ib_mlflow.figures.panels import panels
        >>> from ib_mlflow.trajectory import Guides, Trajectory
        >>> plane = Trajectory.from_arrays([[[2.0], [1.5]]], [[[0.1], [0.6]]], epochs=[0, 10], n=8,
        ...     guides=Guides(2.08, 0.69, 0.69), estimator="exact", setting="")
        >>> pack(panels(plane, unit="nats"), {1: "#163db9"})["epochs"]
        [0, 10]
    """
    per_epoch = sum(len(panel.layers) for panel in shown) * 2 * len(_NAMES) * 4 * _LETTERS
    most = max(min(MAX_EPOCHS, int(BUDGET / per_epoch)), 2)
    kept = [_thinned(panel, most) for panel in shown]
    curves = sum(panel.mean.size for panel in kept) * len(_NAMES) * 4
    members = sum(panel.points.size for panel in kept) * 2
    with_members = (curves + members) * _LETTERS <= BUDGET
    bounds = limits(shown)
    return {
        "epochs": sorted({epoch for panel in kept for epoch in panel.epochs}),
        "colours": {
            str(layer): {"full": colour, "ink": ink_on(colour)} for layer, colour in colours.items()
        },
        "early": EARLY,
        "limits": bounds,
        "panels": [
            {
                "epochs": panel.epochs,
                "layers": panel.layers,
                "members": panel.members,
                **{name: [_floats(axis) for axis in getattr(panel, name)] for name in _NAMES},
                "points": [
                    _codes(axis, *bound) for axis, bound in zip(panel.points, bounds, strict=True)
                ]
                if with_members and len(panel.members) > 1
                else None,
            }
            for panel in kept
        ],
    }


def _thinned(panel: Panel, most: int) -> Panel:
    count = len(panel.epochs)
    if count <= most:
        return panel
    kept = np.unique(np.linspace(0, count - 1, most).round().astype(int))
    return replace(
        panel,
        epochs=tuple(panel.epochs[time] for time in kept),
        points=panel.points[:, :, kept],
        **{name: getattr(panel, name)[:, kept] for name in _NAMES},
    )


def _floats(values: Array) -> str:
    return b64encode(values.astype("<f4").tobytes()).decode()


def _codes(values: Array, low: float, high: float) -> str:
    codes = np.rint((values - low) / (high - low) * (ABSENT - 1))
    return b64encode(np.where(np.isnan(codes), ABSENT, codes).astype("<u2").tobytes()).decode()
