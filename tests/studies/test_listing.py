import yaml

from ib_mlflow.studies.listing import help_of, list_of, page_of
from ib_mlflow.studies.mlproject import mlproject_of
from projects.registry import load_study

STUDIES = {name: load_study(name) for name in ("main", "bottleneck")}


def test_a_door_is_its_question_its_parameters_and_its_command():
    text = mlproject_of(STUDIES)
    assert yaml.safe_load(text)["entry_points"] == {
        name: {"command": f"python -m projects {name}"} for name in ("list", *STUDIES)
    }
    assert f"  # {STUDIES['bottleneck'].question}\n" in text
    assert "activations, bin_size, bin_origin\n  bottleneck:" in text
    assert max(map(len, text.split("\n"))) <= 98


def test_the_list_says_papers_and_minutes():
    text = list_of(STUDIES)
    assert "bottleneck  Does a narrow layer" in text
    assert "minutes: toy 0.2, quick 2.6, paper 2.7" in text
    assert "minutes: toy 0.3, quick 1.7, paper 1.3" in text


def test_help_and_page_hold_every_parameter():
    page = page_of(STUDIES)
    for name, study in STUDIES.items():
        text = help_of(name, study)
        for field in study.configuration.model_fields:
            assert f"--{field}" in text
            assert f"| `{field}` |" in page
    assert page.count("| `scale` |") == 1
