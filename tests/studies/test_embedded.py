"""Studies whose files are not at hand, by data that needs none."""

import pytest

from ib_mlflow.errors import ConfigurationError, DataError
from ib_mlflow.studies.embedded import needs_of, parse_at_hand
from ib_mlflow.studies.running.tasks import image_task
from projects.registry import STUDIES, load_study


@pytest.fixture
def nothing_at_hand(tmp_path, monkeypatch):
    """No folder has files, and there is no network to fetch them by."""
    monkeypatch.setenv("IB_DATA", str(tmp_path))
    monkeypatch.setattr("ib_mlflow.data.locate.SYSTEM_FOLDER", tmp_path / "no system folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")


GIVING_WAY = [name for name in STUDIES if load_study(name).configuration.embedded]


@pytest.mark.parametrize("name", GIVING_WAY)
def test_quick_takes_embedded_data_where_files_are_missing_and_says_so(name, nothing_at_hand):
    model = load_study(name).configuration
    usual = model.parse([])
    configuration, notice = parse_at_hand(model, [])
    before, after = usual.model_dump(), configuration.model_dump()
    changed = {field for field in before if before[field] != after[field]}
    assert changed == set(model.embedded)
    needed, at_hand = needs_of(model).split(", else ")
    assert needed in notice
    assert at_hand in notice


def test_what_was_named_is_asked_for(nothing_at_hand):
    model = load_study("mnist_noise").configuration
    configuration, notice = parse_at_hand(model, ["--task", "mnist"])
    assert (configuration.task, notice) == ("mnist", "")
    with pytest.raises(DataError, match="mnist"):
        image_task("mnist", configuration, images=100, held_out=100)
    configuration, notice = parse_at_hand(model, ["--images", "1000"])
    assert (configuration.task, configuration.images) == ("digits", 1000)
    assert "images" not in notice


@pytest.mark.parametrize("scale", ["toy", "quick", "paper"])
@pytest.mark.parametrize("name", STUDIES)
def test_a_folder_that_is_none_is_refused_by_every_study(name, scale, tmp_path):
    model = load_study(name).configuration
    file = tmp_path / "file"
    file.touch()
    for root in (tmp_path / "nowhere", file, tmp_path / ("a" * 1000)):
        with pytest.raises(ConfigurationError, match="data_root must be a folder") as refused:
            parse_at_hand(model, ["--scale", scale, "--data_root", str(root)])
        assert str(root)[:150] in str(refused.value)


def test_the_papers_setting_gives_way_to_nothing(nothing_at_hand):
    model = load_study("leaky").configuration
    configuration, notice = parse_at_hand(model, ["--scale", "paper"])
    assert (configuration.tasks, notice) == (("szt", "mnist"), "")


def test_needs_are_those_of_quick():
    assert needs_of(load_study("leaky").configuration) == "mnist, else digits"
    assert needs_of(load_study("main").configuration) == ""


@pytest.mark.parametrize("name", STUDIES)
def test_every_study_runs_without_files_at_toy(name):
    preset = load_study(name).configuration.presets["toy"]
    named = {preset.get("task"), *preset.get("tasks", ())}
    assert not named & {"mnist", "fashion_mnist", "affine_mnist", "cifar10", "svhn"}
