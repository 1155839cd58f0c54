import json

import pytest
from mlflow import MlflowClient
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
    found = store.get_run(study.run_id).inputs.dataset_inputs
    assert {one.dataset.name for one in found} == {"szt"}
    assert {one.dataset.digest for one in found} == {digest[:36]}
    assert json.loads(found[0].dataset.profile) == {"digest": digest, "rows": 4096}
    assert "by rule" in found[0].dataset.source


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
    page = f"/#/experiments/{experiment_id}/runs/{study.run_id}"
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
