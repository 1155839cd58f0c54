"""Metric points through a study's buffer against MLflow's own calls, in one process.

A study's curves reach the store through one buffer. It is timed against bare `log_batch` of 1000
points, which is what MLflow can do, and `log_metric`, which is what most programs do: the same
points, in turn, each time on a run of its own, on an SQLite file and on a PostgreSQL server where
there is one. `log_metric` is timed on fewer points and its time stretched to all of them. Ratios
are of the shortest times, since other processes only ever add to a time. The points that the store
holds in the end are counted. Then items that sleep for a second, by one worker and by four. Last,
eight processes write to one PostgreSQL server at once, each to its own run; the points of every
metric and step are counted in the server's own tables.

    python benchmarks/tracking.py [--points 96000] [--rounds 3] [--singles 500] [--many 1000000]
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from mlflow import MlflowClient
from mlflow.entities import Metric

from ib_mlflow.execution import LocalExecutor
from ib_mlflow.tracking import ensure_store
from ib_mlflow.tracking.buffer import MetricBuffer
from ib_mlflow.tracking.metrics import curve_points

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
import postgres

if TYPE_CHECKING:
    from collections.abc import Callable

    Log = Callable[[MlflowClient, str, list[pd.DataFrame]], None]

BUFFER_AT_MOST, SINGLES_AT_LEAST, WORKERS_AT_LEAST = 1.2, 30.0, 3.2
LAYERS, MEMBERS = 5, 3
WRITERS = 8
ITEMS = 12


def epoch_rows(epoch: int) -> pd.DataFrame:
    """What is measured at an epoch: rows of a trajectory."""
    member, layer = (index.ravel() for index in np.indices((MEMBERS, LAYERS)))
    values = np.sin(epoch + layer) + member
    columns = {"member": member, "epoch": epoch, "layer": layer + 1, "estimator": "binned"}
    columns |= {"setting": "bin_size=0.07", "n": 4096, "kind": "point", "saturated": False}
    columns |= {"i_x": values, "i_x_se": 0.01, "i_y": 0.1 * values, "i_y_se": 0.01}
    columns |= {"reliable": True, "train_loss": 1 / (1 + member), "val_loss": 1 / (1 + member)}
    columns |= {"train_accuracy": 0.5, "val_accuracy": 0.5}
    return pd.DataFrame(columns)


def by_buffer(client: MlflowClient, run_id: str, epochs: list[pd.DataFrame]) -> None:
    """As a recording does it, epoch by epoch."""
    buffer = MetricBuffer(client)
    for rows in epochs:
        buffer.add(run_id, rows)
        buffer.offer()
    buffer.flush()


def points_of(epochs: list[pd.DataFrame]) -> list[Metric]:
    """The same points, made beforehand for MLflow's own calls."""
    now = int(time.time() * 1000)
    points, _ = curve_points(pd.concat(epochs, ignore_index=True))
    return [Metric(point.key, point.value, now, point.step) for point in points]


def in_batches(client: MlflowClient, run_id: str, metrics: list[Metric]) -> None:
    """The fewest calls that MLflow allows."""
    for first in range(0, len(metrics), 1000):
        client.log_batch(run_id, metrics=metrics[first : first + 1000])


def one_by_one(client: MlflowClient, run_id: str, metrics: list[Metric]) -> None:
    """A call for each point."""
    for metric in metrics:
        client.log_metric(run_id, metric.key, metric.value, metric.timestamp, metric.step)


def held(client: MlflowClient, run_id: str) -> int:
    """How many points the store holds of a run."""
    keys = client.get_run(run_id).data.metrics
    return sum(len(client.get_metric_history(run_id, key)) for key in keys)


