"""Where an Optuna study is kept: SQLite for one machine, PostgreSQL for many workers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import optuna
import sqlalchemy
from optuna.samplers import RandomSampler
from optuna.storages import RDBStorage
from sqlalchemy.engine import make_url

from ib_mlflow.errors import ConfigurationError, StorageError
from ib_mlflow.secrecy import MASK, clean_logs
from ib_mlflow.tracking.places import sqlite_file
from ib_mlflow.tracking.store import store_lock
from ib_mlflow.tuning.folders import check_folder
from ib_mlflow.tuning.quiet import quiet
from ib_mlflow.tuning.sameness import OBJECTIVES, SOUGHT, SPACE, check_same
from ib_mlflow.tuning.write_ahead import write_ahead

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.engine import URL

    from ib_mlflow.tuning.objectives import Objectives
    from ib_mlflow.tuning.spaces import Space

BEAT_SECONDS = 20
"""How often a running trial says that it lives, in seconds."""
GRACE_SECONDS = 120
"""A trial of another machine that was silent for longer is begun again, in seconds."""
CONNECT_SECONDS = 10
BUSY_SECONDS = 120.0
"""How long SQLite waits for another process's write, in seconds."""
KINDS = ("sqlite", "postgresql")


@dataclass(frozen=True)
class TuningStudy:
    """An Optuna study with its storage and what it searches.

    Arguments:
        storage: with heartbeats.
        optuna_study: in it; its sampler draws nothing, since a search makes one for each trial.
        space: that is searched.
        objectives: what for.
    """

    storage: RDBStorage
    optuna_study: optuna.Study
    space: Space
    objectives: Objectives

    @cached_property
    def study_id(self) -> int:
        """The study's id in its storage."""
        return self.storage.get_study_id_from_name(self.optuna_study.study_name)

    def close(self) -> None:
        """Close the connections to the storage; the next call opens new ones."""
        self.storage.remove_session()
        self.storage.engine.dispose()


# Storages whose tables are known to be those of this Optuna.
_checked: set[tuple[object, ...]] = set()


def open_storage(uri: str, *, tracking_uri: str = "") -> RDBStorage:
    """Open the storage of Optuna studies, and make its tables where there are none.

    Optuna makes them without a lock; here one process of this machine makes them and the others
    wait.

    Arguments:
        uri: sqlite:///file.db or postgresql://user:password@host/database.
        tracking_uri: where MLflow keeps its runs, which must be another database.

    Returns:
        The storage, with heartbeats.

    Raises:
        ConfigurationError: it is neither SQLite nor PostgreSQL, a file in no folder, or MLflow's
            own database.
        StorageError: it does not answer.

    Example:
        >>> open_storage("mysql://host/optuna")
        Traceback (most recent call last):
        ib_mlflow.errors.ConfigurationError: the storage must be SQLite or PostgreSQL; received
        mysql://host/optuna. Write sqlite:///optuna.db or postgresql://user@host/optuna.
    """
    url = _url(uri)
    if tracking_uri and _place(url) == _place_of(tracking_uri):
        raise _one_database(uri)
    sqlite = url.get_backend_name() == "sqlite"
    if sqlite and (file := sqlite_file(uri)) is not None:
        check_folder(file)
    arguments = {"timeout": BUSY_SECONDS} if sqlite else {"connect_timeout": CONNECT_SECONDS}
    options: dict[str, Any] = {"connect_args": arguments, "pool_pre_ping": not sqlite}
    with clean_logs(), store_lock(uri), quiet():
        try:
            engine = sqlalchemy.create_engine(url, **options)
            try:
                tables = sqlalchemy.inspect(engine).get_table_names()
            finally:
                engine.dispose()
            if "experiments" in tables and "runs" in tables:
                raise _one_database(uri)
            storage = RDBStorage(
                uri,
                engine_kwargs=options,
                # It reads all migrations that Optuna ever had, which takes longer than a trial.
                skip_compatibility_check="trials" in tables and _place(url) in _checked,
                heartbeat_interval=BEAT_SECONDS,
                grace_period=GRACE_SECONDS,
            )
            if sqlite:
                write_ahead(storage)
            _checked.add(_place(url))
            return storage
        except ConfigurationError:
            raise
        except Exception as error:
            # The original may repeat the address with its password, so it is not shown.
            raise _unreachable(url, error) from None


