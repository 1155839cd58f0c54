import os
import pickle

import computations
import pytest

from ib_mlflow.errors import CheckpointError, InvalidInputError
from ib_mlflow.execution.worker import Reply, answer, in_worker


def reply_to(function: object, item: object) -> Reply:
    reply = pickle.loads(answer(pickle.dumps((function, item))))
    assert isinstance(reply, Reply)
    return reply


def test_an_item_is_answered_by_its_result() -> None:
    assert reply_to(computations.square, 7) == Reply(49)


def test_an_exception_comes_back_as_it_was_raised_with_its_traceback(tmp_path: os.PathLike) -> None:
    reply = reply_to(computations.refuse, (tmp_path, "bad"))
    assert isinstance(reply.error, CheckpointError)
    assert "a state must be whole" in str(reply.error)
    assert "computations.py" in reply.trace


def test_an_exception_that_cannot_be_read_back_comes_in_words() -> None:
    reply = reply_to(computations.peculiar, 0)
    assert type(reply.error) is RuntimeError
    assert str(reply.error) == "PeculiarError: 1 and 2"


def test_a_result_that_cannot_be_pickled_is_one_clear_error() -> None:
    with pytest.raises(InvalidInputError, match="must be picklable") as caught:
        raise reply_to(computations.unpicklable, 0).error or AssertionError
    assert "received function" in str(caught.value)


def test_what_is_not_importable_is_one_clear_error() -> None:
    message = pickle.dumps((computations.square, 3)).replace(b"computations", b"nowhereatall")
    error = pickle.loads(answer(message)).error
    assert isinstance(error, InvalidInputError)
    assert "must be importable there" in str(error)


def test_this_process_is_no_worker() -> None:
    assert not in_worker()