def compare(uri: str, options: argparse.Namespace) -> bool:
    """Time the ways in turn, print them, and tell whether a target was missed."""
    os.environ["MLFLOW_TRACKING_URI"] = uri
    ensure_store()
    client = MlflowClient(uri)
    experiment = client.create_experiment("benchmark", artifact_location=tempfile.gettempdir())
    each = len(points_of([epoch_rows(1)]))
    epochs = [epoch_rows(epoch) for epoch in range(options.points // each)]
    metrics = points_of(epochs)
    times: dict[str, list[float]] = {"buffer": [], "log_batch": [], "log_metric": []}
    for _ in range(options.rounds):
        for name, spent in times.items():
            run_id = client.create_run(experiment).info.run_id
            start = time.perf_counter()
            if name == "buffer":
                by_buffer(client, run_id, epochs)
            elif name == "log_batch":
                in_batches(client, run_id, metrics)
            else:
                one_by_one(client, run_id, metrics[: options.singles])
            spent.append(time.perf_counter() - start)
            expected = options.singles if name == "log_metric" else len(metrics)
            assert held(client, run_id) == expected, f"{name}: points were lost or doubled"
    least = {name: min(spent) for name, spent in times.items()}
    least["log_metric"] *= len(metrics) / options.singles
    ratio, gain = least["buffer"] / least["log_batch"], least["log_metric"] / least["buffer"]
    print(f"{uri.partition(':')[0]}: {len(metrics)} points, {each} an epoch")
    print(f"  buffer {least['buffer']:8.1f} s")
    print(f"  log_batch of 1000 {least['log_batch']:8.1f} s; the buffer takes {ratio:.2f} times "
          f"that, at most {BUFFER_AT_MOST}")  # fmt: skip
    print(f"  log_metric {least['log_metric']:8.1f} s, stretched from {options.singles} points; "
          f"the buffer is {gain:.0f} times faster, at least {SINGLES_AT_LEAST:g}")  # fmt: skip
    return ratio > BUFFER_AT_MOST or gain < SINGLES_AT_LEAST


@dataclass(frozen=True)
class Share:
    """What one of several processes writes.

    Arguments:
        uri: of the store.
        run_id: the process's own run.
        epochs: how many are measured.
    """

    uri: str
    run_id: str
    epochs: int


def write_share(share: Share) -> None:
    """Write through a buffer of this process, an epoch at a time."""
    client = MlflowClient(share.uri)
    by_buffer(client, share.run_id, [epoch_rows(epoch) for epoch in range(share.epochs)])


def write_at_once(server: postgres.Postgres, points: int) -> bool:
    """Let processes write to one server at once; tell whether points were lost or doubled."""
    uri = server.create("at_once")
    os.environ["MLFLOW_TRACKING_URI"] = uri
    ensure_store()
    client = MlflowClient(uri)
    experiment = client.create_experiment("at once", artifact_location=tempfile.gettempdir())
    each = len(points_of([epoch_rows(1)]))
    epochs = -(-points // (WRITERS * each))
    runs = [client.create_run(experiment).info.run_id for _ in range(WRITERS)]
    with LocalExecutor(WRITERS) as executor:
        list(executor.map(time.sleep, [0.01] * WRITERS))
        start = time.perf_counter()
        list(executor.map(write_share, [Share(uri, run_id, epochs) for run_id in runs]))
        spent = time.perf_counter() - start
    # MLflow's key of a point has its time and value, so that it would store one twice.
    ((stored, different),) = server.execute(
        "select count(*), count(distinct (run_uuid, key, step)) from metrics", "at_once"
    )
    expected = WRITERS * epochs * each
    print(f"postgresql: {expected} points by {WRITERS} processes at once in {spent:.0f} s; "
          f"{stored} stored, {expected - int(str(different))} lost, "
          f"{int(str(stored)) - int(str(different))} double")  # fmt: skip
    return (stored, different) != (expected, expected)


def compare_workers() -> bool:
    """Time items that sleep for a second by one worker and by four that have started."""
    times = {}
    for workers in (1, 4):
        with LocalExecutor(workers) as executor:
            list(executor.map(time.sleep, [0.01] * workers))
            start = time.perf_counter()
            list(executor.map(time.sleep, [1.0] * ITEMS))
            times[workers] = time.perf_counter() - start
    gain = times[1] / times[4]
    print(f"{ITEMS} items of a second: one worker {times[1]:.2f} s, four {times[4]:.2f} s: "
          f"{gain:.2f} times faster, at least {WORKERS_AT_LEAST}")  # fmt: skip
    return gain < WORKERS_AT_LEAST


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--points", type=int, default=96_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--singles", type=int, default=500)
    parser.add_argument("--many", type=int, default=1_000_000, help="points by several at once")
    options = parser.parse_args()
    missed = compare_workers()
    with tempfile.TemporaryDirectory() as folder:
        missed |= compare(f"sqlite:///{folder}/mlflow.db", options)
    if postgres.programs() is None:
        print("PostgreSQL is not installed: left out")
    else:
        with postgres.postgres_server(durable=True) as server:
            missed |= compare(server.create("benchmark"), options)
            missed |= write_at_once(server, options.many)
    if missed:
        raise SystemExit("a target was missed")


if __name__ == "__main__":
    main()
