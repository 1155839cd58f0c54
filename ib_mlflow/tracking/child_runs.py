"""Which run of the store goes on with a child: a finished one, an unfinished one, or a new one."""

from __future__ import annotations

import json
import logging
import time
from typing import TYPE_CHECKING

from mlflow.entities import Param, RunTag
from mlflow.exceptions import MlflowException
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID, MLFLOW_RUN_NOTE

from ib_mlflow.errors import TrackingError
from ib_mlflow.tracking import tags
from ib_mlflow.tracking.artifacts import Artifacts
from ib_mlflow.tracking.children import Child, ChildSpec
from ib_mlflow.tracking.identity import canonical
from ib_mlflow.tracking.lease import Holder, Leases, close_run
from ib_mlflow.tracking.light_children import (
    PARAMETERS_PER_CALL,
    find_light,
    inherited_tags,
    show_light,
)
from ib_mlflow.tracking.metrics import batches
from ib_mlflow.tracking.store import store_lock

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mlflow import MlflowClient
    from mlflow.entities import Run

    from ib_mlflow.tracking.interrupts import Interrupts

_log = logging.getLogger(__name__)

NOTE_LENGTH = 4000
"""Characters of a description that name children of earlier studies; MLflow keeps 8000."""
AND_MORE = "More children were computed by earlier studies; each stands here as a light child."


