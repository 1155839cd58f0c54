import importlib
import sys

import numba
import pytest

from ib_mlflow.studies.running.pauses import COMPILING, IMPORTING, pauses_shown
from ib_mlflow.studies.running.steps import record_steps


def kernel(add):
    return numba.njit(lambda x: x + add)


def test_compiling_is_said_once_and_only_where_something_is_compiled():
    said = []
    first, second = kernel(1), kernel(2)
    with pauses_shown(said.append):
        assert said == []
        assert (first(2), second(2)) == (3, 4)
        assert said == [COMPILING]
    said.clear()
    with pauses_shown(said.append):
        assert first(2) == 3  # compiled already
    assert said == []
    third = kernel(3)
    third(2)  # nobody listens any more
    assert said == []


def test_it_is_said_after_an_error_too():
    said = []
    for _ in range(2):
        try:
            with pauses_shown(said.append):
                kernel(1)(2)
                raise ValueError
        except ValueError:
            pass
    assert said == [COMPILING] * 2  # of the second the first does not hear


def test_the_bar_of_a_computation_says_it(capsys):
    compiled = kernel(1)
    record_steps(
        iter(lambda: compiled(2), 3), lambda step: (step, {}), total=3, name="a net", unit="epoch"
    )
    assert COMPILING in capsys.readouterr().err
    record_steps([compiled(2)], lambda step: (step, {}), total=3, name="a net", unit="epoch")
    assert COMPILING not in capsys.readouterr().err


@pytest.fixture
def module(tmp_path, monkeypatch):
    """The name of a module that can be imported, and is not yet."""
    (tmp_path / "takes_long.py").write_text("there = True")
    monkeypatch.syspath_prepend(tmp_path)
    yield "takes_long"
    sys.modules.pop("takes_long", None)


def test_an_import_is_said_once_and_only_of_what_is_not_there(module):
    said, finders = [], list(sys.meta_path)
    with pauses_shown(said.append, imports=[module]):
        assert said == []
        assert importlib.import_module(module).there
        assert said == [IMPORTING]
    said.clear()
    with pauses_shown(said.append, imports=[module]):
        importlib.import_module(module)  # there already
    assert said == []
    assert sys.meta_path == finders, "nobody listens any more"


def test_nothing_listens_after_an_error(module):
    finders = list(sys.meta_path)
    with pytest.raises(ModuleNotFoundError), pauses_shown(print, imports=["is_not"]):
        importlib.import_module("is_not")
    assert sys.meta_path == finders
