"""What is handed over with the code: licence, citation, type marker."""

import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest
import yaml
from packaging.version import Version

import ib_mlflow
from projects.registry import STUDIES

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LICENCE = (ROOT / "LICENSE").read_text(encoding="utf-8")
AUTHORS = "The ib_mlflow authors"


def setuptools_is_new_enough() -> bool:
    try:
        return Version(version("setuptools")) >= Version("77")
    except PackageNotFoundError:
        return False


def test_the_licence_is_whole_and_named() -> None:
    assert PYPROJECT["project"]["license"] == "Apache-2.0"
    assert "TERMS AND CONDITIONS FOR USE, REPRODUCTION, AND DISTRIBUTION" in LICENCE
    assert "END OF TERMS AND CONDITIONS" in LICENCE
    assert f"Copyright 2026 {AUTHORS}" in LICENCE


def test_the_citation_is_of_this_version() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert str(citation["version"]) == ib_mlflow.__version__
    assert citation["license"] == PYPROJECT["project"]["license"]
    # What the format's version 1.2.0 demands.
    assert citation["cff-version"] == "1.2.0"
    assert citation["message"]
    assert citation["title"]
    assert citation["authors"] == [{"name": AUTHORS}]
    assert citation["type"] == "software"
    assert len(set(citation["keywords"])) == len(citation["keywords"])


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy, for building leaves folders beside the sources."""
    if not setuptools_is_new_enough():
        pytest.skip("needs setuptools 77")
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    for name in ("ib_mlflow", "projects"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    script = "import sys, setuptools.build_meta as backend; backend.build_wheel(sys.argv[1])"
    done = subprocess.run(
        [sys.executable, "-c", script, str(folder)],
        cwd=source,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (path,) = folder.glob("*.whl")
    return path


def test_a_wheel_has_the_licence_and_the_type_marker(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        assert "ib_mlflow/py.typed" in names
        assert any(name.endswith(".html") for name in names)
        papers = {path.name for path in (ROOT / "projects" / "coverage").iterdir()}
        assert {f"ib_mlflow/projects/coverage/{paper}" for paper in papers} <= set(names)
        (licence,) = (name for name in names if name.endswith("licenses/LICENSE"))
        assert archive.read(licence).decode() == LICENCE
        (metadata,) = (name for name in names if name.endswith(".dist-info/METADATA"))
        assert "License-Expression: Apache-2.0" in archive.read(metadata).decode()


@pytest.mark.slow
def test_a_wheel_takes_no_name_of_anybody_and_runs_the_studies(wheel: Path, tmp_path: Path) -> None:
    """Unpacked it is what pip installs; the script calls the function that is named for it."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")
    folders = {path.name for path in (tmp_path / "installed").iterdir()}
    assert folders == {"ib_mlflow", f"ib_mlflow-{ib_mlflow.__version__}.dist-info"}
    (scripts,) = (tmp_path / "installed").glob("*.dist-info/entry_points.txt")
    assert "ib-mlflow = ib_mlflow.projects.__main__:main" in scripts.read_text(encoding="utf-8")
    program = "import sys; from ib_mlflow.projects.__main__ import main; main(sys.argv[1:])"

    def typed(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-c", program, *arguments],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(tmp_path / "installed")},
            capture_output=True,
            text=True,
            check=False,
        )

    listed = typed("list")
    assert all(f"{name} " in listed.stdout for name in STUDIES), listed.stderr
    assert "ib-mlflow NAME --help" in typed().stdout
    assert typed("botleneck").stderr.strip().endswith("Did you mean bottleneck?")
    assert "--members" in typed("main", "--help").stdout
    module = [sys.executable, "-m", "ib_mlflow"]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "installed")}
    done = subprocess.run(module, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert "ib-mlflow NAME --help" in done.stdout
