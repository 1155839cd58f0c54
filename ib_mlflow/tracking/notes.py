"""The run that `mlflow run` has made, where its command computes nothing that a run would hold."""

from __future__ import annotations

import contextlib
import os

import mlflow
from mlflow import MlflowClient

from ib_mlflow.tracking.open_study import MADE_UP
from ib_mlflow.tracking.places import sqlite_file

NOTE = "mlflow.note.content"
"""The tag that MLflow shows as a run's description."""


def leave_note(title: str, text: str) -> bool:
    """Leave words as the description of the run that `mlflow run` made, which ends it FINISHED.

    It cannot be deleted: `mlflow run` looks for it at the end, and fails where it is gone.

    Arguments:
        title: what the run is called, where nobody named it.
        text: in Markdown.

    Returns:
        Whether there is such a run; none is made.
    """
    run_id, file = os.environ.get("MLFLOW_RUN_ID"), sqlite_file(mlflow.get_tracking_uri())
    if run_id is None or (file is not None and not file.exists()):
        return False
    # What was printed is worth more than its copy: a store that refuses must not end in a failure.
    with contextlib.suppress(Exception):
        client = MlflowClient()
        client.set_tag(run_id, NOTE, text)
        if MADE_UP.fullmatch(client.get_run(run_id).info.run_name or ""):
            client.update_run(run_id, name=title)
    return True
