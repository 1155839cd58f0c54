"""Pages of what was found, of runs that are made here without their studies."""

import shlex
from pathlib import Path

import matplotlib.pyplot as plt
import pytest
from PIL import Image

from ib_mlflow.studies.results import write_results
from ib_mlflow.tracking import open_study
from projects.registry import load_study

STUDIES = {name: load_study(name) for name in ("main", "leaky", "tune")}


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Leaves a finished run with a report and figures."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")

    def make(name: str, words: list[str], text: str, pictures: list[str]) -> None:
        configuration = STUDIES[name].configuration.parse(words)
        with open_study(name, configuration.model_dump(exclude={"workers", "cluster"})) as study:
            study.log_text(f"# Title\n\n{text}\n", "report.md")
            study.log_tags({"claims.agrees": "3", "claims.disagrees": "0", "claims.undecided": "2"})
            for width, picture in enumerate(pictures, start=8):
                study.log_figure(plt.figure(figsize=(width, 2), dpi=50), picture)
        plt.close("all")

    return make


def test_the_papers_setting_is_shown_with_its_command(run, tmp_path: Path):
    pictures = ["information_plane.png", "own.png"]
    run("main", ["--scale", "paper", "--activation", "relu"], "Of the paper.", pictures)
    run("main", ["--members", "3"], "Of quick.", [])
    words = ["--tasks", "szt", "--register_as", "a name"]
    run("leaky", words, "Of quick.", ["information_plane.png"])
    rows = list(write_results(STUDIES, tmp_path / "pages").rows)
    assert [row[0] for row in rows] == [f"[{name}](#{name})" for name in STUDIES]
    assert [row[2:5] for row in rows] == [["3", "0", "2"], ["3", "0", "2"], ["–", "–", "–"]]
    assert [str(row[5]).partition(",")[0] for row in rows] == ["paper", "quick", "–"]
    page = (tmp_path / "pages/main.md").read_text(encoding="utf-8")
    assert page.startswith("# Title\n\n`mlflow run . --env-manager local -e main -P scale=paper ")
    assert " -P activation=relu`" in page
    assert "members" not in page
    assert "Of the paper." in page
    with Image.open(tmp_path / "pages/main.webp") as picture:
        assert picture.width > picture.height * 4  # the study's own, which is wider
    other = (tmp_path / "pages/leaky.md").read_text(encoding="utf-8")
    assert "`mlflow run . --env-manager local -e leaky -P tasks=szt` (" in other
    assert (tmp_path / "pages/leaky.webp").exists()


def test_a_study_without_a_run_keeps_its_page(run, tmp_path: Path):
    run("main", [], "Found.", [])
    (tmp_path / "leaky.md").write_text("earlier", encoding="utf-8")
    assert list(write_results(STUDIES, tmp_path).rows)[1][-1] == "–"
    assert (tmp_path / "leaky.md").read_text(encoding="utf-8") == "earlier"
    assert "![" not in (tmp_path / "main.md").read_text(encoding="utf-8")


def test_values_that_a_shell_would_split_are_quoted(run, tmp_path: Path):
    given = "members=2;epochs=3"
    run("tune", ["--given", given, "--space", "learning_rate=0.1..1:log"], "Found.", [])
    write_results(STUDIES, tmp_path)
    command = (tmp_path / "tune.md").read_text(encoding="utf-8").split("`")[1]
    assert f"given={given}" in shlex.split(command)
    assert "space=learning_rate=0.1..1:log" in shlex.split(command)


def test_the_figure_that_the_report_shows_is_the_pages(run, tmp_path: Path):
    # Pictures are the wider the later they stand; the second is the report's.
    run("main", [], "Found.\n\n![b.png](b.png)\n\nMore.", ["a.png", "b.png", "c.png"])
    run("leaky", [], "Found.", ["c.png"])
    write_results(STUDIES, tmp_path)
    with Image.open(tmp_path / "main.webp") as shown, Image.open(tmp_path / "leaky.webp") as first:
        assert shown.width / shown.height == pytest.approx(9 / 8 * first.width / first.height, 0.01)
    assert (tmp_path / "main.md").read_text(encoding="utf-8").count("![") == 1
