"""One network, fitted by Adam or SGD on any loss: decoders, classifiers, heads."""

from ib_mlflow.training.fitting.checkpoint import FitProgress, fitted_model, progress_of
from ib_mlflow.training.fitting.convergence import (
    has_converged,
    has_diverged,
    last_fall,
    last_rise,
)
from ib_mlflow.training.fitting.fitted import Fitted
from ib_mlflow.training.fitting.keeping import kept
from ib_mlflow.training.fitting.learner import Learner, Objective, losses_of, outputs_of
from ib_mlflow.training.fitting.loop import fit
from ib_mlflow.training.fitting.plan import Plan
from ib_mlflow.training.fitting.processes import joined, processes, rank
from ib_mlflow.training.fitting.samples import Samples, Stream

__all__ = [
    "FitProgress",
    "Fitted",
    "Learner",
    "Objective",
    "Plan",
    "Samples",
    "Stream",
    "fit",
    "fitted_model",
    "has_converged",
    "has_diverged",
    "joined",
    "kept",
    "last_fall",
    "last_rise",
    "losses_of",
    "outputs_of",
    "processes",
    "progress_of",
    "rank",
]
