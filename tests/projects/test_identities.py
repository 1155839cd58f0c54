"""What tells the children of a study's ensembles apart: whatever changes the numbers."""

import numpy as np
import pytest
from changes import CHANGE_NO_NUMBER, CHANGES, GIVEN, KEPT, ONLY_READ

from ib_mlflow.data import Dataset
from ib_mlflow.studies.running import tasks
from ib_mlflow.studies.running.children import child_of
from projects.registry import STUDIES, load_study


@pytest.fixture
def images(monkeypatch: pytest.MonkeyPatch) -> None:
    """Images of ten classes that need no file, other ones for each name and part."""
    load_any = tasks.load

    def load(name, *, root=None, part=None):
        if part is None:
            return load_any(name, root=root)
        generator = np.random.default_rng([len(name), len(part)])
        pixels = generator.integers(0, 256, (1000, 1, 28, 28), np.uint8)
        classes = tuple(str(k) for k in range(10))
        return Dataset(name, pixels, np.arange(1000) % 10, classes, source="noise", levels=256)

    monkeypatch.setattr(tasks, "load", load)


def study_of(name):
    """The study behind a way to try it."""
    return name.partition(" of ")[0]


def children_of(name, **parameters):
    """The names of the children that a study asks for, by what identifies them."""
    study = load_study(study_of(name))
    given = {"epochs": 20, **GIVEN.get(name, {}), **parameters}.items()
    words = [word for key, value in given for word in (f"--{key}", str(value))]
    configuration = study.configuration.parse(["--scale", "toy", *words])
    children = {
        child.digest: child.name
        for spec in study.trains(configuration)
        for child in (child_of(spec, group) for group in spec.groups)
    }
    assert children
    return children


@pytest.mark.parametrize(
    ("study", "name"),
    [
        (study, name)
        for study, changes in CHANGES.items()
        for name in changes
        if (study, name) not in ONLY_READ
    ],
)
def test_whatever_changes_the_numbers_changes_the_children(study, name, images):
    before = children_of(study)
    after = children_of(study, **{name: CHANGES[study][name]})
    assert before != after
    kept = {before[digest] for digest in before.keys() & after.keys()}
    assert kept == KEPT.get((study, name), set())


@pytest.mark.parametrize("study", sorted(set(map(study_of, CHANGES))))
def test_every_parameter_is_tried(study):
    fields = load_study(study).configuration.model_fields
    ways = [changes for name, changes in CHANGES.items() if study_of(name) == study]
    assert fields.keys() - CHANGE_NO_NUMBER == {name for changes in ways for name in changes}


@pytest.mark.parametrize("study", sorted(STUDIES))
def test_every_study_that_trains_ensembles_is_tried(study, images):
    study_value = load_study(study)
    configuration = study_value.configuration.parse(["--scale", "toy"])
    assert bool(study_value.trains(configuration)) == (study in CHANGES)


@pytest.mark.parametrize(("study", "name"), sorted(ONLY_READ))
def test_what_is_read_from_checkpoints_changes_no_child(study, name, images):
    assert children_of(study) == children_of(study, **{name: CHANGES[study][name]})


@pytest.mark.parametrize("study", sorted(CHANGES))
def test_what_changes_no_number_changes_no_child(study, images):
    before = children_of(study)
    assert children_of(study, unit="bits", fresh="true", workers=2) == before


@pytest.mark.parametrize("study", sorted(CHANGES))
def test_no_two_children_of_a_study_share_their_name(study, images):
    names = list(children_of(study).values())
    assert len(set(names)) == len(names)
