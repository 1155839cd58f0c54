"""MLflow: the run tree, buffered metrics, checkpoints, models and resume.

This room alone imports mlflow. Signals end a study's runs as KILLED, exceptions as FAILED, and
what was measured is kept; the same command goes on from there.
"""

from ib_mlflow.tracking.ahead import handle_ahead
from ib_mlflow.tracking.attaching import attach_study
from ib_mlflow.tracking.children import ChildSpec
from ib_mlflow.tracking.finished import FinishedStudies
from ib_mlflow.tracking.handle import StudyHandle
from ib_mlflow.tracking.identity import canonical
from ib_mlflow.tracking.interrupts import Stopped
from ib_mlflow.tracking.jobs import Job
from ib_mlflow.tracking.metrics import layers_with_curves
from ib_mlflow.tracking.milestones import is_milestone
from ib_mlflow.tracking.models import Models
from ib_mlflow.tracking.open_study import open_study
from ib_mlflow.tracking.recording import Recording
from ib_mlflow.tracking.spreading import spread
from ib_mlflow.tracking.store import ensure_store
from ib_mlflow.tracking.study import StudyRun

__all__ = [
    "ChildSpec",
    "FinishedStudies",
    "Job",
    "Models",
    "Recording",
    "Stopped",
    "StudyHandle",
    "StudyRun",
    "attach_study",
    "canonical",
    "ensure_store",
    "handle_ahead",
    "is_milestone",
    "layers_with_curves",
    "open_study",
    "spread",
]
