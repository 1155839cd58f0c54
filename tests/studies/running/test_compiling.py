import numba

from ib_mlflow.studies.running.compiling import COMPILING, compiling_shown
from ib_mlflow.studies.running.steps import record_steps


def kernel(add):
    return numba.njit(lambda x: x + add)


def test_compiling_is_said_once_and_only_where_something_is_compiled():
    said = []
    first, second = kernel(1), kernel(2)
    with compiling_shown(said.append):
        assert said == []
        assert (first(2), second(2)) == (3, 4)
        assert said == [COMPILING]
    said.clear()
    with compiling_shown(said.append):
        assert first(2) == 3  # compiled already
    assert said == []
    third = kernel(3)
    third(2)  # nobody listens any more
    assert said == []


def test_it_is_said_after_an_error_too():
    said = []
    for _ in range(2):
        try:
            with compiling_shown(said.append):
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
