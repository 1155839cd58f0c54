import pytest

from ib_mlflow.errors import ConfigurationError
from projects.inversion.inversion_dynamics import Configuration


def test_the_updates_of_a_classifier_that_is_kept_at_stages_are_not_asked_for():
    with pytest.raises(ConfigurationError, match="received classifier_updates"):
        Configuration.parse(["--scale", "toy", "--classifier_updates", "5"])


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("layers", "FC33", "no layer is called FC33; did you mean FC3"),
        ("layers", "FC3,FC3", "name each value once"),
        ("moments", "100,10", "in order"),
        ("moments", "100", "two moments or more"),
        ("moments", "0,10,10", "each once"),
    ],
)
def test_layers_and_stages_are_checked(name, value, message):
    with pytest.raises(ConfigurationError, match=message):
        Configuration.parse(["--scale", "toy", f"--{name}", value])
