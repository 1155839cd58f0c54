"""Searches that a storage holds already: which was begun first, and whether one is another."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import optuna
from optuna.samplers import RandomSampler

from ib_mlflow.tuning.quiet import quiet
from ib_mlflow.tuning.sameness import check_same
from ib_mlflow.tuning.storage import open_storage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from optuna.storages import RDBStorage

    from ib_mlflow.tuning.objectives import Objectives
    from ib_mlflow.tuning.spaces import Space


@contextmanager
def looked_into(uri: str, *, tracking_uri: str = "") -> Iterator[RDBStorage]:
    """Open a storage, and close its connections at the end; arguments as of `open_storage`.

    Raises:
        ConfigurationError: it cannot be one.
        StorageError: it does not answer.
    """
    storage = open_storage(uri, tracking_uri=tracking_uri)
    try:
        yield storage
    finally:
        storage.remove_session()
        storage.engine.dispose()


def first_begun(storage: RDBStorage, names: Iterable[str]) -> str | None:
    """The search that was begun first.

    Arguments:
        storage: that may hold them.
        names: of searches.

    Returns:
        Its name; None where the storage holds none of them.
    """
    ids = {}
    for name in names:
        try:
            ids[name] = storage.get_study_id_from_name(name)
        except KeyError:
            continue
    return min(ids, key=lambda name: ids[name]) if ids else None


def check_begun(
    storage: RDBStorage,
    name: str,
    space: Space,
    objectives: Objectives,
    sought: Mapping[str, str],
) -> None:
    """Refuse a search under whose name another one stands; nothing is made.

    Arguments:
        storage: that may hold it.
        name: of the search.
        space: that is searched.
        objectives: what for.
        sought: what else makes it another search, in words by name.

    Raises:
        StorageError: under the name stands a search of something else.
    """
    if first_begun(storage, [name]) is not None:
        with quiet():
            there = optuna.load_study(storage=storage, study_name=name, sampler=RandomSampler())
        check_same(there, space, objectives, sought)
