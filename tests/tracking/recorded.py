"""What recordings of the training in miniature leave in the store, beside what they should."""

import os
from pathlib import Path

import pandas as pd
from mlflow import MlflowClient
from mlflow.entities import Run
from synthetic import GUIDES, child, measure, train

from ib_mlflow.tracking import tags
from ib_mlflow.tracking.metrics import curve_points
from ib_mlflow.trajectory import Trajectory

NAMES = ("fine", "coarse")


def runs(store: MlflowClient) -> list[Run]:
    return list(
        store.search_runs([os.environ["MLFLOW_EXPERIMENT_ID"]], order_by=["start_time ASC"])
    )


def children(store: MlflowClient) -> dict[str, Run]:
    own = [run for run in runs(store) if tags.IDENTITY in run.data.tags]
    by_name = {run.info.run_name: run for run in own}
    assert len(by_name) == len(own)
    return by_name


def points(store: MlflowClient, run_id: str) -> list[tuple[str, int, float]]:
    return sorted(
        (key, metric.step, metric.value)
        for key in store.get_run(run_id).data.metrics
        for metric in store.get_metric_history(run_id, key)
    )


def truth(epochs: int, name: str) -> tuple[pd.DataFrame, list[tuple[str, int, float]]]:
    """A child's table and curves, by a training that nothing interrupts and no store records."""
    whole = Trajectory(pd.concat([measure(step) for step in train(epochs)]), GUIDES)
    own = child(name, epochs=epochs).rows(whole.frame).reset_index(drop=True)
    return own, sorted((p.key, p.step, p.value) for p in curve_points(own)[0])


def check(store: MlflowClient, epochs: int, names: tuple[str, ...] = NAMES) -> None:
    """Every child is finished, and its table and its curves are the uninterrupted ones'."""
    by_name = children(store)
    assert set(by_name) == set(names)
    for name, child_run in by_name.items():
        assert child_run.info.status == "FINISHED"
        table, curves = truth(epochs, name)
        path = Path(child_run.info.artifact_uri) / "trajectory.parquet"
        loaded = Trajectory.load(path).frame
        assert all(
            loaded[c].to_numpy().tobytes() == table[c].to_numpy().tobytes()
            for c in loaded.select_dtypes("number")
        )
        pd.testing.assert_frame_equal(loaded, table, check_exact=True)
        assert points(store, child_run.info.run_id) == curves
