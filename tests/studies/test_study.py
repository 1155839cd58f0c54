import sys
from contextlib import nullcontext
from types import SimpleNamespace

import pytest

from ib_mlflow.studies.configuration import StudyConfiguration
from ib_mlflow.studies.study import enter
from projects import entry


def refused(*_):
    raise AssertionError("the study has begun")


def test_several_processes_are_refused_before_anything_is_written(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["study"])
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(SystemExit, match=r"a study is one process.*received 2 processes"):
        enter("study", StudyConfiguration, refused)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("uri", ["http://bob:{}@127.0.0.1:9", "postgresql://bob:{}@127.0.0.1:9/db"])
def test_a_store_that_is_not_there_is_one_line_without_its_password(
    monkeypatch, tmp_path, capfd, caplog, uri
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["study"])
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri.format("S3cr3tPw"))
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(SystemExit, match=r"study: the tracking store must answer; .*Set ") as ended:
        enter("study", StudyConfiguration, refused)
    printed = "".join(capfd.readouterr()) + caplog.text + str(ended.value)
    assert "S3cr3tPw" not in printed
    assert "Traceback" not in printed


def test_the_last_lines_name_the_variable_of_a_password(monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["study"])
    study = SimpleNamespace(
        ui_command="mlflow ui --backend-store-uri postgresql://bob@h/db",
        ui_secret="PGPASSWORD",
        address="http://127.0.0.1:5000/#/experiments/0/runs/a",
    )
    monkeypatch.setattr(entry, "open_study", lambda *_, **__: nullcontext(study))
    enter("study", StudyConfiguration, lambda *_: None)
    assert "(the password is left out: PGPASSWORD must hold it there)" in capsys.readouterr().out
