import logging
import os
import subprocess
import sys
import warnings

import pytest

from ib_mlflow.tracking.server_log import silence_remarks, silence_server

URL = "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT"
BAR = "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"


def test_known_remarks_are_silent_and_others_are_not() -> None:
    with silence_remarks():
        warnings.warn(
            "The ``noload`` loader strategy is deprecated", DeprecationWarning, stacklevel=1
        )
        with pytest.raises(UserWarning, match="something new"):
            warnings.warn("something new", UserWarning, stacklevel=1)


def test_loggers_get_their_levels_back() -> None:
    logger = logging.getLogger("mlflow.store.db.utils")
    before = logger.level
    with silence_remarks():
        assert not logger.isEnabledFor(logging.INFO)
    assert logger.level == before


def test_a_server_is_quiet_unless_it_was_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(URL, raising=False)
    monkeypatch.setenv(BAR, "true")
    with silence_server():
        assert os.environ[URL] == "true"
        assert os.environ[BAR] == "true"
    assert URL not in os.environ
    assert os.environ[BAR] == "true"


def test_an_address_with_a_password_is_not_printed_though_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(URL, "false")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://bob:Pw-12@host")
    with silence_server():
        assert os.environ[URL] == "true"
    assert os.environ[URL] == "false"


IMPORT = """
import logging
from ib_mlflow.tracking.server_log import silence_remarks
with silence_remarks():
    import mlflow.pyfunc, mlflow.pytorch
logging.getLogger("ib_mlflow.tracking.client").warning("the tracking store is away")
"""


@pytest.mark.slow
def test_warnings_are_still_shown_after_mlflows_models_were_imported() -> None:
    words = [sys.executable, "-c", IMPORT]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert done.stderr.splitlines()[-1:] == ["the tracking store is away"]
