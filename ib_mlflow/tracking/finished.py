"""What other studies have left on their runs, which a study may begin from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlflow.exceptions import MlflowException

from ib_mlflow.errors import TrackingError
from ib_mlflow.tracking import tags
from ib_mlflow.tracking.artifacts import Artifacts
from ib_mlflow.tracking.client import PatientClient

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ib_mlflow.tracking.handle import StudyHandle

PARENT = "mlflow.parentRunId"


class FinishedStudies:
    """The finished runs of studies in the store of one that is open.

    Arguments:
        handle: of the open one.

    Example:
        >>> finished = FinishedStudies(study.handle)  # doctest: +SKIP
        >>> finished.text(finished.latest("tune_decoder", {"task": "digits"}), "decoder.json")
        ... # doctest: +SKIP
    """

    def __init__(self, handle: StudyHandle) -> None:
        self._client = PatientClient(handle.tracking_uri)
        self._experiment_id = handle.experiment_id

    def latest(self, name: str, parameters: Mapping[str, str]) -> str | None:
        """The run of a study that finished last in the same experiment.

        Arguments:
            name: of the study.
            parameters: that it was given, by name; all must be so.

        Returns:
            Its id; None if there is none.
        """
        where = [f"tags.`{tags.STUDY}` = '{name}'", "attributes.status = 'FINISHED'"]
        runs = self._client.search_runs(
            [self._experiment_id], " and ".join(where), order_by=["attributes.end_time DESC"]
        )
        for run in runs:
            # As `mlflow run` was given it, and under `cfg.` where that was written otherwise.
            given = run.data.params
            own = {key: given.get(f"cfg.{key}", given.get(key)) for key in parameters}
            if PARENT not in run.data.tags and own == dict(parameters):
                return str(run.info.run_id)
        return None

    def text(self, run_id: str, name: str) -> str:
        """A text among the artifacts of a finished run.

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
                return path.read_text(encoding="utf-8")
        except (FileNotFoundError, UnicodeDecodeError) as error:
            raise _missing(run_id, name, "which has no such text") from error


def _missing(run_id: str, name: str, why: str) -> TrackingError:
    return TrackingError(
        f"the run must have finished and hold {name}",
        received=f"run {run_id}, {why}",
        fix="Name the run of a study that has left it, in the store of MLFLOW_TRACKING_URI.",
    )
