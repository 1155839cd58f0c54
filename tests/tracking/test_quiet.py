import logging
import warnings

import pytest

from ib_mlflow.tracking.quiet import quiet


def test_known_remarks_are_silent_and_others_are_not() -> None:
    with quiet():
        warnings.warn(
            "The ``noload`` loader strategy is deprecated", DeprecationWarning, stacklevel=1
        )
        with pytest.raises(UserWarning, match="something new"):
            warnings.warn("something new", UserWarning, stacklevel=1)


def test_loggers_get_their_levels_back() -> None:
    logger = logging.getLogger("mlflow.store.db.utils")
    before = logger.level
    with quiet():
        assert not logger.isEnabledFor(logging.INFO)
    assert logger.level == before
