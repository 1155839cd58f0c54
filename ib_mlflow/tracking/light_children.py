"""Light children: what comparison pages show of a child that stays with an earlier study."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from mlflow.entities import Metric, Param
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID, MLFLOW_RUN_NOTE

from ib_mlflow.tracking import tags
from ib_mlflow.tracking.metrics import METRICS_PER_CALL, batches

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

    from ib_mlflow.tracking.children import ChildSpec

PARAMETERS_PER_CALL = 100


def inherited_tags(study: Run) -> dict[str, str]:
    """The tags that every child has from its study.

    Arguments:
        study: its run.
    """
    own = study.data.tags
    return {
        **{key: of for key, of in own.items() if key.startswith(("mlflow.source.", "mlflow.user"))},
        MLFLOW_PARENT_RUN_ID: study.info.run_id,
        tags.STUDY: own[tags.STUDY],
        tags.VERSION: own[tags.VERSION],
    }


def show_light(client: MlflowClient, study: Run, spec: ChildSpec, run: Run) -> Run:
    """Make a light child of a study: name, parameters and last values of a child that is elsewhere.

    It has no identity, for it holds nothing that a study could go on from.

    Arguments:
        client: the store's client.
        study: the run of the study that uses the child again.
        spec: the child, as this study names it.
        run: the child's own run, of an earlier study.

    Returns:
        The light child.
    """
    address = f"#/experiments/{run.info.experiment_id}/runs/{run.info.run_id}"
    note = (
        "Computed by an earlier study, and only shown here: its curves, pictures and models are on "
        f"[that run]({address})."
    )
    light = client.create_run(
        study.info.experiment_id,
        run_name=spec.name,
        tags=inherited_tags(study) | {tags.REUSED_FROM: run.info.run_id, MLFLOW_RUN_NOTE: note},
    )
    run_id = str(light.info.run_id)
    parameters = [Param(name, str(value)) for name, value in spec.parameters.items()]
    for part in batches(parameters, PARAMETERS_PER_CALL):
        client.log_batch(run_id, params=part)
    now = int(time.time() * 1000)
    points = [Metric(key, value, now, 0) for key, value in run.data.metrics.items()]
    for some in batches(points, METRICS_PER_CALL):
        client.log_batch(run_id, metrics=some)
    client.set_terminated(run_id, "FINISHED")
    return light


def find_light(client: MlflowClient, study: Run, run: Run) -> Run | None:
    """The light child of a study that shows a child of another; arguments as of `show_light`."""
    query = (
        f"tags.`{tags.REUSED_FROM}` = '{run.info.run_id}' and "
        f"tags.`{MLFLOW_PARENT_RUN_ID}` = '{study.info.run_id}'"
    )
    return next(iter(client.search_runs([study.info.experiment_id], query)), None)
