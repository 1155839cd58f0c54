import pytest

from ib_mlflow.errors import ConfigurationError
from projects.inversion.inversion import Configuration


def test_a_task_is_named_once():
    with pytest.raises(ConfigurationError, match="name each value once"):
        Configuration.parse(["--scale", "toy", "--tasks", "mnist,mnist"])


def test_a_task_that_there_is_not_is_refused():
    with pytest.raises(ConfigurationError, match=r"digits\|mnist"):
        Configuration.parse(["--scale", "toy", "--tasks", "mnist,szt"])
