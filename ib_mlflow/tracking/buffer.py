"""One buffer before the store: points are logged in few large calls, each point once."""

from __future__ import annotations

import math
import time
from collections import Counter, defaultdict
from types import MappingProxyType
from typing import TYPE_CHECKING
from weakref import WeakSet

import numpy as np
import pandas as pd
from mlflow.entities import Metric

from ib_mlflow.tracking.metrics import DatasetName, Point, calls, curve_points, non_finite_tags

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mlflow import MlflowClient
    from mlflow.entities import RunTag

FLUSH_SECONDS = 5.0
"""Rows wait for no longer than this, in seconds and for each buffer that has any, while epochs are
measured."""
SHARE = 0.02
"""Unless that is sooner, a flush waits until the last one's cost is this share of the time."""


class Pace:
    """When a flush is worth its cost, to all buffers of a process that take turns."""

    def __init__(self) -> None:
        self._due = -math.inf
        self._waiting: WeakSet[MetricBuffer] = WeakSet()

    def waits(self, buffer: MetricBuffer) -> None:
        """Take note of a buffer that has rows."""
        self._waiting.add(buffer)

    @property
    def longest(self) -> float:
        """How long rows of any of the buffers may wait, in seconds."""
        return FLUSH_SECONDS * len(self._waiting)

    def passed(self, buffer: MetricBuffer, began: float, ended: float) -> None:
        """Take note of a buffer's flush, in seconds of the monotonic clock."""
        self._waiting.discard(buffer)
        self._due = ended + (ended - began) / SHARE

    @property
    def due(self) -> bool:
        """Whether the last flush, of whichever buffer, was long enough ago."""
        return time.monotonic() >= self._due


class MetricBuffer:
    """Hold measured rows until they are worth a call, then log their points.

    A call of MLflow costs some 20 ms on SQLite whatever it carries. So an epoch's points leave at
    once while epochs are slow, and wait for the next ones' while epochs are fast; recordings that
    take turns in one process share their pace. Nothing runs in the background. Rows stay in the
    buffer until the store has confirmed them, and a point keeps the time at which it was measured:
    one that is sent again is the same to the store.

    Arguments:
        client: the store's client.
        pace: shared by the buffers of a process; its own by default.
    """

    def __init__(self, client: MlflowClient, pace: Pace | None = None) -> None:
        self.client = client
        """The store's client."""
        self._pace = Pace() if pace is None else pace
        self._waiting: dict[str, list[pd.DataFrame]] = defaultdict(list)
        self._stamps: dict[int, int] = {}
        self._known: dict[str, dict[tuple[str, int], int]] = defaultdict(dict)
        self._missing: dict[str, Counter[str]] = defaultdict(Counter)
        self._scalars: dict[str, list[Metric]] = defaultdict(list)
        self._tags: dict[str, list[RunTag]] = defaultdict(list)
        self._since = math.inf
        """When the oldest rows that wait came."""

    def resume(self, run_id: str) -> None:
        """Learn which points of a run the store already has."""
        for key in self.client.get_run(run_id).data.metrics:
            for metric in self.client.get_metric_history(run_id, key):
                self._known[run_id][key, metric.step] = metric.timestamp

    def add(self, run_id: str, rows: pd.DataFrame) -> None:
        """Take measured rows of one child: of a trajectory's columns, one setting an estimator."""
        self._waiting[run_id].append(rows)
        self._since = min(self._since, time.monotonic())
        self._pace.waits(self)
        for epoch in np.unique(rows["epoch"].to_numpy()):
            self._stamps.setdefault(int(epoch), int(time.time() * 1000))

    def offer(self) -> None:
        """Flush if that is due."""
        if self._pace.due or time.monotonic() - self._since >= self._pace.longest:
            self.flush()

    def summarise(self, run_id: str, metrics: Sequence[Metric], tags: Sequence[RunTag]) -> None:
        """Take what a run came to; it leaves with the run's points that wait, in one call."""
        self._scalars[run_id] += metrics
        self._tags[run_id] += tags

    def flush(self) -> None:
        """Log all that waits."""
        began = time.monotonic()
        for run_id in dict.fromkeys([*self._waiting, *self._scalars]):
            frames = self._waiting[run_id]
            points, missing = curve_points(pd.concat(frames)) if frames else ([], Counter())
            known = self._known[run_id]
            new = [point for point in points if (point.key, point.step) not in known]
            counts = self._missing[run_id] + missing
            labels = non_finite_tags(counts) if missing else []
            metrics = [*self._metrics(run_id, new), *self._scalars[run_id]]
            self._log(run_id, metrics, [*labels, *self._tags[run_id]])
            self._missing[run_id] = counts
            for waiting in (self._waiting, self._scalars, self._tags):
                waiting.pop(run_id, None)
        self._since = math.inf
        self._pace.passed(self, began, time.monotonic())

    def send(
        self,
        run_id: str,
        points: Sequence[Point],
        *,
        model_id: str,
        datasets: Mapping[str, DatasetName | None],
    ) -> None:
        """Log points of epochs that were added, now.

        Arguments:
            run_id: the run.
            points: finite values with valid names.
            model_id: the logged model that the values belong to. MLflow ties a value to a model
                only by logging it; one that the run has is the same point to the store.
            datasets: by a point's key what it was computed on, where that is known.
        """
        self._log(run_id, self._metrics(run_id, points, model_id, datasets), [])

    def _metrics(
        self,
        run_id: str,
        points: Sequence[Point],
        model_id: str | None = None,
        datasets: Mapping[str, DatasetName | None] = MappingProxyType({}),
    ) -> list[Metric]:
        known = self._known[run_id]
        return [
            Metric(
                point.key,
                point.value,
                known.get((point.key, point.step), self._stamps[point.step]),
                point.step,
                model_id,
                *(datasets.get(point.key) or ()),
            )
            for point in points
        ]

    def _log(self, run_id: str, metrics: Sequence[Metric], tags: Sequence[RunTag]) -> None:
        known = self._known[run_id]
        for part, labels in calls(metrics, tags):
            self.client.log_batch(run_id, metrics=part, tags=labels)
            known.update({(m.key, m.step): m.timestamp for m in part})
