import pytest

from ib_mlflow.data import locate as module
from ib_mlflow.data.files import Distribution, Folder
from ib_mlflow.data.locate import locate
from ib_mlflow.errors import DataError

SOME = Distribution("some", ("some", "some-other"), {"a": "", "b": ""}, {}, ())


@pytest.fixture
def downloads(bare_machine, monkeypatch):
    """Stands for the download; lists its calls."""
    calls = []

    def fetch(distribution):
        calls.append(distribution.name)
        return Folder(distribution, bare_machine, downloaded=True)

    monkeypatch.setattr(module, "fetch", fetch)
    return calls


@pytest.mark.parametrize("folder", ["", "some", "some-other"])
@pytest.mark.parametrize("name", ["a", "b.gz"])
def test_root_holds_the_files_or_a_folder_with_them(tmp_path, folder, name, write):
    place = write(tmp_path / folder, {name: b""})
    assert locate(SOME, ("a", "b"), tmp_path) == Folder(SOME, place)


def test_the_folder_with_the_datasets_name_comes_first(tmp_path, write):
    write(tmp_path, {"a": b""})
    named = write(tmp_path / "some", {"a": b""})
    assert locate(SOME, ("a",), tmp_path).path == named


def test_an_explicit_root_is_the_only_place(tmp_path, write, monkeypatch, downloads):
    monkeypatch.setenv("IB_DATA", str(write(tmp_path / "elsewhere", {"a": b""})))
    for root in (tmp_path / "empty", tmp_path / "missing"):
        with pytest.raises(DataError, match=f"root must hold files of some.*{root.name} with none"):
            locate(SOME, ("a",), root)
    assert downloads == []


def test_the_usual_places_in_their_order(tmp_path, write, monkeypatch, downloads):
    assert locate(SOME, ("a",), None).downloaded
    system = write(tmp_path / "system" / "some-other", {"a": b""})
    monkeypatch.setattr(module, "SYSTEM_FOLDER", tmp_path / "system")
    assert locate(SOME, ("a",), None).path == system
    environment = write(tmp_path / "environment", {"b": b""})
    monkeypatch.setenv("IB_DATA", str(environment))
    assert locate(SOME, ("a",), None).path == system
    write(environment, {"a": b""})
    assert locate(SOME, ("a",), None).path == environment
    monkeypatch.setenv("IB_DATA", "")
    assert locate(SOME, ("a",), None).path == system
    assert downloads == ["some"]


def test_a_wrong_ib_data_is_refused(tmp_path, monkeypatch, downloads):
    monkeypatch.setenv("IB_DATA", str(tmp_path / "missing"))
    with pytest.raises(DataError, match="IB_DATA must name a folder"):
        locate(SOME, ("a",), None)


def test_an_ib_data_that_no_folder_can_have_is_refused_in_a_line(monkeypatch, downloads):
    monkeypatch.setenv("IB_DATA", "/" + "a" * 5000)
    with pytest.raises(DataError, match="IB_DATA must name a folder") as raised:
        locate(SOME, ("a",), None)
    assert len(str(raised.value)) < 500


def test_a_name_that_no_folder_can_have_is_refused_in_a_line(tmp_path):
    with pytest.raises(DataError, match="folder of data files must be one that can be") as raised:
        locate(SOME, ("a",), tmp_path / ("a" * 10_000))
    assert len(str(raised.value)) < 500
