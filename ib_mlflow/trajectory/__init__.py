"""The tidy table that every figure and every conclusion is read from (no torch, no mlflow)."""

from ib_mlflow.trajectory.aggregates import means_over_members, over_members
from ib_mlflow.trajectory.columns import (
    COLUMNS,
    DIAGNOSTICS,
    INFORMATIONS,
    KEYS,
    LEARNING,
    Guides,
)
from ib_mlflow.trajectory.losses import LossCurves
from ib_mlflow.trajectory.phases import signal_to_noise, steepest_falls
from ib_mlflow.trajectory.readings import (
    compression,
    compression_band,
    corner_distance,
    fitting,
    order_violations,
)
from ib_mlflow.trajectory.similarity import layer_similarity
from ib_mlflow.trajectory.stopping import early_stopping, learning, perfect_stopping, scores_at
from ib_mlflow.trajectory.stops_at_turns import at_the_turn, near_the_turn
from ib_mlflow.trajectory.table import Trajectory
from ib_mlflow.trajectory.turns import turn

__all__ = [
    "COLUMNS",
    "DIAGNOSTICS",
    "INFORMATIONS",
    "KEYS",
    "LEARNING",
    "Guides",
    "LossCurves",
    "Trajectory",
    "at_the_turn",
    "compression",
    "compression_band",
    "corner_distance",
    "early_stopping",
    "fitting",
    "layer_similarity",
    "learning",
    "means_over_members",
    "near_the_turn",
    "order_violations",
    "over_members",
    "perfect_stopping",
    "scores_at",
    "signal_to_noise",
    "steepest_falls",
    "turn",
]
