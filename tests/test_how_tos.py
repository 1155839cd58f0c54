"""The how-tos' code runs as it stands on the page, block after block, and prints what it says."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

ROOT = Path(__file__).parents[1]
NOT_RUN = re.compile(
    r"^<!-- not run: [^\n]+ -->\n```(?:python|sh|text)\n.*?^```\n", re.DOTALL | re.MULTILINE
)
BLOCKS = re.compile(
    r"^(?:<!-- (\w+\.py) -->\n)?```(python|sh|text)\n(.*?)^```", re.DOTALL | re.MULTILINE
)
NUMBER = re.compile(r"-?\d+\.\d+$")
TOLERANCE = 0.15  # of numbers with a point: what a training gives differs between machines


def blocks(page: Path) -> list[tuple[str, str]]:
    """What of the page is typed, and what it says that is printed: language, or file, and text."""
    shown = BLOCKS.findall(NOT_RUN.sub("", page.read_text(encoding="utf-8")))
    return [(file or language, text) for file, language, text in shown]


PAGES = {page.stem: page for page in sorted((ROOT / "docs" / "how-to").glob("*.md"))}
WITH_CODE = [name for name, page in PAGES.items() if {"python", "sh"} & dict(blocks(page)).keys()]
SLOW = {"cluster"}
"""Its scheduler and workers are five processes, half a minute of processor time."""


def typed(line: str) -> str:
    """What a line of a terminal prints, typed in the folder that the page's code runs in."""
    program, *words = shlex.split(line)
    assert program == "python"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, *words]
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout


def differing(printed: str, expected: str) -> list[tuple[str, str]]:
    """Words that differ, but for numbers with a point that are close, and what "…" leaves open."""
    mine, theirs = printed.split(), expected.split()
    assert len(mine) == len(theirs), printed
    pairs = []
    for word, other in zip(mine, theirs, strict=True):
        numbers = NUMBER.match(word), NUMBER.match(other)
        close = all(numbers) and abs(float(word) - float(other)) <= TOLERANCE
        start, open_ended, end = other.partition("…")
        left_open = open_ended and word.startswith(start) and word.endswith(end)
        if word != other and not close and not left_open:
            pairs.append((word, other))
    return pairs


def test_every_page_has_code_that_runs() -> None:
    assert list(PAGES) == WITH_CODE


@pytest.mark.parametrize("name", PAGES)
def test_a_page_shows_what_it_prints_and_says_how_long_it_takes(name: str) -> None:
    text = PAGES[name].read_text(encoding="utf-8")
    assert "text" in [language for _, language, _ in BLOCKS.findall(text)]
    assert re.search(r"\b(minutes?|seconds)\b", text)


@pytest.mark.parametrize(
    ("printed", "same"),
    [("/tmp/a/report.md 0.5 c", True), ("/tmp/a/plane.md 0.5 c", False), ("x 0.5 c", False)],
)
def test_what_a_page_leaves_open_has_its_beginning_and_its_end(printed: str, same: bool) -> None:
    assert (differing(printed, "/tmp/…report.md 0.6 c") == []) == same


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.slow) if name in SLOW else name for name in WITH_CODE],
)
def test_a_page_runs_and_prints_what_it_says(
    name: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"__name__": "page"}
    printed = ""
    for number, (language, text) in enumerate(blocks(PAGES[name])):
        if language == "text":
            assert differing(printed, text) == []
            continue
        if language.endswith(".py"):
            Path(language).write_text(text, encoding="utf-8")
            continue
        if language == "sh":
            printed = "".join(map(typed, text.splitlines()))
            continue
        capsys.readouterr()
        exec(compile(text, f"{name}, block {number}", "exec"), names)
        printed = capsys.readouterr().out
    plt.close("all")
