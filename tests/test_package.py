"""What is handed over with the code: licence, citation, type marker."""

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


@pytest.mark.skipif(not setuptools_is_new_enough(), reason="needs setuptools 77")
def test_a_wheel_has_the_licence_and_the_type_marker(tmp_path: Path) -> None:
    # A copy, for building leaves folders beside the sources.
    source = tmp_path / "source"
    for name in PYPROJECT["tool"]["setuptools"]["packages"]["find"]["include"]:
        folder = name.rstrip("*")
        if (ROOT / folder).is_dir():
            shutil.copytree(ROOT / folder, source / folder)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    script = "import sys, setuptools.build_meta as backend; backend.build_wheel(sys.argv[1])"
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)],
        cwd=source,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (path,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(path) as wheel:
        names = wheel.namelist()
        assert "ib_mlflow/py.typed" in names
        assert any(name.endswith(".html") for name in names)
        (licence,) = (name for name in names if name.endswith("licenses/LICENSE"))
        assert wheel.read(licence).decode() == LICENCE
        (metadata,) = (name for name in names if name.endswith(".dist-info/METADATA"))
        assert "License-Expression: Apache-2.0" in wheel.read(metadata).decode()
