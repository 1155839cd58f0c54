import sys

import pytest

from ib_mlflow.studies.configuration import StudyConfiguration
from ib_mlflow.studies.study import enter


def refused(*_):
    raise AssertionError("the study has begun")


def test_several_processes_are_refused_before_anything_is_written(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["study"])
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(SystemExit, match=r"a study is one process.*received 2 processes"):
        enter("study", StudyConfiguration, refused)
    assert list(tmp_path.iterdir()) == []
