"""The studies by their names, and the command line that runs them."""

import subprocess
import sys
from pathlib import Path

import pytest

from ib_mlflow.errors import ConfigurationError
from projects.registry import STUDIES, load_study

ROOT = Path(__file__).parents[2]


def test_a_name_that_is_not_known_gets_the_nearest():
    with pytest.raises(ConfigurationError, match="received noise_swep. Did you mean noise_sweep?"):
        load_study("noise_swep")
    with pytest.raises(ConfigurationError, match="python -m projects list"):
        load_study("xxxxxxxx")


@pytest.mark.parametrize("name", STUDIES)
def test_the_module_of_a_study_is_called_after_it(name):
    *_, folder, module = STUDIES[name].split(".")
    assert name in (module, folder)


def projects(*words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "projects", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_list_names_every_study_with_its_question():
    done = projects("list")
    assert done.returncode == 0, done.stderr
    for name in STUDIES:
        assert f"{name} " in done.stdout
        assert load_study(name).question in done.stdout


def test_help_names_choices_ranges_and_what_auto_means():
    done = projects("main", "--help")
    assert done.returncode == 0, done.stderr
    assert "--scale [toy|quick|paper]" in done.stdout
    assert "--members [≥ 1, ≤ 10000]" in done.stdout
    assert "auto (toy 2, quick 20, paper 20)" in done.stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["mian"], "received mian. Did you mean main?"),
        (["main", "--membrs", "3"], "main: every parameter must be known; received membrs."),
        (["main", "--scale", "huge"], "Allowed: toy|quick|paper; default: quick."),
    ],
)
def test_a_typo_is_one_line(words, message):
    done = projects(*words)
    assert done.returncode == 1
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
