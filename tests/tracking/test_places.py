from pathlib import Path
from urllib.parse import quote

import pytest
from mlflow import MlflowClient
from mlflow.utils.file_utils import local_file_uri_to_path
from sqlalchemy.engine import make_url

from ib_mlflow.errors import InvalidInputError, TrackingError
from ib_mlflow.tracking.places import artifact_folder, check_artifact_name, sqlite_file

NAMES = ("a#b", "what?", "100%", "a b", "a;b=c", "ünï 日本", "it's $HOME", "c:d", "[1]&+", "50%zz")


@pytest.mark.parametrize("name", [*NAMES, "20%25 off"])
def test_a_file_uri_is_the_folder_that_it_encodes(name: str, tmp_path: Path) -> None:
    folder = tmp_path / name / "artifacts"
    assert artifact_folder(folder.as_uri()) == folder
    assert Path(local_file_uri_to_path(folder.as_uri())) == folder


@pytest.mark.parametrize("name", NAMES)
def test_a_plain_path_is_that_path(name: str, tmp_path: Path) -> None:
    folder = tmp_path / name / "artifacts"
    assert artifact_folder(str(folder)) == folder
    assert Path(local_file_uri_to_path(str(folder))) == folder


def test_a_plain_path_that_mlflow_would_decode_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrackingError, match=r"a%20b, which MLflow takes for .*a b.*as_uri"):
        artifact_folder(str(tmp_path / "a%20b"))
    (tmp_path / "a b").mkdir()
    # Where only the decoded folder is there, the path was meant as MLflow reads it.
    assert artifact_folder(str(tmp_path / "a%20b" / "1")) == tmp_path / "a b" / "1"
    (tmp_path / "a%20b").mkdir()
    with pytest.raises(TrackingError):
        artifact_folder(str(tmp_path / "a%20b" / "1"))


@pytest.mark.parametrize("sign", ["#", "?"])
def test_a_file_uri_that_is_cut_short_is_refused(sign: str, tmp_path: Path) -> None:
    with pytest.raises(TrackingError, match="must be written as %23"):
        artifact_folder(f"file://{tmp_path}/a{sign}b")


@pytest.mark.parametrize("uri", ["s3://bucket/a", "mlflow-artifacts:/1/2", "https://host/a"])
def test_what_is_elsewhere_is_no_folder(uri: str) -> None:
    assert artifact_folder(uri) is None


@pytest.mark.parametrize("name", [*NAMES, "20%25 off", "a%20b"])
@pytest.mark.parametrize("root", ["{folder}/", ""])
def test_an_sqlite_file_is_sqlalchemys(
    name: str, root: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    written = root.format(folder=tmp_path) + f"{name}/m.db"
    uri = f"sqlite:///{quote(written)}"
    assert sqlite_file(uri) == tmp_path / name / "m.db"
    assert Path(str(make_url(uri).database)).absolute() == tmp_path / name / "m.db"
    if "?" not in name and name not in ("20%25 off", "a%20b"):
        assert sqlite_file(f"sqlite:///{written}") == tmp_path / name / "m.db"


def test_an_sqlite_uri_that_names_a_neighbour_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrackingError, match="must be written as %3F"):
        sqlite_file(f"sqlite:///{tmp_path}/what?/m.db")
    (tmp_path / "a%20b").mkdir()
    with pytest.raises(TrackingError, match="as %25"):
        sqlite_file(f"sqlite:///{tmp_path}/a%20b/m.db")


def test_sqlites_own_uris() -> None:
    assert sqlite_file("sqlite:///file:/a%2520b/m.db?uri=true&mode=rw") == Path("/a b/m.db")
    assert sqlite_file("sqlite:///file:x?mode=memory&cache=shared&uri=true") is None


ESCAPES = [
    "../x.txt", "a/../../x.txt", "/etc/x.txt", "a\\..\\x.txt", "C:/x.txt", "a\0b", "", ".", "./a",
    "a//b", "a/", "a/./b", "a\nb", "\udce9", "%2e%2e/x", "a%41", "a#b", "a?b", "é" * 101, "file:x",
]  # fmt: skip


@pytest.mark.parametrize("name", ESCAPES)
def test_names_that_leave_the_folder_are_refused(name: str) -> None:
    with pytest.raises(InvalidInputError, match="a plain path below the folder of its run"):
        check_artifact_name(name)


@pytest.mark.parametrize("name", ["a.b", "..a", "a b/ü=1, 日本.png", "a..b/c", "100%.txt", "a;b"])
def test_other_names_pass_and_are_read_back(name: str, store: MlflowClient, run_id: str) -> None:
    assert check_artifact_name(name) == name
    store.log_text(run_id, "x", name)
    assert Path(store.download_artifacts(run_id, name)).read_text() == "x"
