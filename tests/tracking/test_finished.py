"""What a study reads of others that have finished, in a real store."""

import pytest

from ib_mlflow.errors import TrackingError
from ib_mlflow.tracking import FinishedStudies, open_study


@pytest.fixture
def own_store(tmp_path, monkeypatch):
    """A store in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'mlflow.db'}")


def leave(task, text):
    with open_study("tune_decoder", {"task": task}) as study:
        study.log_text(text, "decoder.json")
        return study.run_id


@pytest.mark.usefixtures("own_store")
def test_the_latest_finished_run_of_a_task_is_found_and_read():
    leave("digits", "first")
    last = leave("digits", "second")
    leave("mnist", "other")
    with pytest.raises(ZeroDivisionError), open_study("tune_decoder", {"task": "digits"}) as failed:
        raise ZeroDivisionError
    with open_study("inversion", {"tasks": ["digits"]}) as study:
        finished = FinishedStudies(study.handle)
        assert finished.latest("tune_decoder", {"task": "digits"}) == last
        assert finished.text(last, "decoder.json") == "second"
        assert finished.latest("tune_decoder", {"task": "svhn"}) is None
        for run_id, name, why in [
            ("0a1b", "decoder.json", "not in this store"),
            (study.run_id, "decoder.json", "status is RUNNING"),
            (failed.run_id, "decoder.json", "status is FAILED"),
            (last, "other.json", "no such artifact"),
        ]:
            with pytest.raises(TrackingError, match=why):
                finished.text(run_id, name)
