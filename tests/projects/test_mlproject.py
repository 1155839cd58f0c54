"""MLproject says what the studies say: it is written from them."""

from pathlib import Path

import pytest
import yaml

from ib_mlflow.studies.listing import page_of
from ib_mlflow.studies.mlproject import mlproject_of
from projects.registry import STUDIES, load_study

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "MLproject").read_text(encoding="utf-8")
DOORS = yaml.safe_load(TEXT)["entry_points"]


def test_every_door_is_a_study_or_the_list_and_every_study_a_door():
    assert list(DOORS) == ["list", *STUDIES]


def test_a_door_is_a_command_and_nothing_else():
    names = ["list", *STUDIES]
    assert {name: {"command": f"python -m projects {name}"} for name in names} == DOORS


def test_the_list_is_printed_by_its_door_whose_run_holds_it(store):
    code, printed = store.launch("list")
    assert code == 0, printed
    (run,) = store.runs()
    assert (run.info.run_name, run.info.status) == ("list", "FINISHED")
    for text in (printed, run.data.tags["mlflow.note.content"]):
        assert all(load_study(name).question in text for name in STUDIES)


def test_the_file_is_the_one_that_the_studies_write():
    studies = {name: load_study(name) for name in STUDIES}
    assert mlproject_of(studies) == TEXT, "python -m projects mlproject > MLproject"


def test_the_page_of_the_documents_is_the_one_that_the_studies_write():
    studies = {name: load_study(name) for name in STUDIES}
    page = (ROOT / "docs/studies.md").read_text(encoding="utf-8")
    assert page_of(studies) == page, "python -m projects page > docs/studies.md"


@pytest.mark.parametrize("name", STUDIES)
def test_the_defaults_are_valid_at_every_scale(name):
    configuration = load_study(name).configuration
    for scale in ("toy", "quick", "paper"):
        assert configuration.parse(["--scale", scale]).scale == scale


@pytest.mark.parametrize("name", STUDIES)
def test_a_study_says_what_it_asks_and_how_long_it_takes(name):
    study = load_study(name)
    assert study.question.endswith("?")
    assert study.minutes.keys() <= {"toy", "quick", "paper"}
    assert {"toy", "quick"} <= study.minutes.keys()
    assert study.claims


def test_values_with_quotes_blanks_and_semicolons_arrive_whole(store, tmp_path):
    value = str(tmp_path / """it's a "strange; folder" & $HOME `x` (1) *""")
    Path(value).mkdir()
    code, printed = store.launch("main", scale="toy", seed=90, members=2, epochs=2, data_root=value)
    assert code == 0, printed
    study = store.study("main")
    # MLflow has logged the quoted word that it gave to the shell; what arrived stands beside it.
    assert study.data.params["cfg.data_root"] == value
    assert study.data.params.keys() >= {"seed", "members", "epochs", "data_root"}
    assert study.data.params["learning_rate"] == "0.05", "what was not given stands there as well"
