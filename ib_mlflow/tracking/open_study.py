"""Opening a study: the run that `mlflow run` made, or a new one, and how it ends."""

from __future__ import annotations

import json
import logging
import os
import re
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

import mlflow
import yaml
from mlflow.entities import Param
from mlflow.exceptions import MlflowException

from ib_mlflow import __version__
from ib_mlflow.errors import ConfigurationError, IBError, TrackingError
from ib_mlflow.secrecy import clean, clean_logs
from ib_mlflow.tracking import tags
from ib_mlflow.tracking.client import PatientClient
from ib_mlflow.tracking.interrupts import Interrupts, status_of
from ib_mlflow.tracking.launcher import dismiss, find_launcher
from ib_mlflow.tracking.lease import Leases, close_abandoned
from ib_mlflow.tracking.metrics import batches, check_names
from ib_mlflow.tracking.outages import LAST_SECONDS, brief_requests, is_away, quiet
from ib_mlflow.tracking.places import sqlite_file
from ib_mlflow.tracking.refusals import ABSOLUTE, is_relative, refused
from ib_mlflow.tracking.reserve import Reserve
from ib_mlflow.tracking.server_log import silence_remarks, silence_server
from ib_mlflow.tracking.store import ensure_store
from ib_mlflow.tracking.study import StudyRun

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlflow.entities import Run

PARAMETERS_PER_CALL = 100
PARAMETER_LENGTH = 6000
MADE_UP = re.compile(r"[a-z]+-[a-z]+-\d+")
"""What MLflow calls a run that nobody named."""
_log = logging.getLogger(__name__)


@contextmanager
def open_study(
    name: str,
    configuration: Mapping[str, object],
    *,
    fresh: bool = False,
    title: str = "",
    experiment: str = "",
) -> Iterator[StudyRun]:
    """Open the run of a study and end it as what it came to.

    The run is the one that `mlflow run` made, or a new one. It ends FINISHED; FAILED after an
    exception; KILLED when the process was told to stop by SIGTERM, SIGHUP or Ctrl-C, or when the
    `mlflow run` that waits for it died. After a `kill -9` it stays RUNNING until the same
    command is given again.

    Arguments:
        name: the study's name, its entry point's.
        configuration: the resolved configuration, plain values by name.
        fresh: whether children that earlier studies finished or began are ignored.
        title: what its run is called where `mlflow run --run-name` names none; the study's name
            and the time by default.
        experiment: made if need be, where the user has chosen none; MLflow's own by default.

    Returns:
        A context with the study's run.

    Raises:
        ConfigurationError: the configuration is not of plain values.
        TrackingError: the store refuses.

    Example:
        >>> with open_study("main", {"scale": "toy"}) as study:  # doctest: +SKIP
        ...     study.log_text("# What was found", "report.md")
    """
    check_names([name])
    whole = _yaml(configuration)
    if (active := mlflow.active_run()) is not None:
        raise TrackingError(
            "a study opens a run of its own",
            received=f"run {active.info.run_id}, which is active",
            fix="End it with mlflow.end_run(), or open the study first.",
        )
    launcher = find_launcher()
    _check_store_is_the_launchers()
    uri = ensure_store()
    with (
        clean_logs(),
        silence_server(),
        Reserve(uri) as reserve,
        Interrupts(launcher) as interrupts,
    ):
        client = PatientClient(sleep=interrupts.pause)
        leases = Leases(client, reserve)
        try:
            with interrupts.held():
                _choose_experiment(experiment)
                begun = _begin(name, configuration, title, leases)
                study = StudyRun(client, begun, leases=leases, interrupts=interrupts, fresh=fresh)
                close_abandoned(client, begun.info.experiment_id)
                study.artifacts.put("config.yaml", lambda path: path.write_text(whole, "utf-8"))
            yield study
            with interrupts.held():
                # The store may be away for a moment, and MLflow's own call does not wait.
                client.set_terminated(study.run_id, "FINISHED")
                mlflow.end_run("FINISHED")
        except BaseException as error:
            # Nobody may catch it: its traceback would show the address with the password.
            clean(error)
            status = status_of(error)
            # Also children whose recording could not begin.
            leases.abandon(status=status)
            try:
                with quiet(), brief_requests(LAST_SECONDS):
                    mlflow.end_run(status)
            except Exception as unended:
                # Where one line says why, as of a full disk, a traceback beside it hides it.
                known = isinstance(error, IBError) or is_away(unended)
                _log.error("the study's run could not be ended", exc_info=not known)
            if launcher is not None and status == "KILLED":
                dismiss(launcher)
            raise


