from types import SimpleNamespace

import pytest

from projects.planes.main import Configuration, accuracy_remarks
from projects.planes.main import comparable as judged


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
def test_the_papers_accuracy_is_held_against_its_own_networks_only(plane, changed, comparable):
    configuration = parsed(**changed)
    task = SimpleNamespace(validation_set=SimpleNamespace(n=819))
    group = SimpleNamespace(
        name=configuration.activation,
        plane=lambda: plane([1, 2, 3, 4]),
        trained=SimpleNamespace(spec=SimpleNamespace(task=task)),
    )
    readings = SimpleNamespace(configuration=configuration, groups=[group])
    assert bool(judged(readings)) is comparable
    remarked = not comparable and configuration.activation in ("tanh", "relu")
    assert bool(accuracy_remarks(readings)) is remarked
