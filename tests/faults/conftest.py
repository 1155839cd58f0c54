"""A search at work in a process of its own, on stores of the test's own, and what they hold.

Every kind of fault is met by commands that are forked, which begin at once, and in slow tests by
commands that are typed as in a shell.
"""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ib_mlflow.tracking import ensure_store

# What other processes import, by name.
sys.path.insert(0, str(Path(__file__).parent))

from commands import Begin, fork, spawn
from places import Place, check_complete

MakePlace = Callable[[Path, Begin], Place]


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with MLflow's tables; making them takes seconds."""
    file = tmp_path_factory.mktemp("template") / "mlflow.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{file}")
        patch.chdir(file.parent)
        ensure_store()
    return file


@pytest.fixture(scope="session")
def make_place(template: Path) -> MakePlace:
    """Makes a place."""

    def make(folder: Path, begin: Begin) -> Place:
        folder.mkdir()
        shutil.copy(template, folder / "mlflow.db")
        tracking, storage = (f"sqlite:///{folder / name}" for name in ("mlflow.db", "optuna.db"))
        return Place(folder, tracking, storage, begin)

    return make


@pytest.fixture
def forked(tmp_path: Path, make_place: MakePlace) -> Place:
    """A place of the test's own, where commands begin at once."""
    return make_place(tmp_path / "place", fork)


@pytest.fixture
def typed(tmp_path: Path, make_place: MakePlace) -> Place:
    """A place of the test's own, where commands are typed as in a shell."""
    return make_place(tmp_path / "place", spawn)


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, make_place: MakePlace) -> Place:
    """Where the command was left alone."""
    whole = make_place(tmp_path_factory.mktemp("undisturbed") / "place", fork)
    code, printed = whole.run()
    assert code == 0, printed
    return whole


@pytest.fixture
def complete(undisturbed: Place) -> Callable[[Place], None]:
    """Checks that nothing is missing, doubled or different in a place whose job is done."""
    return lambda place: check_complete(place, undisturbed)