def parameters_of(configuration: Mapping[str, object]) -> dict[str, str]:
    """Flatten a configuration into the parameters of the study's run.

    Arguments:
        configuration: plain values by name, nested or not.

    Returns:
        Text by name, at most 6000 characters a value; a list of plain values as it is given on
        the command line.

    Example:
        >>> parameters_of({"betas": [0.1, 0.2], "train": {"epochs": 10}})
        {'betas': '0.1,0.2', 'train.epochs': '10'}
    """
    parameters: dict[str, str] = {}
    for name, value in configuration.items():
        if isinstance(value, dict) and value:
            parameters |= {f"{name}.{key}": of for key, of in parameters_of(value).items()}
        else:
            parameters[name] = _shortened(_text(value))
    return parameters


def _text(value: object) -> str:
    if isinstance(value, (list, tuple)) and not any(isinstance(v, (list, dict)) for v in value):
        return ",".join(str(part) for part in value)
    return value if isinstance(value, str) else json.dumps(value)


def _shortened(text: str) -> str:
    if len(text) <= PARAMETER_LENGTH:
        return text
    note = f"… ({len(text)} characters, whole in config.yaml)"
    return text[: PARAMETER_LENGTH - len(note)] + note


def _yaml(configuration: Mapping[str, object]) -> str:
    try:
        return str(yaml.safe_dump(dict(configuration), sort_keys=False, allow_unicode=True))
    except yaml.YAMLError as error:
        value = error.args[-1] if error.args else error
        kind = f"{type(value).__module__}.{type(value).__name__}"
        numbers = hasattr(value, "tolist")
        raise ConfigurationError(
            "a configuration is made of text, numbers, truth values, None, lists and mappings",
            received=f"{value!r} of type {kind}",
            fix="Give its tolist(), a plain one." if numbers else "Give its str(), or plain parts.",
        ) from error


def _begin(name: str, configuration: Mapping[str, object], title: str, leases: Leases) -> Run:
    made = "MLFLOW_RUN_ID" in os.environ
    title = title or f"{name} {datetime.now().astimezone():%Y-%m-%d %H:%M:%S}"
    try:
        opened = made and _is_a_study(os.environ["MLFLOW_RUN_ID"])
        # With its holder from the first moment on: a run that nobody holds cannot be closed later.
        run_tags = {
            tags.STUDY: name,
            tags.VERSION: __version__,
            tags.HOLDER: leases.holder.to_json(),
        }
        with quiet():
            begun = mlflow.start_run(run_name=None if made else title, tags=run_tags)
        run_id = begun.info.run_id
        leases.take(run_id)
        client = leases.client
        if MADE_UP.fullmatch(begun.info.run_name or ""):
            client.update_run(run_id, name=title)
        given = client.get_run(run_id).data.params
        parameters = [
            Param(_beside(given, key, opened=opened), value)
            for key, value in parameters_of(configuration).items()
            if given.get(key) != value
        ]
        for part in batches(parameters, PARAMETERS_PER_CALL):
            client.log_batch(run_id, params=part)
    except MlflowException as error:
        raise refused(error, made=made) from error
    return client.get_run(run_id)


def _beside(given: Mapping[str, str], key: str, *, opened: bool) -> str:
    """A parameter's name beside those of the run.

    What `mlflow run` was given stands there as it was written, and MLflow changes no value. A run
    that was a study's before takes no other value, and says so.
    """
    return key if key not in given or (opened and f"cfg.{key}" not in given) else f"cfg.{key}"


def _is_a_study(run_id: str) -> bool:
    return tags.STUDY in PatientClient().get_run(run_id).data.tags


def _choose_experiment(name: str) -> None:
    """Take an experiment of ours, unless the user has chosen one or `mlflow run` made the run."""
    named = {"MLFLOW_RUN_ID", "MLFLOW_EXPERIMENT_ID", "MLFLOW_EXPERIMENT_NAME"} & set(os.environ)
    if name and not named:
        try:
            with silence_remarks(), quiet():
                mlflow.set_experiment(name)
        except MlflowException as error:
            raise refused(error, made=False) from error


def _check_store_is_the_launchers() -> None:
    """Refuse to make a second store where `mlflow run` made the run in one of another folder."""
    uri = mlflow.get_tracking_uri()
    if "MLFLOW_RUN_ID" not in os.environ or not is_relative(uri):
        return
    file = sqlite_file(uri)
    if file is not None and not file.exists():
        raise TrackingError(
            "a study that was given its run must find the store that holds it",
            received=f"{uri}, which is {file} here and does not exist",
            fix=ABSOLUTE,
        )
