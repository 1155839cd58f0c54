"""The how-tos' code, run as it stands on the page, block after block."""

import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted((ROOT / "docs" / "how-to").glob("*.md"))
ELSEWHERE = {
    "cluster": "its code starts jobs of SLURM",
    "tune": "its model is made by a search; tests of searches load theirs",
}


def blocks(page: Path) -> list[str]:
    text = page.read_text(encoding="utf-8")
    return re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


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


def test_most_pages_have_code_that_runs() -> None:
    assert len([page for page in PAGES if blocks(page) and page.stem not in ELSEWHERE]) >= 4


@pytest.mark.parametrize(
    "page", [page for page in PAGES if blocks(page)], ids=lambda page: page.stem
)
def test_a_page_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if page.stem in ELSEWHERE:
        pytest.skip(ELSEWHERE[page.stem])
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    prepare = PREPARED.get(page.stem, lambda folder: folder)
    monkeypatch.chdir(prepare(tmp_path))
    names: dict[str, object] = {"__name__": page.stem}
    for code in blocks(page):
        exec(compile(code, str(page), "exec"), names)
    plt.close("all")