class ChildRuns:
    """Find, take and make the children of one study's run.

    Arguments:
        client: the store's client.
        study: the study's run.
        leases: those of this process.
        interrupts: what holds signals back during a write.
        fresh: whether earlier studies' runs are ignored.
    """

    def __init__(
        self,
        client: MlflowClient,
        study: Run,
        *,
        leases: Leases,
        interrupts: Interrupts,
        fresh: bool,
    ) -> None:
        self._client = client
        self._study = study
        self._leases = leases
        self._interrupts = interrupts
        self._fresh = fresh
        opener = Holder.of(study)
        self._opener = None if opener is None else opener.token

    def take(self, specs: Sequence[ChildSpec], patience: float) -> list[Child]:
        """Give each child its run: a finished one, an unfinished one, or a new one.

        Arguments:
            specs: the children that one training feeds.
            patience: how long to wait for another process that computes one of them, in seconds.

        Returns:
            The children in the same order; those that are not finished are taken.

        Raises:
            TrackingError: a live process still computes one of them after that time.
        """
        deadline = time.monotonic() + patience
        warned = False
        while True:
            with self._interrupts.held(), store_lock(self._client.tracking_uri):
                runs = [self._find(spec) for spec in specs]
                busy = [run for run in runs if run is not None and self._busy(run)]
                taken = [] if busy else [self._settle(*of) for of in zip(specs, runs, strict=True)]
            if taken:
                # Others need not wait for this.
                with self._interrupts.held():
                    self._describe([child for child in taken if not child.finished])
                return taken
            holder = Holder.of(busy[0])
            token = None if holder is None else holder.token
            # The process that has opened the study waits for its workers: they do not for it.
            own = token in (self._leases.holder.token, self._opener)
            # Workers of one study wait for each other, however long what they share may take.
            shared = self._parent(busy[0]) == self._study.info.run_id
            if own or (not shared and time.monotonic() >= deadline):
                raise TrackingError(
                    "a child run has one writer",
                    received=f"{busy[0].info.run_name!r}, which {holder} is computing "
                    f"(run {busy[0].info.run_id})",
                    fix="Wait for it or end it; or start over beside it with fresh=true.",
                )
            if not warned:
                _log.warning("%r is computed by %s: waiting", busy[0].info.run_name, holder)
                warned = True
            time.sleep(1.0 if shared else min(1.0, max(0.05, deadline - time.monotonic())))

    def _find(self, spec: ChildSpec) -> Run | None:
        # The last to start come first, as long as no other order is asked for.
        experiment, query = (
            self._study.info.experiment_id,
            f"tags.`{tags.IDENTITY}` = '{spec.digest}'",
        )
        runs = list(self._client.search_runs([experiment], query))
        if self._fresh:
            runs = [run for run in runs if self._parent(run) == self._study.info.run_id]
        finished = [run for run in runs if run.info.status == "FINISHED"]
        busy = [run for run in runs if self._busy(run)]
        return next(iter([*finished, *busy, *runs]), None)

    def _busy(self, run: Run) -> bool:
        holder = Holder.of(run)
        return run.info.status == "RUNNING" and holder is not None and holder.alive

    def _settle(self, spec: ChildSpec, run: Run | None) -> Child:
        if run is None:
            return Child(spec, self._create(spec), finished=False, resumed=False)
        light = self._adopt(spec, run)
        if run.info.status == "FINISHED":
            return Child(spec, run, finished=True, resumed=False, light=light)
        self._client.update_run(run.info.run_id, status="RUNNING")
        self._leases.take(run.info.run_id)
        # What a kill left half written is nobody's from now on.
        Artifacts(self._client, run.info.run_id, run.info.artifact_uri).sweep()
        return Child(spec, run, finished=False, resumed=True, light=light)

    def _create(self, spec: ChildSpec) -> Run:
        run = self._client.create_run(
            self._study.info.experiment_id,
            run_name=spec.name,
            tags=inherited_tags(self._study)
            | {
                tags.IDENTITY: spec.digest,
                tags.HOLDER: self._leases.holder.to_json(),
            },
        )
        self._leases.add(run.info.run_id)
        return run

    def _describe(self, children: Sequence[Child]) -> None:
        """Log what unfinished children are, and which runs hold their checkpoints.

        Also on a run whose process was killed before it had done so.
        """
        for child in children:
            new = {n: v for n, v in child.spec.parameters.items() if n not in child.run.data.params}
            parameters = [Param(name, str(value)) for name, value in new.items()]
            lead = children[0].run_id
            holds = [*(source for source in child.sources if source != lead), lead]
            labels = [RunTag(tags.CHECKPOINTS, ",".join(holds))]
            for part in batches(parameters, PARAMETERS_PER_CALL) if parameters else [[]]:
                self._client.log_batch(child.run_id, params=part, tags=labels)
                labels = []
            self._identify(child)

    def _identify(self, child: Child) -> None:
        """Keep what determines a child's numbers, for people, unless it is there."""

        def write(path: Path) -> None:
            text = json.dumps(json.loads(canonical(child.spec.identity)), indent=1)
            path.write_text(text, encoding="utf-8")

        artifacts = Artifacts(self._client, child.run_id, child.run.info.artifact_uri)
        artifacts.put("identity.json", write)

    def _adopt(self, spec: ChildSpec, run: Run) -> Run | None:
        """Hang a child under this study's run, unless the run it hangs under stands by itself.

        There it stays, and a light child shows it, which is returned.
        """
        parent_id = self._parent(run)
        if parent_id == self._study.info.run_id:
            return None
        parent = self._get(parent_id)
        if parent is not None and (parent.info.status == "FINISHED" or self._busy(parent)):
            return self._link(spec, run)
        self._client.set_tag(run.info.run_id, MLFLOW_PARENT_RUN_ID, self._study.info.run_id)
        if parent is not None:
            if parent.info.status == "RUNNING":
                close_run(self._client, parent)
            self._client.set_tag(parent.info.run_id, tags.CONTINUED_BY, self._study.info.run_id)
        return None

    def _link(self, spec: ChildSpec, run: Run) -> Run | None:
        """Name a child that stays with another study's run, for programs and for people."""
        study_id = self._study.info.run_id
        there = self._client.get_run(study_id).data.tags
        if f"{tags.REUSED}{run.info.run_id}" in there:
            light = find_light(self._client, self._study, run)
        else:
            light = show_light(self._client, self._study, spec, run)
        self._client.set_tag(study_id, f"{tags.REUSED}{run.info.run_id}", spec.name)
        note = self._client.get_run(study_id).data.tags.get(MLFLOW_RUN_NOTE, "")
        address = f"#/experiments/{run.info.experiment_id}/runs/{run.info.run_id}"
        line = f"Computed by an earlier study, and used again: [{spec.name}]({address})"
        if len(note) + len(line) > NOTE_LENGTH:
            line = AND_MORE
        # Each process of the study that meets the child says so.
        if line not in note:
            self._client.set_tag(study_id, MLFLOW_RUN_NOTE, f"{note}\n\n{line}".strip())
        return light

    def _parent(self, run: Run) -> str:
        return str(run.data.tags.get(MLFLOW_PARENT_RUN_ID, ""))

    def _get(self, run_id: str) -> Run | None:
        try:
            run = self._client.get_run(run_id)
        except MlflowException:
            return None
        return run if run.info.lifecycle_stage == "active" else None


def checkpoint_runs(children: Sequence[Child]) -> list[str]:
    """The runs whose checkpoints may serve unfinished children: the first one's, from now on.

    Arguments:
        children: the unfinished children of one training.

    Returns:
        Their ids, oldest first, the one to write to last.
    """
    lead = children[0].run_id
    sources = (source for child in children for source in child.sources if source != lead)
    return [*dict.fromkeys(sources), lead]
