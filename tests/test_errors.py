import pickle

import pytest

from ib_mlflow.errors import (
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
