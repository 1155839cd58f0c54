import json
import shlex
from pathlib import Path

import pytest
from mlflow import MlflowClient
from sqlalchemy.engine import make_url
from synthetic import GUIDES, child

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.tracking import ChildSpec, open_study


def test_a_dataset_is_an_input_of_the_run(store: MlflowClient) -> None:
    digest = "0123456789abcdef" * 4
    with open_study("synthetic", {}) as study:
        for context in ("training", "measuring"):
            study.log_dataset(
                "szt",
                digest=digest,
                source="built in by rule",
                context=context,
                profile={"rows": 4096},
            )
    inputs = store.get_run(study.run_id).inputs.dataset_inputs
    assert {each.dataset.name for each in inputs} == {"szt"}
    assert {each.dataset.digest for each in inputs} == {digest[:36]}
    assert json.loads(inputs[0].dataset.profile) == {"digest": digest, "rows": 4096}
    assert "by rule" in inputs[0].dataset.source


@pytest.mark.parametrize(
    "specs", [[], [child("fine"), child("fine")], [child("fine"), ChildSpec("fine", {}, {})]]
)
def test_children_must_differ(store: MlflowClient, specs: list[ChildSpec]) -> None:
    with (
        open_study("synthetic", {}) as study,
        pytest.raises(InvalidInputError, match="names and identities of their own"),
        study.record(specs, guides=GUIDES),
    ):
        pytest.fail("entered")


def test_the_way_to_the_page(store: MlflowClient, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_study("synthetic", {}) as study:
        pass
    experiment_id = store.get_run(study.run_id).info.experiment_id
    # Without its last part, MLflow opens on an overview of language models' traces.
    page = f"/#/experiments/{experiment_id}/runs/{study.run_id}?workflowType=machine_learning"
    assert study.address == f"http://127.0.0.1:5000{page}"
    assert study.ui_command == f"mlflow ui --backend-store-uri {store.tracking_uri}"
    client = study._client
    for uri, address, command in (
        ("http://host:1/", f"http://host:1{page}", None),
        ("sqlite:///a b.db", f"http://127.0.0.1:5000{page}", "/a b.db'"),
        ("postgresql://h/db", f"http://127.0.0.1:5000{page}", "postgresql://h/db"),
    ):
        monkeypatch.setattr(type(client), "tracking_uri", property(lambda _, uri=uri: uri))
        assert study.address == address
        assert (study.ui_command or "").endswith(command or "")
        assert (study.ui_command is None) == (command is None)


@pytest.mark.parametrize(
    ("database", "command", "variable"),
    [
        ("postgresql://bob:Pw-12@h:1/db", "postgresql://bob@h:1/db", "PGPASSWORD"),
        ("postgresql+psycopg2://bob:Pw-12@h/db", "postgresql+psycopg2://bob@h/db", "PGPASSWORD"),
        ("postgresql://h/db?user=bob&password=Pw-12", '"$MLFLOW_TRACKING_URI"', None),
        ("mysql+pymysql://bob:Pw-12@h/db", '"$MLFLOW_TRACKING_URI"', None),
        ("sqlite:////token=a/mlflow.db", "sqlite:////token=a/mlflow.db", ""),
    ],
)
def test_a_password_is_left_out_and_named(
    store: MlflowClient,
    monkeypatch: pytest.MonkeyPatch,
    database: str,
    command: str,
    variable: str | None,
) -> None:
    with open_study("synthetic", {}) as study:
        pass
    monkeypatch.setattr(type(study._client), "tracking_uri", property(lambda _: database))
    assert study.ui_command == f"mlflow ui --backend-store-uri {command}"
    assert study.ui_secret == ("MLFLOW_TRACKING_URI" if variable is None else variable or None)
    assert "Pw-12" not in study.address
    monkeypatch.setattr(type(study._client), "tracking_uri", property(lambda _: "http://b:Pw-1@h"))
    assert study.address.startswith("http://h/#/experiments/")
    assert study.ui_command is study.ui_secret is None


def test_the_command_encodes_the_folder_that_a_relative_store_is_in(
    store: MlflowClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_study("synthetic", {}) as study:
        pass
    (tmp_path / "what? #1 50%25").mkdir()
    monkeypatch.chdir(tmp_path / "what? #1 50%25")
    monkeypatch.setattr(type(study._client), "tracking_uri", property(lambda _: "sqlite:///a%20b"))
    *_, uri = shlex.split(study.ui_command or "")
    assert Path(str(make_url(uri).database)) == tmp_path / "what? #1 50%25" / "a b"
