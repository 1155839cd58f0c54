"""The run that `mlflow run` has made, where its command turns out to be a typo."""

from __future__ import annotations

import contextlib
import os

import mlflow
from mlflow import MlflowClient

from ib_mlflow.tracking.launcher import dismiss, find_launcher
from ib_mlflow.tracking.places import sqlite_file


def withdraw() -> None:
    """Delete the run that `mlflow run` made for a command that could not be read.

    Only a waiting `mlflow run` is withdrawn from, which is told to stop: it would look for the run
    to end it. Where a Python program waits, the run stays.
    """
    launcher, run_id = find_launcher(), os.environ.get("MLFLOW_RUN_ID")
    if launcher is None or run_id is None:
        return
    file = sqlite_file(mlflow.get_tracking_uri())
    if file is not None and not file.exists():
        # It was made in the store of another folder, and none is made here.
        return
    # What refuses here must not hide what was wrong with the command.
    with contextlib.suppress(Exception):
        MlflowClient().delete_run(run_id)
        dismiss(launcher)
