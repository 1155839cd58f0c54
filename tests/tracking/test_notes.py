import mlflow
import pytest
from mlflow import MlflowClient

from ib_mlflow.tracking.notes import NOTE, leave_note


@pytest.fixture
def client(tmp_path, monkeypatch):
    monkeypatch.setattr(mlflow, "get_tracking_uri", lambda: f"sqlite:///{tmp_path}/m.db")
    client = MlflowClient(f"sqlite:///{tmp_path}/m.db")
    monkeypatch.setattr("ib_mlflow.tracking.notes.MlflowClient", lambda: client)
    return client


@pytest.mark.parametrize(("given", "shown"), [("wry-quail-183", "plan"), ("mine", "mine")])
def test_a_run_that_nobody_named_gets_title_and_note(client, monkeypatch, given, shown):
    run = client.create_run("0", run_name=given)
    monkeypatch.setenv("MLFLOW_RUN_ID", run.info.run_id)
    assert leave_note("plan", "Three hours.")
    noted = client.get_run(run.info.run_id)
    assert (noted.info.run_name, noted.data.tags[NOTE]) == (shown, "Three hours.")


def test_without_a_run_none_is_made(client, monkeypatch):
    monkeypatch.delenv("MLFLOW_RUN_ID", raising=False)
    assert not leave_note("plan", "Three hours.")
    assert client.search_runs(["0"]) == []


def test_a_store_that_refuses_does_not_hide_what_was_printed(client, monkeypatch):
    monkeypatch.setenv("MLFLOW_RUN_ID", "none")
    client.search_experiments()
    assert leave_note("plan", "Three hours.")
