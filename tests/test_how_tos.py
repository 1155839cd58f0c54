"""The how-tos' code runs as it stands on the page, block after block, and prints what it says."""

import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

ROOT = Path(__file__).parents[1]
BLOCKS = re.compile(r"^```(python|text)\n(.*?)^```", re.DOTALL | re.MULTILINE)
NUMBER = re.compile(r"-?\d+\.\d+$")
TOLERANCE = 0.15  # of numbers with a point: what a training gives differs between machines
ELSEWHERE = {
    "cluster": "its code starts jobs of SLURM",
    "tune": "its model is made by a search; tests of searches load theirs",
}


def blocks(page: Path) -> list[tuple[str, str]]:
    """The page's code, and what it says that is printed: language and text."""
    return BLOCKS.findall(page.read_text(encoding="utf-8"))


PAGES = {page.stem: page for page in sorted((ROOT / "docs" / "how-to").glob("*.md"))}
WITH_CODE = [name for name, page in PAGES.items() if "python" in dict(blocks(page))]


def a_finished_run(folder: Path) -> Path:
    """A run of 100 epochs in the folder; returns where its child's artifacts are."""
    words = ["main", "--scale", "toy", "--epochs", "100"]
    subprocess.run([sys.executable, "-m", "projects", *words], cwd=ROOT, check=True)
    with sqlite3.connect(folder / "mlflow.db") as store:
        ((uri,),) = store.execute(
            "SELECT artifact_uri FROM runs JOIN tags USING (run_uuid) WHERE key = ?",
            ("mlflow.parentRunId",),
        )
    return Path(uri)


PREPARED: dict[str, Callable[[Path], Path]] = {"read-a-checkpoint": a_finished_run}
"""By page what must be there before, and the folder that its code is run in."""


def differing(printed: str, expected: str) -> list[tuple[str, str]]:
    """Words that differ, but for numbers with a point that are close."""
    mine, theirs = printed.split(), expected.split()
    assert len(mine) == len(theirs), printed
    pairs = []
    for word, other in zip(mine, theirs, strict=True):
        numbers = NUMBER.match(word), NUMBER.match(other)
        close = all(numbers) and abs(float(word) - float(other)) <= TOLERANCE
        if word != other and not close:
            pairs.append((word, other))
    return pairs


def test_most_pages_have_code_that_runs() -> None:
    assert len(set(WITH_CODE) - set(ELSEWHERE)) >= 5


@pytest.mark.parametrize("name", WITH_CODE)
def test_a_page_runs_and_prints_what_it_says(
    name: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if name in ELSEWHERE:
        pytest.skip(ELSEWHERE[name])
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    prepare = PREPARED.get(name, lambda folder: folder)
    monkeypatch.chdir(prepare(tmp_path))
    names: dict[str, object] = {"__name__": "page"}
    printed = ""
    for number, (language, text) in enumerate(blocks(PAGES[name])):
        if language == "text":
            assert differing(printed, text) == []
            continue
        capsys.readouterr()
        exec(compile(text, f"{name}, block {number}", "exec"), names)
        printed = capsys.readouterr().out
    plt.close("all")
