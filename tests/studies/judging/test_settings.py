from types import SimpleNamespace

import pytest

from ib_mlflow.studies.judging.claims import Finding
from ib_mlflow.studies.judging.settings import AtLeast, differences, filed

FOUND = [
    Finding("Layers compress", "Fig. 1", "agrees", ("In 3 of 3.",), 0.01),
    Finding("Wide ones do", "Beyond the paper: other layers", "agrees", ("In 3 of 3.",)),
]
SETTING = {"hidden": ((10, 7),), "task": ("szt", "mnist")}


@pytest.mark.parametrize("task", ["szt", "mnist"])
def test_what_is_found_of_a_figures_networks_stands_under_it(task):
    assert filed(FOUND, SETTING, SimpleNamespace(hidden=(10, 7), task=task)) == FOUND
    assert filed(FOUND, {}, object()) == FOUND


def test_what_is_found_of_others_is_beyond_the_paper():
    configuration = SimpleNamespace(hidden=(12, 8), task="digits")
    assert differences(SETTING, configuration) == ["hidden=12,8", "task=digits"]
    moved, beyond = filed(FOUND, SETTING, configuration)
    assert moved.where == "Beyond the paper: Fig. 1"
    assert (moved.claim, moved.verdict, moved.p_value) == ("Layers compress", "agrees", 0.01)
    assert beyond == FOUND[1]


@pytest.mark.parametrize(
    ("images", "epochs", "others"),
    [
        (60_000, 200, []),
        (2000, 400, ["images=2000"]),
        (60_001, 30, ["epochs=30"]),
    ],
)
def test_a_fraction_of_the_images_or_epochs_is_not_the_papers(images, epochs, others):
    setting = {"images": AtLeast(60_000), "epochs": AtLeast(200)}
    assert differences(setting, SimpleNamespace(images=images, epochs=epochs)) == others
