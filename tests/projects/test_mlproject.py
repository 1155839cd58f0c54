"""MLproject and the configurations say the same; neither is generated from the other."""

import importlib
import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
MLPROJECT = yaml.safe_load((ROOT / "MLproject").read_text(encoding="utf-8"))
DOOR = re.compile(r"^    enter\(\"(\w+)\"", re.MULTILINE)
STUDIES = {
    name: ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in sorted((ROOT / "projects").rglob("*.py"))
    for name in DOOR.findall(path.read_text(encoding="utf-8"))
}
"""The module of each study."""


def test_every_study_is_an_entry_point():
    assert sorted(MLPROJECT["entry_points"]) == sorted(STUDIES)


@pytest.mark.parametrize("name", sorted(STUDIES))
def test_parameters_and_defaults_are_equal(name):
    configuration = importlib.import_module(STUDIES[name]).Configuration
    entry = MLPROJECT["entry_points"][name]
    written = {key: str(value["default"]) for key, value in entry["parameters"].items()}
    known = {key: configuration.default_text(key) for key in configuration.model_fields}
    assert written == known
    assert {value["type"] for value in entry["parameters"].values()} == {"string"}, (
        "MLflow checks no other type either, and rewrites paths"
    )


@pytest.mark.parametrize("name", sorted(STUDIES))
def test_the_command_hands_every_parameter_over(name):
    entry = MLPROJECT["entry_points"][name]
    words = entry["command"].split()
    assert words[:3] == ["python", "-m", STUDIES[name]]
    pairs = [word for key in entry["parameters"] for word in (f"--{key}", f"{{{key}}}")]
    assert words[3:] == pairs


@pytest.mark.parametrize("name", sorted(STUDIES))
def test_the_defaults_are_valid_at_every_scale(name):
    configuration = importlib.import_module(STUDIES[name]).Configuration
    for scale in ("toy", "quick", "paper"):
        assert configuration.parse(["--scale", scale]).scale == scale