def open_optuna_study(
    storage: RDBStorage,
    name: str,
    space: Space,
    objectives: Objectives,
    sought: Mapping[str, str] | None = None,
) -> TuningStudy:
    """Open an Optuna study, or make it; one that searches something else is left as it is.

    Arguments:
        storage: that holds it.
        name: of the study.
        space: that is searched.
        objectives: what for.
        sought: what else makes it another search, in words by name: what is tuned, and where.

    Returns:
        The study.

    Raises:
        StorageError: under the name stands a search of another space, with other objectives, or
            of something else.
    """
    sought = dict(sought or {})
    with store_lock(storage.url), quiet():
        try:
            optuna_study = optuna.create_study(
                storage=storage,
                study_name=name,
                directions=objectives.directions,
                sampler=RandomSampler(),
                load_if_exists=False,
            )
        except optuna.exceptions.DuplicatedStudyError:
            optuna_study = optuna.load_study(
                storage=storage, study_name=name, sampler=RandomSampler()
            )
        check_same(optuna_study, space, objectives, sought)
        if SPACE not in optuna_study.user_attrs:
            optuna_study.set_user_attr(OBJECTIVES, str(objectives))
            optuna_study.set_user_attr(SOUGHT, sought)
            optuna_study.set_metric_names(objectives.names)
            # Last: with it the study is whole.
            optuna_study.set_user_attr(SPACE, space.description)
    return TuningStudy(storage, optuna_study, space, objectives)


def _url(uri: str) -> URL:
    try:
        url = make_url(uri)
        kind = url.get_backend_name()
    except ValueError:
        raise ConfigurationError(
            "the port of the storage must be a number",
            received=uri,
            fix="Write postgresql://user@host:5432/optuna.",
        ) from None
    except Exception:
        kind = ""
    if kind not in KINDS:
        raise ConfigurationError(
            "the storage must be SQLite or PostgreSQL",
            received=uri,
            fix="Write sqlite:///optuna.db or postgresql://user@host/optuna.",
        )
    if kind == "sqlite" and sqlite_file(uri) is None:
        raise ConfigurationError(
            "the storage must be a file or a server, so that nothing is lost",
            received=uri,
            fix="Write sqlite:///optuna.db.",
        )
    return url


def _place(url: URL) -> tuple[object, ...]:
    """What tells one database from another, however it is written."""
    if url.get_backend_name() == "sqlite":
        file = sqlite_file(url.render_as_string(hide_password=False))
        return "sqlite", None if file is None else file.resolve()
    host = "localhost" if url.host in (None, "", "127.0.0.1", "::1") else url.host
    return url.get_backend_name(), host, url.port or 5432, url.database or url.username


def _place_of(tracking_uri: str) -> tuple[object, ...]:
    try:
        return _place(make_url(tracking_uri))
    except Exception:
        return ()


def _one_database(uri: str) -> ConfigurationError:
    return ConfigurationError(
        "Optuna and MLflow must have two databases, since each would change the other's tables",
        received=f"{uri} for both",
        fix="Name another file, or make a database of its own on the same server.",
    )


def _unreachable(url: URL, error: Exception) -> StorageError:
    shown = url.render_as_string(hide_password=True).replace(f":{MASK}@", "@")
    lines = str(error).strip().splitlines()
    reason = lines[0] if lines else type(error).__name__
    if url.password:
        reason = reason.replace(str(url.password), MASK)
    return StorageError(
        "the storage must answer",
        received=f"{shown}: {reason}",
        fix="Start the database, or name one that can be reached.",
    )
