"""The columns of a trajectory, their types, and the guides that bound them.

A row is one (member, epoch, layer, estimator, setting). Informations and losses are in nats,
accuracies are fractions. What an estimator says of its own error stands in further columns, only
in a table where some row knows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ib_mlflow.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

KEYS = ["member", "epoch", "layer", "estimator", "setting"]
INFORMATIONS = ["i_x", "i_y"]
LEARNING = ["train_loss", "train_accuracy", "val_loss", "val_accuracy"]
COLUMNS = {
    "member": "int64",
    "epoch": "int64",
    "layer": "int64",
    "estimator": "object",
    "setting": "object",
    "i_x": "float64",
    "i_x_se": "float64",
    "i_y": "float64",
    "i_y_se": "float64",
    "n": "int64",
    "kind": "object",
    "saturated": "bool",
    "reliable": "bool",
    "train_loss": "float64",
    "train_accuracy": "float64",
    "val_loss": "float64",
    "val_accuracy": "float64",
}
DIAGNOSTICS = [
    "i_x_half",
    "i_x_lower",
    "i_y_half",
    "i_y_lower",
    "certificate",
    "risk",
    "bias_floor",
    "monte_carlo",
]
"""Columns that a table may have besides: what bounds the errors of an estimate, in nats."""
ROUNDING = 1e-12
"""Nats by which an entropy that is nearly zero may be wrong."""


@dataclass(frozen=True)
class Guides:
    """The entropies that bound an information plane, of the set that was measured.

    Arguments:
        h_x: H(X) in nats; no I(X;T) of discrete inputs exceeds it.
        h_y: H(Y) in nats.
        i_xy: I(X;Y) in nats; no I(T;Y) of a deterministic layer exceeds it.

    Raises:
        InvalidInputError: a value is negative or not finite, or I(X;Y) exceeds an entropy.

    Example:
        >>> Guides(h_x=8.317, h_y=0.693, i_xy=0.69)
        Guides(h_x=8.317, h_y=0.693, i_xy=0.69)
    """

    h_x: float
    h_y: float
    i_xy: float

    def __post_init__(self) -> None:
        for name in ("h_x", "h_y", "i_xy"):
            value = float(getattr(self, name))
            if not 0 <= value < np.inf:
                raise InvalidInputError(
                    f"the guide {name} must be finite and at least 0 nats",
                    received=value,
                    fix="Take the entropies of the dataset that is measured.",
                )
            object.__setattr__(self, name, value)
        if self.i_xy > min(self.h_x, self.h_y) * (1 + 1e-9) + ROUNDING:
            raise InvalidInputError(
                "I(X;Y) must not exceed H(X) or H(Y)",
                received=self,
                fix="Give all three in nats and of the same dataset.",
            )

    def scaled(self, factor: float) -> Guides:
        """Return the guides in another unit, of which a nat has `factor`."""
        return Guides(self.h_x * factor, self.h_y * factor, self.i_xy * factor)


def common_guides(guides: Sequence[Guides]) -> Guides:
    """The guides of several tables of one measured set.

    Arguments:
        guides: of each table.

    Raises:
        InvalidInputError: they differ, or there are none.

    Example:
        >>> common_guides([Guides(2.08, 0.69, 0.69)] * 2)
        Guides(h_x=2.08, h_y=0.69, i_xy=0.69)
    """
    different = set(guides)
    if len(different) != 1:
        raise InvalidInputError(
            "joined trajectories must be at least one and share their guides",
            received=different or "none",
            fix="Join only what was measured on the same set.",
        )
    return guides[0]
