"""Optuna without its lines about every trial, and without remarks on what is used on purpose."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING

import optuna

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def quiet() -> Iterator[None]:
    """Hold back what Optuna says of each study and trial, and that something is experimental.

    Warnings and errors of what goes wrong are let through.

    Example:
        >>> with quiet():
        ...     optuna_study = optuna.create_study()
    """
    before = optuna.logging.get_verbosity()
    # Setting a level empties what all loggers of the process have cached.
    if before < optuna.logging.WARNING:
        optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            # Deprecated in 4.9 without a successor: the project pins what it uses by its tests.
            warnings.filterwarnings("ignore", "`optuna.terminator` module", FutureWarning)
            yield
    finally:
        if before < optuna.logging.WARNING:
            optuna.logging.set_verbosity(before)
