import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from mlflow import MlflowClient

from ib_mlflow.errors import InvalidInputError, TrackingError
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
    suffixes = []

    def write(path: Path) -> None:
        suffixes.append(path.suffix)
        path.touch()

    artifacts.put("plane.png", write)
    assert suffixes == [".png"]


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


@pytest.mark.parametrize("name", ["../escaped.txt", "/tmp/escaped.txt", "a\\b", "nul\0x", "", "."])
def test_no_name_leads_out_of_the_folder(artifacts: Artifacts, tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidInputError, match="a plain path below the folder of its run"):
        artifacts.put(name, text("out"))
    with pytest.raises(InvalidInputError), artifacts.get(name):
        pytest.fail("entered")
    if name:
        with pytest.raises(InvalidInputError):
            artifacts.names(name)
    assert list(tmp_path.rglob("*.txt")) == []


@pytest.mark.parametrize("there", [True, False])
def test_a_link_out_of_the_folder_is_not_followed(
    store: MlflowClient, run_id: str, tmp_path: Path, there: bool
) -> None:
    uri = store.get_run(run_id).info.artifact_uri
    artifacts = Artifacts(store, run_id, uri)
    artifacts.put("report.md", text("whole"))
    outside = tmp_path / "outside"
    if there:
        outside.mkdir()
        (outside / "a.txt").write_text("a")
    Path(uri, "checkpoints").symlink_to(outside)
    Path(uri, "loop").symlink_to("loop")
    with pytest.raises(InvalidInputError, match=r"linked to .*outside"):
        artifacts.put("checkpoints/b.txt", text("b"))
    with pytest.raises(InvalidInputError, match="linked to"), artifacts.get("checkpoints/a.txt"):
        pytest.fail("entered")
    with pytest.raises(InvalidInputError, match="linked to"):
        artifacts.names("checkpoints")
    with pytest.raises(TrackingError):
        artifacts.put("loop/b.txt", text("b"))
    assert [path.name for path in outside.glob("*")] == (["a.txt"] if there else [])


def test_the_whole_folder_may_be_linked(store: MlflowClient, run_id: str, tmp_path: Path) -> None:
    (tmp_path / "large disk").mkdir()
    (tmp_path / "artifacts").symlink_to(tmp_path / "large disk")
    artifacts = Artifacts(store, run_id, store.get_run(run_id).info.artifact_uri)
    artifacts.put("deep/report.md", text("whole"))
    with artifacts.get("deep/report.md") as path:
        assert path.read_text() == "whole"
    assert list((tmp_path / "large disk").rglob("report.md"))


def test_a_file_where_the_folder_must_be_is_said(
    store: MlflowClient, run_id: str, tmp_path: Path
) -> None:
    (tmp_path / "artifacts").write_text("a file")
    artifacts = Artifacts(store, run_id, store.get_run(run_id).info.artifact_uri)
    with pytest.raises(TrackingError, match=r"Move the file away .* and run the same command"):
        artifacts.put("report.md", text("whole"))


@pytest.mark.parametrize(
    ("number", "cure"),
    [
        (errno.ENOSPC, "Make room"),
        (errno.EACCES, "the right to write"),
        (errno.ENAMETOOLONG, "a shorter path"),
        (errno.EIO, "can be written to"),
    ],
)
def test_each_cause_has_its_own_advice(artifacts: Artifacts, number: int, cure: str) -> None:
    def write(path: Path) -> None:
        raise OSError(number, os.strerror(number))

    with pytest.raises(TrackingError, match=cure):
        artifacts.put("report.md", write)


@pytest.mark.parametrize("name", ["a#b", "what?", "100%", "a b;c", "日本", "a%20b"])
@pytest.mark.parametrize("form", ["plain", "uri"])
def test_no_neighbour_of_the_folder_is_made(
    store: MlflowClient, tmp_path: Path, name: str, form: str
) -> None:
    folder = tmp_path / name
    location = str(folder) if form == "plain" else folder.as_uri()
    made = store.create_experiment(f"{tmp_path} {form}", artifact_location=location)
    run = store.create_run(made)
    if form == "plain" and name == "a%20b":
        with pytest.raises(TrackingError, match="which MLflow takes for"):
            Artifacts(store, run.info.run_id, run.info.artifact_uri)
        assert list(tmp_path.iterdir()) == []
        return
    Artifacts(store, run.info.run_id, run.info.artifact_uri).put("a b/report.md", text("whole"))
    assert (folder / run.info.run_id / "artifacts" / "a b" / "report.md").exists()
    assert list(tmp_path.iterdir()) == [folder]
    assert Path(store.download_artifacts(run.info.run_id, "a b/report.md")).read_text() == "whole"


def test_half_files_of_killed_processes_are_removed(store: MlflowClient, run_id: str) -> None:
    artifacts = Artifacts(store, run_id, store.get_run(run_id).info.artifact_uri)
    artifacts.put("a.txt", text("whole"))
    assert artifacts._root is not None
    folder = artifacts._root.parent
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    names = [f".partial-{ended.pid}-a.pt", f".partial-{os.getppid()}-a.pt", ".partial-of-mine"]
    for name in names:
        (folder / name).write_text("half")
    artifacts.sweep()
    assert {file.name for file in folder.iterdir()} == {"artifacts", *names[1:]}
