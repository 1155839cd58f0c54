import math

import numpy as np
import pytest
from matplotlib.figure import Figure
from mlflow import MlflowClient
from synthetic import GUIDES, measure, train

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.tracking.interrupts import Interrupts
from ib_mlflow.tracking.run_writer import RunWriter
from ib_mlflow.trajectory import Trajectory


@pytest.fixture
def writer(store: MlflowClient, run_id: str) -> RunWriter:
    return RunWriter(store, store.get_run(run_id), Interrupts())


def test_scalars_are_logged_once_and_what_is_not_finite_is_named(
    store: MlflowClient, writer: RunWriter
) -> None:
    values = {"summary/a_nats.layer_1": 1.5, "summary/b": math.nan, "summary/c": math.inf}
    writer.log_metrics(values)
    writer.log_metrics(values | {"summary/d": np.float32(0.25)})
    run = store.get_run(writer.run_id)
    assert run.data.metrics == {"summary/a_nats.layer_1": 1.5, "summary/d": 0.25}
    assert len(store.get_metric_history(writer.run_id, "summary/a_nats.layer_1")) == 1
    assert run.data.tags["ib.non_finite/summary/b"] == "no number: no network has a finite one"
    assert run.data.tags["ib.non_finite/summary/c"] == "infinite: no finite number can be given"
    writer.log_metrics({"summary/d": 0.5})
    assert [m.value for m in store.get_metric_history(writer.run_id, "summary/d")] == [0.25, 0.5]


def test_more_scalars_than_a_call_takes(store: MlflowClient, writer: RunWriter) -> None:
    writer.log_metrics({f"summary/{number}": number for number in range(1100)})
    writer.log_metrics({f"summary/nan_{number}": math.nan for number in range(120)})
    run = store.get_run(writer.run_id)
    assert len(run.data.metrics) == 1100
    assert len([key for key in run.data.tags if key.startswith("ib.non_finite/")]) == 120


@pytest.mark.parametrize("name", ["accuracy", "summary/a(b)"])
def test_a_wrong_name_is_refused_before_anything_is_logged(
    store: MlflowClient, writer: RunWriter, name: str
) -> None:
    with pytest.raises(InvalidInputError):
        writer.log_metrics({"summary/a": 1.0, name: 1.0})
    assert store.get_run(writer.run_id).data.metrics == {}


def test_a_description_is_on_the_runs_page(store: MlflowClient, writer: RunWriter) -> None:
    writer.describe("Found *nothing*.")
    assert store.get_run(writer.run_id).data.tags["mlflow.note.content"] == "Found *nothing*."


def test_a_description_that_mlflow_would_cut_is_refused(
    store: MlflowClient, writer: RunWriter
) -> None:
    writer.describe("a" * 8000)
    assert len(store.get_run(writer.run_id).data.tags["mlflow.note.content"]) == 8000
    with pytest.raises(InvalidInputError, match=r"at most 8000 characters.*received 8001"):
        writer.describe("a" * 8001)


def test_figures_texts_and_tables_are_artifacts(store: MlflowClient, writer: RunWriter) -> None:
    figure = Figure(figsize=(1, 1))
    figure.subplots().plot([0, 1])
    table = Trajectory(measure(next(train(0))), GUIDES)
    writer.log_figure(figure, "figures/plane.png", dpi=50)
    writer.log_text("# Ergebnis: β", "report.md")
    writer.log_trajectory(table)
    writer.log_image(np.zeros((2, 2, 3), dtype=np.uint8), "plane", 3)
    names = {file.path for file in store.list_artifacts(writer.run_id)}
    assert names == {"figures", "report.md", "trajectory.parquet", "images"}
    with writer.artifacts.get("figures/plane.png") as path:
        assert path.read_bytes().startswith(b"\x89PNG")
    with writer.artifacts.get("report.md") as path:
        assert path.read_text(encoding="utf-8") == "# Ergebnis: β"
    with writer.artifacts.get("trajectory.parquet") as path:
        assert Trajectory.load(path).frame.equals(table.frame)


@pytest.mark.parametrize(
    "name",
    ["checkpoints/epoch_000001.pt", "images/a.png", "results/a.npz", "results", "config.yaml",
     "identity.json", "trajectory.parquet"],
)  # fmt: skip
def test_what_a_run_is_resumed_from_is_not_overwritten(
    store: MlflowClient, writer: RunWriter, name: str
) -> None:
    figure = Figure(figsize=(1, 1))
    with pytest.raises(InvalidInputError, match="files that only this package writes"):
        writer.log_text("x", name)
    with pytest.raises(InvalidInputError):
        writer.log_figure(figure, name)
    assert store.list_artifacts(writer.run_id) == []


@pytest.mark.parametrize("name", ["../escaped.txt", "/tmp/escaped.txt", "a\\b", "nul\0x", "", "."])
def test_names_that_leave_the_run_are_one_clear_error(writer: RunWriter, name: str) -> None:
    table = Trajectory(measure(next(train(0))), GUIDES)
    for write in (lambda: writer.log_text("x", name), lambda: writer.log_trajectory(table, name)):
        with pytest.raises(InvalidInputError, match="a plain path below"):
            write()
