"""Stochastic and full-batch descent from the same start, and how they are compared.

Reference:
    On the Information Bottleneck Theory of Deep Learning, slides "Drift vs Diffusion", "Diffusion
    Improves Generalisation", "Criticisms" (Saxe et al., 2018) and "Rebuttal".
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Generic

from ib_mlflow.studies.configuration import TrainingConfiguration
from ib_mlflow.studies.judging.intervals import mean
from ib_mlflow.studies.judging.verdicts import Judgement, rises
from ib_mlflow.studies.reporting.ensembles import C_co, Ensembles, log_groups
from ib_mlflow.studies.reporting.evidence import Evidence
from ib_mlflow.studies.reporting.planes import plane_table
from ib_mlflow.studies.reporting.table import Table
from ib_mlflow.studies.running.ensembles import DescentSpec
from ib_mlflow.studies.running.groups import binned_groups
from ib_mlflow.studies.running.perceptrons import Layers, mlp_spec
from ib_mlflow.studies.running.tasks import Task
from ib_mlflow.studies.running.training import Trained, TrainedGroup
from ib_mlflow.training import Schedule
from ib_mlflow.trajectory import Trajectory
from ib_mlflow.trajectory.members import compressions, hidden_layers, validation_accuracy
from ib_mlflow.trajectory.milestones import until

MARGIN = 0.01
"""Accuracies count as equal where no more than this is lost."""
