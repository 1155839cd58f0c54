"""The studies by their names, and the command line that runs them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ib_mlflow.errors import ConfigurationError
from projects.__main__ import USAGE, main
from projects.registry import STUDIES, load_study

ROOT = Path(__file__).parents[2]


def test_a_name_that_is_not_known_gets_the_nearest():
    with pytest.raises(
        ConfigurationError, match=r"received noise_swep\. Did you mean noise_sweep\?"
    ):
        load_study("noise_swep")
    with pytest.raises(ConfigurationError, match="python -m projects list"):
        load_study("xxxxxxxx")


@pytest.mark.parametrize("name", STUDIES)
def test_the_module_of_a_study_is_called_after_it(name):
    *folders, module = STUDIES[name].split(".")
    assert name in (module, folders[-1])


def test_the_list_names_every_study_with_its_question(capsys):
    main(["list"])
    printed = capsys.readouterr().out
    for name in STUDIES:
        assert f"{name} " in printed
        assert load_study(name).question in printed


def test_help_names_choices_ranges_and_what_auto_means(capsys):
    main(["main", "--help"])
    printed = capsys.readouterr().out
    assert "--scale [toy|quick|paper]" in printed
    assert "--members [≥ 1, ≤ 10000]" in printed
    assert "auto (toy 2, quick 20, paper 20)" in printed


def test_without_words_the_usage_is_printed(capsys):
    main([])
    assert "python -m projects NAME --help" in capsys.readouterr().out


def test_the_library_as_a_module_is_the_console_script(tmp_path):
    def typed(*words):
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        return subprocess.run(
            [sys.executable, "-m", "ib_mlflow", *words],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    assert typed().stdout == f"{USAGE}\n"
    done = typed("mian")
    assert done.returncode == 1
    assert done.stderr.strip().endswith("received mian. Did you mean main?")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["list", "--scale", "toy"], "list takes nothing behind it; received list --scale toy. "),
        (["mian"], "received mian. Did you mean main?"),
        (["claims", "x"], "claims takes nothing behind it; received claims x. Try "),
        (["results"], "results takes one folder behind it; received results. Try "),
        (["main", "--membrs", "3"], "main: every parameter must be known; received membrs."),
        (["main", "--scale", "huge"], "Allowed: toy|quick|paper; default: quick."),
    ],
)
def test_a_typo_is_one_line(words, message):
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert message in str(ended.value)
    assert "\n" not in str(ended.value)
