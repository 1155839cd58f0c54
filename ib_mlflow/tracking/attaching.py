"""Joining a study that is open in another process, to compute children of it."""

from __future__ import annotations

import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

import mlflow
from mlflow.exceptions import MlflowException

from ib_mlflow.errors import TrackingError
from ib_mlflow.secrecy import clean, clean_logs
from ib_mlflow.tracking.client import PatientClient
from ib_mlflow.tracking.interrupts import Interrupts, status_of
from ib_mlflow.tracking.lease import Leases
from ib_mlflow.tracking.places import artifact_folder, sqlite_file
from ib_mlflow.tracking.server_log import silence_remarks, silence_server
from ib_mlflow.tracking.study import StudyRun

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mlflow import MlflowClient
    from mlflow.entities import Run

    from ib_mlflow.tracking.handle import StudyHandle


@contextmanager
def attach_study(handle: StudyHandle) -> Iterator[StudyRun]:
    """Join a study that another process has opened.

    Children are taken in the name of this process, and end as they do in the study's own:
    FINISHED, FAILED after an exception, KILLED when this process was told to stop. The study's run
    is left to the process that has opened it, which finds the children that were finished here.

    Arguments:
        handle: `StudyRun.handle` of the open study.

    Returns:
        A context with the study's run.

    Raises:
        TrackingError: the study is not open, or its store or artifacts are on the disk of another
            machine.

    Example:
        >>> with attach_study(handle) as study, study.job(spec) as job:  # doctest: +SKIP
        ...     job.save_results("computed", compute())
    """
    _check_store(handle)
    # What MLflow does without a client of ours must meet the same store.
    if mlflow.get_tracking_uri() != handle.tracking_uri:
        mlflow.set_tracking_uri(handle.tracking_uri)
    with clean_logs(), silence_server(), Interrupts() as interrupts:
        client = PatientClient(handle.tracking_uri, sleep=interrupts.pause)
        with silence_remarks():
            run = _open_run(client, handle.run_id)
        _check_artifacts(run)
        leases = Leases(client)
        try:
            yield StudyRun(client, run, leases=leases, interrupts=interrupts, fresh=handle.fresh)
        except BaseException as error:
            clean(error)
            # Also children whose recording could not begin.
            leases.abandon(status=status_of(error))
            raise


def _check_store(handle: StudyHandle) -> None:
    """Refuse to make an empty database where the study's own is not there."""
    uri = handle.tracking_uri
    file = sqlite_file(uri) if uri.startswith("sqlite") else None
    if file is not None and not file.exists():
        raise _elsewhere("tracking store", file)


def _check_artifacts(run: Run) -> None:
    """Refuse to write artifacts where the study will not look for them."""
    folder = artifact_folder(run.info.artifact_uri)
    if folder is not None and not folder.exists():
        raise _elsewhere("artifacts", folder)


def _elsewhere(what: str, path: Path) -> TrackingError:
    return TrackingError(
        f"every process of a study must reach its {what}",
        received=f"{path}, which is not on {socket.gethostname()}",
        fix="Set MLFLOW_TRACKING_URI to a tracking server, or put both on a disk that all share.",
    )


def _open_run(client: MlflowClient, run_id: str) -> Run:
    try:
        run = client.get_run(run_id)
    except MlflowException as error:
        raise _not_open(run_id, error) from error
    if run.info.status != "RUNNING":
        raise _not_open(run_id, f"status {run.info.status}")
    return run


def _not_open(run_id: str, received: object) -> TrackingError:
    return TrackingError(
        "a study is joined while the process that has opened it keeps it open",
        received=f"run {run_id}: {received}",
        fix="Compute within `with open_study(...)`.",
    )
