import shutil
import warnings
from pathlib import Path

import optuna
import pytest
from optuna.trial import create_trial
from searched import TEXT, exit_codes, meet, start

from ib_mlflow.errors import ConfigurationError, StorageError
from ib_mlflow.tuning import Objectives, Space, open_optuna_study, open_storage


@pytest.mark.slow
def test_eight_processes_meet_a_fresh_file(storage_uri, tmp_path):
    answers = [tmp_path / f"{number}" for number in range(8)]
    gate = tmp_path / "gate"
    processes = [start(meet, storage_uri, gate, answer) for answer in answers]
    gate.touch()
    assert exit_codes(processes) == [0] * 8
    (text,) = {answer.read_text(encoding="utf-8") for answer in answers}
    assert "0.0..1.0" in text


@pytest.mark.parametrize(
    ("uri", "fix"),
    [
        ("mysql://bob:Hidden12@host/optuna", "sqlite:///optuna.db"),
        ("optuna.db", "sqlite:///optuna.db"),
        ("sqlite://", "Write sqlite:///optuna.db."),
        ("sqlite:///:memory:", "Write sqlite:///optuna.db."),
        ("", "sqlite:///optuna.db"),
    ],
)
def test_other_storages_are_refused(uri, fix):
    with pytest.raises(ConfigurationError) as caught:
        open_storage(uri)
    assert fix in str(caught.value)
    assert "Hidden12" not in str(caught.value)


def test_a_server_that_does_not_answer_is_named_and_its_password_not():
    uri = "postgresql://bob:Hidden12@127.0.0.1:9/optuna"
    pytest.importorskip("psycopg", reason="needs psycopg")
    with pytest.raises(StorageError) as caught:
        open_storage(uri)
    text = str(caught.value)
    assert "127.0.0.1" in text
    assert "Hidden12" not in text
    assert "\n" not in text
    assert caught.value.__cause__ is None


def test_a_file_that_cannot_be_written_is_one_line(tmp_path):
    with pytest.raises(StorageError, match="must answer") as caught:
        open_storage(f"sqlite:///{tmp_path}")
    assert "\n" not in str(caught.value)


def test_a_folder_that_is_not_there_is_named_and_not_made(tmp_path):
    folder = tmp_path / "misspelt"
    own = f"sqlite:///{folder}/mlflow.db"
    for tracking in ("", f"sqlite:///{tmp_path}/mlflow.db", own, "http://127.0.0.1:5000"):
        with pytest.raises(ConfigurationError, match="misspelt, which is no folder"):
            open_storage(f"sqlite:///{folder}/optuna.db", tracking_uri=tracking)
        assert not folder.exists()
    folder.mkdir()
    with pytest.raises(ConfigurationError, match="misspelt/mlflow, which is no folder"):
        open_storage(f"sqlite:///{folder}/mlflow/optuna.db")
    open_storage(f"sqlite:///{folder}/optuna.db", tracking_uri=own)
    assert (folder / "optuna.db").exists()


def test_a_port_that_is_no_number_is_said_to_be_none():
    with pytest.raises(ConfigurationError, match="port of the storage must be a number") as caught:
        open_storage("postgresql://bob:Hidden12@host:notaport/optuna")
    assert "Hidden12" not in str(caught.value)


def test_optuna_and_mlflow_never_share_a_database(tmp_path, experiment_id):
    import mlflow

    tracking = mlflow.get_tracking_uri()
    with pytest.raises(ConfigurationError, match="two databases"):
        open_storage(tracking, tracking_uri=tracking)
    # Under another name, the tables tell.
    link = tmp_path / "other.db"
    link.hardlink_to(Path(tracking.removeprefix("sqlite:///")))
    with pytest.raises(ConfigurationError, match="two databases"):
        open_storage(f"sqlite:///{link}")
    server = "postgresql://bob:Hidden12@{}/studies"
    with pytest.raises(ConfigurationError, match="two databases") as caught:
        open_storage(server.format("localhost"), tracking_uri=server.format("127.0.0.1:5432"))
    assert "Hidden12" not in str(caught.value)


def test_another_search_under_the_same_name_is_refused_and_left_as_it_is(storage_uri):
    storage = open_storage(storage_uri)
    space, objectives = Space.parse(TEXT), Objectives.parse("loss:min")
    study = open_optuna_study(storage, "s", space, objectives)
    before = study.optuna_study.user_attrs
    with pytest.raises(StorageError) as caught:
        open_optuna_study(
            storage, "s", Space.parse("x=0..2.0;y=1..10;w=1..2"), Objectives.parse("loss:max")
        )
    for part in (
        "x is 0.0..2.0 here and 0.0..1.0 there",
        "w is new",
        "z is only there",
        "loss:max",
    ):
        assert part in str(caught.value)
    again = open_optuna_study(open_storage(storage_uri), "s", space, objectives)
    assert again.optuna_study.user_attrs == before
    assert again.study_id == study.study_id
    # The order of parameters decides what is drawn.
    turned = ";".join(reversed(TEXT.split(";")))
    with pytest.raises(StorageError, match="order"):
        open_optuna_study(storage, "s", Space.parse(turned), objectives)
    assert open_optuna_study(storage, "other", Space.parse(turned), objectives).study_id != 1


def test_a_storage_that_was_closed_opens_again(storage_uri):
    study = open_optuna_study(
        open_storage(storage_uri), "s", Space.parse(TEXT), Objectives.parse("loss:min")
    )
    study.close()
    assert study.study_id == 1


def test_a_study_of_another_program_is_refused(storage_uri):
    storage = open_storage(storage_uri)
    foreign = optuna.create_study(storage=storage, study_name="s")
    foreign.add_trial(create_trial(value=1.0))
    with pytest.raises(StorageError, match="another program"):
        open_optuna_study(storage, "s", Space.parse(TEXT), Objectives.parse("loss:min"))


def test_a_killed_process_loses_nothing_that_was_written_ahead(storage_uri, tmp_path):
    storage = open_storage(storage_uri)
    with storage.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    copy = tmp_path / "copy"
    copy.mkdir()
    open_optuna_study(storage, "s", Space.parse(TEXT), Objectives.parse("loss:min"))
    for file in tmp_path.glob("optuna.db*"):
        shutil.copy(file, copy)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        study = open_optuna_study(
            open_storage(f"sqlite:///{copy}/optuna.db"),
            "s",
            Space.parse(TEXT),
            Objectives.parse("loss:min"),
        )
    assert study.optuna_study.user_attrs["space"] == Space.parse(TEXT).description
