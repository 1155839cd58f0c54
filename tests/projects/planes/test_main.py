import pytest

from projects.planes.main import Configuration


def parsed(**changed):
    words = [word for name, value in changed.items() for word in (f"--{name}", str(value))]
    return Configuration.parse(["--scale", "paper", *words])


@pytest.mark.parametrize(
    ("changed", "comparable"),
    [
        ({}, True),
        ({"activation": "relu"}, True),
        ({"members": 3, "bin_size": 0.3, "unit": "bits"}, True),
        ({"activation": "sigmoid"}, False),
        ({"epochs": 4000}, False),
        ({"hidden": "4,3"}, False),
        ({"task": "digits"}, False),
        ({"split_seed": 1}, False),
        ({"initialisation": "he_normal"}, False),
    ],
)
def test_the_papers_accuracy_is_held_against_its_own_networks_only(changed, comparable):
    configuration = parsed(**changed)
    assert (configuration.paper_accuracy is not None) is comparable
    remarked = not comparable and configuration.activation in ("tanh", "relu")
    assert bool(configuration.accuracy_remarks) is remarked


def test_each_activation_has_its_own_accuracy():
    assert parsed(activation="tanh").paper_accuracy == 0.946
    assert parsed(activation="relu").paper_accuracy == 0.937
