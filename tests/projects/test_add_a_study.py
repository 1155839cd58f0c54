"""What CONTRIBUTING says of adding a study, followed literally."""

import os
import re
import shutil
import sys
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("## Add a study")[2]
FILE, LINE = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)[:2]
COMMANDS = re.findall(r"`(python -m projects \w+ > [^`]+)`", PAGE)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A copy of what a study is added to; the library is this one."""
    folder = tmp_path / "repository"
    shutil.copytree(ROOT / "projects", folder / "projects")
    (folder / "docs").mkdir()
    for name in ("MLproject", "conda.yaml"):
        shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.mark.slow
def test_one_file_and_one_line_add_a_study(repository, tmp_path, store_at, monkeypatch):
    (repository / "projects/planes/width.py").write_text(FILE, encoding="utf-8")
    registry = repository / "projects/registry.py"
    text = registry.read_text(encoding="utf-8")
    registry.write_text(text.replace("STUDIES = {\n", f"STUDIES = {{\n{LINE}"), encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(repository), str(ROOT)]))
    assert len(COMMANDS) == 3
    for command in COMMANDS:
        assert os.system(f"cd {repository} && {command.replace('python', sys.executable)}") == 0
    store = store_at(tmp_path / "store", repository)
    code, printed = store.launch("width", scale="toy", widths="3,5")
    assert code == 0, printed
    study = store.study("width")
    assert study.info.status == "FINISHED"
    assert len(store.children(study)) == 2
    table = pd.read_parquet(store.artifact(study, "trajectory.parquet"))
    assert set(table["run"]) == {"3 units", "5 units"}
    report = store.artifact(study, "report.md").read_text(encoding="utf-8")
    assert "(toy: a smoke test, no claim is judged)" in report.splitlines()[0]
    assert "`widths`" in (repository / "docs/studies.md").read_text(encoding="utf-8")
