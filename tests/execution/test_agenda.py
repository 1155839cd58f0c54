import pytest

from ib_mlflow.errors import ExecutionError
from ib_mlflow.execution.agenda import Agenda
from ib_mlflow.execution.worker import Reply


def test_after_a_failure_only_what_stands_before_it_is_begun() -> None:
    agenda = Agenda(["a", "b", "c", "d"], retries=1)
    assert [agenda.begin() for _ in range(3)] == [0, 1, 2]
    agenda.settle(1, Reply(error=KeyError("b")))
    assert agenda.begin() is None
    agenda.lose(2, "ended by SIGKILL")
    assert agenda.begin() is None
    agenda.lose(0, "ended by SIGKILL")
    assert agenda.begin() == 0
    agenda.settle(0, Reply(0))
    assert list(agenda.results()) == [0]
    assert agenda.done == 2
    with pytest.raises(KeyError) as caught:
        agenda.check()
    assert caught.value.__notes__ == ["2 of 4 items were not begun."]


def test_the_first_failure_is_raised_and_names_the_others() -> None:
    agenda = Agenda(["a", "b"], retries=0)
    agenda.begin(), agenda.begin()
    agenda.settle(1, Reply(error=KeyError("later")))
    agenda.lose(0, "ended by SIGKILL")
    with pytest.raises(ExecutionError, match=r"at item 1 of 2, a \(1 of 1 attempts\)") as caught:
        agenda.check()
    assert caught.value.__notes__ == ["item 2 of 2, b has failed too: 'later'"]
    assert agenda.done == 2
