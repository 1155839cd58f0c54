"""What mlflow says about itself and no reader of a study can act on, silenced line by line."""

from __future__ import annotations

import logging
import os
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING

import mlflow

from ib_mlflow.secrecy import without_secrets

if TYPE_CHECKING:
    from collections.abc import Iterator

_KNOWN = (
    # mlflow's own tables use a loader that SQLAlchemy 2.1 calls deprecated.
    ("The ``noload`` loader strategy is deprecated", DeprecationWarning),
    # mlflow.pyfunc infers schemas of its own chat types when it is imported.
    (r"(?s).*Any type hint is inferred as AnyType", UserWarning),
)
# A fresh store announces its tables on a study's first lines.
_CHATTY = ("mlflow.store.db.utils", "alembic", "mlflow.tracking.fluent")
# Of a tracking server: an address for each run that ends, a bar for each file that is read.
_SETTINGS = {
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
}


@contextmanager
def silence_remarks() -> Iterator[None]:
    """Import or open parts of mlflow without the remarks listed in this file.

    What is logged, and where to, stays as it was.

    Example:
        >>> with silence_remarks():
        ...     warnings.warn("The ``noload`` loader strategy is deprecated", DeprecationWarning)
    """
    loggers = [logging.getLogger(name) for name in _CHATTY]
    levels = [logger.level for logger in loggers]
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    with warnings.catch_warnings():
        for message, category in _KNOWN:
            warnings.filterwarnings("ignore", message=message, category=category)
        for logger in loggers:
            logger.setLevel(logging.WARNING)
        try:
            yield
        finally:
            for logger, own in zip(loggers, levels, strict=True):
                logger.setLevel(own)
            # What mlflow.pyfunc imports shows errors alone from then on, of every library.
            root.setLevel(level)
            root.handlers[:] = handlers


@contextmanager
def silence_server() -> Iterator[None]:
    """Use a tracking server without its lines on standard output, unless they are asked for.

    The lines that hold its address stay off where a password is a part of that.

    Example:
        >>> with silence_server():
        ...     os.environ["MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"]
        'false'
    """
    uri = mlflow.get_tracking_uri()
    kept = set() if without_secrets(uri) != uri else os.environ.keys()
    before = {name: os.environ.get(name) for name in _SETTINGS if name not in kept}
    os.environ.update({name: _SETTINGS[name] for name in before})
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
