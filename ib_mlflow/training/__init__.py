"""How networks learn: training yields snapshots, measuring a snapshot yields rows."""

from ib_mlflow.training.augmentation import Augmentation
from ib_mlflow.training.gradients import gradient_rows, gradient_share_rows
from ib_mlflow.training.loop import train
from ib_mlflow.training.measurement import measure
from ib_mlflow.training.order import data_order
from ib_mlflow.training.schedule import Schedule
from ib_mlflow.training.snapshot import Snapshot

__all__ = [
    "Augmentation",
    "Schedule",
    "Snapshot",
    "data_order",
    "gradient_rows",
    "gradient_share_rows",
    "measure",
    "train",
]
