"""Optuna: search spaces, samplers, storage, and a search that nothing is lost of.

This room alone imports optuna, and knows no study: what a trial computes is a function that the
search is given.
"""

from ib_mlflow.tuning.candidates import Candidate, Evaluate, Failure, Result
from ib_mlflow.tuning.comparisons import Comparison, compare, compare_trials, contenders
from ib_mlflow.tuning.figures import study_figures
from ib_mlflow.tuning.importances import importances
from ib_mlflow.tuning.objectives import Objectives
from ib_mlflow.tuning.plan import SearchPlan
from ib_mlflow.tuning.replays import Replay, replays
from ib_mlflow.tuning.search import Outcome, search
from ib_mlflow.tuning.spaces import Space
from ib_mlflow.tuning.storage import TuningStudy, open_optuna_study, open_storage
from ib_mlflow.tuning.termination import enough

__all__ = [
    "Candidate",
    "Comparison",
    "Evaluate",
    "Failure",
    "Objectives",
    "Outcome",
    "Replay",
    "Result",
    "SearchPlan",
    "Space",
    "TuningStudy",
    "compare",
    "compare_trials",
    "contenders",
    "enough",
    "importances",
    "open_optuna_study",
    "open_storage",
    "replays",
    "search",
    "study_figures",
]
