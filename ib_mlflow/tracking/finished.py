"""What other studies have left on their runs, which a study may begin from."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from mlflow.exceptions import MlflowException

from ib_mlflow.errors import TrackingError
from ib_mlflow.tracking import tags
from ib_mlflow.tracking.artifacts import Artifacts
from ib_mlflow.tracking.client import PatientClient
from ib_mlflow.tracking.store import ensure_store

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ib_mlflow.tracking.handle import StudyHandle

PARENT = "mlflow.parentRunId"


class FinishedStudies:
    """The finished runs of studies in a store.

    Arguments:
        handle: of a study that is open, in whose experiment they are; or else those of every
            experiment in the store of MLFLOW_TRACKING_URI.

    Example:
        >>> finished = FinishedStudies(study.handle)  # doctest: +SKIP
        >>> finished.text(finished.latest("tune_decoder", {"task": "digits"}), "decoder.json")
        ... # doctest: +SKIP
    """

    def __init__(self, handle: StudyHandle | None = None) -> None:
        if handle is None:
            ensure_store()
            self._client = PatientClient()
            self._experiments = [each.experiment_id for each in self._client.search_experiments()]
        else:
            self._client = PatientClient(handle.tracking_uri)
            self._experiments = [handle.experiment_id]

    def latest(self, name: str, parameters: Mapping[str, str]) -> str | None:
        """The run of a study that finished last.

        Arguments:
            name: of the study.
            parameters: that it was given, by name; all must be so.

        Returns:
            Its id; None if there is none.
        """
        where = [f"tags.`{tags.STUDY}` = '{name}'", "attributes.status = 'FINISHED'"]
        runs = self._client.search_runs(
            self._experiments, " and ".join(where), order_by=["attributes.end_time DESC"]
        )
        for run in runs:
            # As `mlflow run` was given it, and under `cfg.` where that was written otherwise.
            given = run.data.params
            own = {key: given.get(f"cfg.{key}", given.get(key)) for key in parameters}
            if PARENT not in run.data.tags and own == dict(parameters):
                return str(run.info.run_id)
        return None

    def finished_on(self, run_id: str) -> str:
        """The day on which a run ended, as 2026-01-31, and the version of this package.

        Arguments:
            run_id: the run, as `latest` gives it.
        """
        run = self._client.get_run(run_id)
        day = datetime.fromtimestamp(run.info.end_time / 1000).astimezone()
        return f"{day:%Y-%m-%d}, version {run.data.tags.get(tags.VERSION, 'unknown')}"

    def tags(self, run_id: str) -> dict[str, str]:
        """What `log_tags` has written of a run, by name.

        Arguments:
            run_id: the run, as `latest` gives it.
        """
        own = self._client.get_run(run_id).data.tags
        prefix = "ib."
        return {key.removeprefix(prefix): own[key] for key in own if key.startswith(prefix)}

    def text(self, run_id: str, name: str) -> str:
        """A text among the artifacts of a finished run.

        Arguments:
            run_id: the run.
            name: of the artifact.

        Raises:
            TrackingError: there is no such run, it has not finished, or has no such artifact.
        """
        try:
            return self.content(run_id, name).decode("utf-8")
        except UnicodeDecodeError as error:
            raise _missing(run_id, name, "which has no such text") from error

    def names(self, run_id: str) -> list[str]:
        """The artifacts at the top of a run, by name."""
        return sorted(each.path for each in self._client.list_artifacts(run_id) if not each.is_dir)

    def content(self, run_id: str, name: str) -> bytes:
        """An artifact of a finished run.

        Arguments:
            run_id: the run.
            name: of the artifact.

        Raises:
            TrackingError: there is no such run, it has not finished, or has no such artifact.
        """
        try:
            run = self._client.get_run(run_id)
        except MlflowException as error:
            raise _missing(run_id, name, "which is not in this store") from error
        if run.info.status != "FINISHED":
            raise _missing(run_id, name, f"whose status is {run.info.status}")
        artifacts = Artifacts(self._client, run_id, run.info.artifact_uri)
        try:
            with artifacts.get(name) as path:
                return path.read_bytes()
        except FileNotFoundError as error:
            raise _missing(run_id, name, "which has no such artifact") from error


def _missing(run_id: str, name: str, why: str) -> TrackingError:
    return TrackingError(
        f"the run must have finished and hold {name}",
        received=f"run {run_id}, {why}",
        fix="Name the run of a study that has left it, in the store of MLFLOW_TRACKING_URI.",
    )
