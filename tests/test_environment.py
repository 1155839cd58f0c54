"""conda.yaml is exact; pyproject.toml holds the ranges that it lies in."""

import tomllib
from pathlib import Path

import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
CONDA = yaml.safe_load((ROOT / "conda.yaml").read_text(encoding="utf-8"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def pins() -> dict[str, Version]:
    lines = next(part["pip"] for part in CONDA["dependencies"] if isinstance(part, dict))
    requirements = [Requirement(line) for line in lines]
    return {
        canonicalize_name(r.name): Version(str(r.specifier).removeprefix("=="))
        for r in requirements
    }


def test_every_pin_is_exact() -> None:
    lines = next(part["pip"] for part in CONDA["dependencies"] if isinstance(part, dict))
    assert all(line.count("==") == 1 and "*" not in line for line in lines), lines


def test_every_requirement_is_pinned_inside_its_range() -> None:
    pinned = pins()
    for line in PROJECT["dependencies"]:
        requirement = Requirement(line)
        version = pinned[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version), f"{line} does not hold {version}"


def test_every_extra_of_the_tests_is_pinned_too() -> None:
    pinned = pins()
    for extra in ("cluster", "postgres", "server"):
        for line in PROJECT["optional-dependencies"][extra]:
            requirement = Requirement(line)
            version = pinned[canonicalize_name(requirement.name)]
            assert requirement.specifier.contains(version), f"{line} does not hold {version}"


def test_python_is_pinned_inside_its_range() -> None:
    python = next(p for p in CONDA["dependencies"] if str(p).startswith("python="))
    assert Requirement(f"python{PROJECT['requires-python']}").specifier.contains(
        Version(python.removeprefix("python="))
    )
