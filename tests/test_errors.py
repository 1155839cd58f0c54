import pickle

import pytest

from ib_mlflow.errors import (
    SHOWN,
    CheckpointError,
    ConfigurationError,
    DataError,
    ExecutionError,
    IBError,
    InvalidInputError,
    StorageError,
    TrackingError,
)

KINDS = [
    CheckpointError,
    ConfigurationError,
    DataError,
    ExecutionError,
    InvalidInputError,
    StorageError,
    TrackingError,
]


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_states_the_invariant_what_was_received_and_the_fix(kind):
    error = kind("n must be even", received=3, fix="Give 4.")
    assert str(error) == "n must be even; received 3. Give 4."
    assert (error.invariant, error.received, error.fix) == ("n must be even", 3, "Give 4.")
    assert isinstance(error, IBError)


@pytest.mark.parametrize(
    ("received", "shown"),
    [
        ("The run is deleted.", "The run is deleted. Restore"),
        ("no 'run'.", "no 'run'. Restore"),
        ("(state: deleted).", "(state: deleted). Restore"),
        ("..", "... Restore"),
        (1.5, "1.5. Restore"),
    ],
)
def test_a_sentence_that_was_received_has_one_full_stop(received, shown):
    error = TrackingError("the run must be there", received=received, fix="Restore it.")
    assert shown in str(error)
    assert error.received == received


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_is_the_same_in_another_process(kind):
    error = pickle.loads(pickle.dumps(kind("n must be even", received=3, fix="Give 4.")))
    assert type(error) is kind
    assert str(error) == "n must be even; received 3. Give 4."


@pytest.mark.parametrize("kind", [InvalidInputError, ConfigurationError])
def test_a_wrong_value_is_a_value_error(kind):
    assert issubclass(kind, ValueError)


def test_an_error_shows_no_password():
    uri = "postgresql://ann:Hidden12@host/runs"
    error = TrackingError("the store must answer", received=uri, fix=f"Look at {uri}.")
    assert "Hidden12" not in str(error) + str(error.received)


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_received_is_printed_without_its_middle_where_it_is_long(kind):
    path = "/start" + "/x" * 2500 + "/end"
    error = kind("the folder must exist", received=path, fix="Name another.")
    assert error.received == path
    assert len(str(error)) < SHOWN + 100
    assert str(error).startswith("the folder must exist; received /start/x/x")
    assert str(error).endswith("/x/x/end. Name another.")
    assert f"({len(path)} characters)" in str(error)
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_what_a_person_can_read_is_printed_in_full():
    for length in (1, SHOWN):
        assert "x" * length + ". Fix" in str(IBError("it must", received="x" * length, fix="Fix"))


def test_no_password_is_shown_where_the_cut_goes_through_its_address():
    start = "x" * (SHOWN // 2 - 20)
    uri = f"{start} postgresql://ann:Hidden1234567890@host/runs" + "y" * 5000
    assert "Hidden" not in str(TrackingError("it must answer", received=uri, fix="Look."))
