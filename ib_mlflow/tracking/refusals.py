"""Why a store refuses a study's run, and what to do about it: each cause has its own advice."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING

import mlflow
from mlflow import MlflowClient

from ib_mlflow.errors import TrackingError
from ib_mlflow.tracking.outages import disk_is_full

if TYPE_CHECKING:
    from mlflow.exceptions import MlflowException

ABSOLUTE = (
    "MLFLOW_TRACKING_URI is relative, and `mlflow run` reads it in another folder than the study: "
    "write sqlite:////absolute/path/mlflow.db, with four slashes."
)
_DATABASE = re.compile(r"^\([\w.]+Error\) .*", re.MULTILINE)
"""What a database says, in the words of SQLAlchemy."""
_SYSTEM_METRICS = "MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING"


def refusal(error: MlflowException, *, uri: str, made: bool) -> tuple[str, str]:
    """Say what MLflow refused and what to do, without what MLflow advises to programmers.

    Arguments:
        error: that MLflow raised when the study's run was opened.
        uri: of the store.
        made: whether the run was given by MLFLOW_RUN_ID.

    Returns:
        What was received, in a line, and the fix, as a sentence.

    Example:
        >>> from mlflow.exceptions import MlflowException
        >>> error = MlflowException("The run abc must be in the 'active' state. Current state ...")
        >>> refusal(error, uri="sqlite:////m.db", made=True)[1]
        'Restore the run in MLflow, or start a new one: without MLFLOW_RUN_ID, or by `mlflow run`.'
    """
    text = str(error).strip()
    # Of a database's error the cause; the words of its SQL are no causes.
    cause = _DATABASE.search(text)
    line = (cause[0] if cause else text.partition("\n")[0]).rstrip(".")
    lower = line.lower()
    if "psutil" in lower or "system metrics" in lower:
        return (
            f"{_SYSTEM_METRICS}=true without the package psutil",
            f"Install it, `pip install psutil`, or unset {_SYSTEM_METRICS}.",
        )
    if "experiment" in lower and "deleted" in lower:
        return line, (
            f"Restore it, `mlflow experiments restore --experiment-id {_deleted(line)}`, or name "
            "another experiment by MLFLOW_EXPERIMENT_NAME."
        )
    if "experiment" in lower and ("no experiment" in lower or "could not find" in lower):
        return line, "Name an experiment of this store by MLFLOW_EXPERIMENT_NAME or _ID."
    if not made:
        return line, "Correct what is received there, and give the same command again."
    if "not found" in lower:
        if is_relative(uri):
            return line, ABSOLUTE
        return line, (
            "Give the store that holds MLFLOW_RUN_ID by MLFLOW_TRACKING_URI, or start a new run: "
            "without MLFLOW_RUN_ID, or by `mlflow run`."
        )
    if "active" in lower or "deleted" in lower:
        return line, (
            "Restore the run in MLflow, or start a new one: without MLFLOW_RUN_ID, or by "
            "`mlflow run`."
        )
    return line, "Start a new run: without MLFLOW_RUN_ID, or by `mlflow run`."


def is_relative(uri: str) -> bool:
    """Whether a tracking URI names an SQLite file in the folder in which it is read.

    Example:
        >>> is_relative("sqlite:///mlflow.db"), is_relative("sqlite:////runs/mlflow.db")
        (True, False)
    """
    return uri.startswith("sqlite:///") and not uri.startswith("sqlite:////")


def refused(error: MlflowException, *, made: bool) -> TrackingError:
    """The error of a study whose run the store refuses; arguments as of `refusal`."""
    if (full := disk_is_full(error)) is not None:
        return full
    received, fix = refusal(error, uri=mlflow.get_tracking_uri(), made=made)
    return TrackingError(
        "the store must take the study's run and its configuration", received=received, fix=fix
    )


def _deleted(line: str) -> str:
    """The id of an experiment that MLflow speaks of by its id or its name."""
    number = re.search(r"\bexperiment (?:with id )?['\"]?(\d+)\b", line, re.IGNORECASE)
    if number:
        return number[1]
    name = re.search(r"experiment '(.+?)'", line)
    # A store that does not answer must not hide what it has refused.
    with contextlib.suppress(Exception):
        found = MlflowClient().get_experiment_by_name(name[1]) if name else None
        if found is not None:
            return str(found.experiment_id)
    return "ID"
