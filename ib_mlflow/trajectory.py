"""The trajectory: one tidy table of what every layer knew at every measured epoch.

A row is one (member, epoch, layer, estimator, setting). Informations are in nats. Losses and
accuracies belong to (member, epoch) and are repeated on each of its rows, so that every reading
and every figure needs this one table and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ib_mlflow.errors import DataError, InvalidInputError

KEYS = ["member", "epoch", "layer", "estimator", "setting"]
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
