"""Where the run of a study will be, before there is one."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

import mlflow
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from ib_mlflow.tracking.handle import StudyHandle
from ib_mlflow.tracking.places import absolute_uri, sqlite_file

if TYPE_CHECKING:
    from mlflow.entities import Experiment


def handle_ahead(experiment: str) -> StudyHandle:
    """The handle that a study's run will have, but for its id; nothing is made.

    Arguments:
        experiment: its experiment, where the user has chosen none.

    Returns:
        The handle, of the run that `mlflow run` has made if it has; without an experiment where
        that is still to be made, or the store does not answer.

    Example:
        >>> handle_ahead("ib_mlflow").run_id  # doctest: +SKIP
        ''
    """
    uri, run_id = mlflow.get_tracking_uri(), os.environ.get("MLFLOW_RUN_ID", "")
    file = sqlite_file(uri) if uri.startswith("sqlite:") else None
    experiment_id = ""
    if file is None or file.exists():  # MLflow would make the file
        # Whoever opens the run says what is wrong.
        with suppress(MlflowException):
            experiment_id = _experiment_id(run_id, experiment)
    return StudyHandle(run_id, experiment_id, absolute_uri(uri), fresh=False)


def _experiment_id(run_id: str, usual: str) -> str:
    client = MlflowClient()
    if run_id:
        return str(client.get_run(run_id).info.experiment_id)
    if chosen := os.environ.get("MLFLOW_EXPERIMENT_ID"):
        return chosen
    name = os.environ.get("MLFLOW_EXPERIMENT_NAME", usual)
    found: Experiment | None = client.get_experiment_by_name(name)
    return "" if found is None else str(found.experiment_id)
