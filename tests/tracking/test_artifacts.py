from pathlib import Path

import pytest
from mlflow import MlflowClient

from ib_mlflow.errors import TrackingError
from ib_mlflow.tracking.artifacts import Artifacts


@pytest.fixture(params=["local", "file", "remote"])
def artifacts(request: pytest.FixtureRequest, store: MlflowClient, run_id: str) -> Artifacts:
    """The same folder, written directly and as a remote one would be."""
    uri = store.get_run(run_id).info.artifact_uri
    uri = {"local": uri, "file": Path(uri).as_uri(), "remote": "mlflow-artifacts:/there"}[
        request.param
    ]
    return Artifacts(store, run_id, uri)


def text(content: str):
    return lambda path: path.write_text(content)


def test_what_is_put_is_got(artifacts: Artifacts, store: MlflowClient, run_id: str) -> None:
    artifacts.put("report.md", text("one"))
    artifacts.put("deep/down/a b.txt", text("two"))
    artifacts.put("report.md", text("three"))
    for name, content in (("report.md", "three"), ("deep/down/a b.txt", "two")):
        with artifacts.get(name) as path:
            assert path.read_text() == content
    assert artifacts.names("deep/down") == ["a b.txt"]
    assert artifacts.names("absent") == []
    assert [file.path for file in store.list_artifacts(run_id)] == ["deep", "report.md"]


def test_the_writer_sees_the_suffix(artifacts: Artifacts) -> None:
    seen = []

    def write(path: Path) -> None:
        seen.append(path.suffix)
        path.touch()

    artifacts.put("plane.png", write)
    assert seen == [".png"]


def test_what_is_missing_is_said(artifacts: Artifacts) -> None:
    with pytest.raises(FileNotFoundError, match="no artifact absent"), artifacts.get("absent.md"):
        pytest.fail("entered")


def test_a_failed_write_leaves_what_was_there(artifacts: Artifacts, tmp_path: Path) -> None:
    artifacts.put("report.md", text("whole"))

    def write(path: Path) -> None:
        path.write_text("ha")
        raise OSError("disk full")

    with pytest.raises(TrackingError, match=r"report\.md of run .*disk full.*Make room"):
        artifacts.put("report.md", write)
    with artifacts.get("report.md") as path:
        assert path.read_text() == "whole"
    assert not list(tmp_path.rglob(".partial*"))
