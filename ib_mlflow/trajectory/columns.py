"""The columns of a trajectory: their types, their ranges, and the guides that bound them.

A row is one (member, epoch, layer, estimator, setting). Informations and losses are in nats,
accuracies are fractions. What an estimator says of its own error stands in further columns, only
in a table where some row knows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ib_mlflow.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

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
KINDS = ("point", "lower", "upper")
# An infinite loss is an honest measurement of a diverged member, an infinite information is not;
# and a loss of zero may come out of float32 a little below.
_RANGES = {
    "member": (0, np.inf),
    "epoch": (0, np.inf),
    "layer": (0, np.inf),
    "n": (1, np.inf),
    "i_x": (-np.finfo(float).max, np.finfo(float).max),
    "i_y": (-np.finfo(float).max, np.finfo(float).max),
    "i_x_se": (0, np.finfo(float).max),
    "i_y_se": (0, np.finfo(float).max),
    **dict.fromkeys(DIAGNOSTICS[:4], (-np.finfo(float).max, np.finfo(float).max)),
    **dict.fromkeys(DIAGNOSTICS[4:], (0, np.inf)),
    "train_loss": (-1e-6, np.inf),
    "val_loss": (-1e-6, np.inf),
    "train_accuracy": (0, 1),
    "val_accuracy": (0, 1),
}

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


def valid_table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows as a table of `COLUMNS` and of what is known of `DIAGNOSTICS`, sorted.

    Arguments:
        frame: the rows, with the columns in any order; it is not changed.

    Returns:
        A copy with the types of `COLUMNS`, sorted by `KEYS`; NaN stays where a value is not known,
        and a column of `DIAGNOSTICS` of which no row knows anything is left out.

    Raises:
        InvalidInputError: no row, a column missing, unknown or of another type, a value out of
            its range, a key repeated, or a loss that differs between the layers of one epoch.

    Example:
        >>> valid_table(pd.DataFrame({"member": [0], "depth": [1]}))
        Traceback (most recent call last):
        ib_mlflow.errors.InvalidInputError: a trajectory has the columns of COLUMNS, and may ...
    """
    wrong = sorted(set(COLUMNS).symmetric_difference(frame.columns) - set(DIAGNOSTICS))
    if wrong or frame.columns.has_duplicates:
        raise InvalidInputError(
            "a trajectory has the columns of COLUMNS, and may have those of DIAGNOSTICS",
            received=f"missing or unknown {wrong or 'none, but one twice'}",
            fix="Build the rows with training.measure or Trajectory.from_arrays.",
        )
    if frame.empty:
        raise InvalidInputError(
            "a trajectory has at least one row", received="none", fix="Measure an epoch first."
        )
    known = [name for name in DIAGNOSTICS if name in frame and frame[name].notna().any()]
    kinds = COLUMNS | dict.fromkeys(known, "float64")
    # As arrays: what pandas does with one small column takes as long as the whole check.
    table = {name: typed_column(frame[name], kind).to_numpy() for name, kind in kinds.items()}
    for name, (low, high) in _RANGES.items():
        if name not in kinds:
            continue
        values = table[name]
        inside = ((values >= low) & (values <= high)) | (values != values)
        _refuse(table, ~inside, f"{name} must lie between {low:g} and {high:g}", name)
    unknown = ~np.isin(table["kind"], KINDS)
    _refuse(table, unknown, f"kind must be one of {', '.join(KINDS)}", "kind")
    order, keys = _sorted_keys(table)
    again = np.r_[False, (keys[:, 1:] == keys[:, :-1]).all(axis=0)]
    _refuse(table, again[np.argsort(order)], f"the keys {', '.join(KEYS)} must be unique", "member")
    table = {name: values[order] for name, values in table.items()}
    firsts = np.flatnonzero(np.r_[True, (keys[:2, 1:] != keys[:2, :-1]).any(axis=0)])
    rows = np.diff(np.r_[firsts, len(order)])
    for name in LEARNING:
        values, first = table[name], np.repeat(table[name][firsts], rows)
        differs = (values != first) & ~((values != values) & (first != first))
        if differs.any():
            place = int(np.flatnonzero(differs)[0])
            raise InvalidInputError(
                "losses and accuracies must agree on all rows of one member and epoch",
                received=f"different ones of {name} at member={table['member'][place]}, "
                f"epoch={table['epoch'][place]}",
                fix="Repeat the epoch's own loss on each of its rows.",
            )
    return _frame(table, kinds)


def key_order(table: Mapping[str, NDArray[Any]]) -> NDArray[np.int64]:
    """The order in which rows ascend by `KEYS`.

    Arguments:
        table: the columns of `KEYS`, and any others, as arrays (n,).

    Returns:
        (n,) the numbers of the rows.

    Example:
        >>> texts = np.array(["a", "a"], dtype=object)
        >>> key_order({"member": np.array([1, 0]), "epoch": np.zeros(2), "layer": np.ones(2),
        ...     "estimator": texts, "setting": texts})
        array([1, 0])
    """
    return _sorted_keys(table)[0]


def _sorted_keys(table: Mapping[str, NDArray[Any]]) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """The order of the rows, and their keys in it as numbers, (5, n)."""
    keys = [
        pd.factorize(table[name], sort=True)[0] if table[name].dtype == object else table[name]
        for name in KEYS
    ]
    order = np.lexsort(keys[::-1])
    return order, np.stack(keys)[:, order]


def _frame(table: Mapping[str, NDArray[Any]], kinds: Mapping[str, str]) -> pd.DataFrame:
    # Of an array of text pandas would make a type of its own.
    return pd.DataFrame({name: pd.Series(table[name], dtype=of) for name, of in kinds.items()})


def typed_column(column: pd.Series[Any], kind: str) -> pd.Series[Any]:
    """The column in the type of a kind of `COLUMNS`; a column of another type is refused."""
    if kind != "object" and column.dtype == kind:
        return column.reset_index(drop=True)
    inferred = pd.api.types.infer_dtype(column, skipna=False)
    accepted = {
        "int64": ["integer"],
        "float64": ["floating", "integer", "mixed-integer-float"],
        "bool": ["boolean"],
        "object": ["string", "categorical"],
    }[kind]
    if inferred not in accepted:
        raise InvalidInputError(
            f"column {column.name} must be of type {'text' if kind == 'object' else kind}",
            received=inferred,
            fix="Convert it before the trajectory is made.",
        )
    return column.astype(np.dtype(kind)).reset_index(drop=True)


def _refuse(
    table: Mapping[str, NDArray[Any]], wrong: NDArray[np.bool_], invariant: str, column: str
) -> None:
    if wrong.any():
        first = int(np.flatnonzero(wrong)[0])
        where = ", ".join(f"{key}={table[key][first]}" for key in KEYS)
        raise InvalidInputError(
            invariant,
            received=f"{table[column][first]} in {int(wrong.sum())} rows, the first at {where}",
            fix="Write NaN for a value that is not known, and measure each key once.",
        )
