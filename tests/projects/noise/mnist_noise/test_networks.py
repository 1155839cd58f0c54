import pickle

import numpy as np
import pytest

from ib_mlflow.data import Dataset
from ib_mlflow.studies.running import tasks
from ib_mlflow.training import Augmentation
from projects.noise.mnist_noise.configuration import Configuration
from projects.noise.mnist_noise.networks import ensembles, mnist_ensemble, noisy


@pytest.fixture(autouse=True)
def images(monkeypatch):
    """Images of ten classes that need no file."""

    def load(name, *, root=None, part="train"):
        pixels = np.random.default_rng(0).integers(0, 256, (200, 1, 28, 28), np.uint8)
        classes = tuple(str(k) for k in range(10))
        return Dataset(name, pixels, np.arange(200) % 10, classes, source="noise", levels=256)

    monkeypatch.setattr(tasks, "load", load)


def specs(*words):
    return ensembles(Configuration.parse(["--scale", "toy", "--betas", "0.5,0.05", *words]))


def test_versions_are_groups_by_name_whose_condition_is_their_noise():
    noise, dropout = specs()
    conditions = {group.name: group.condition.beta for group in noise.groups}
    assert conditions == {"deterministic": 0.0, noisy(0.05): 0.05, noisy(0.5): 0.5}
    assert [group.name for group in dropout.groups] == ["dropout"]
    for spec in (noise, dropout):
        for group in spec.groups:
            assert group.seeds == (0, 1)
            assert group.layers == (1, 2, 3, 4)
            assert group.parameters["beta"] == group.condition.beta
    assert dropout.group("dropout").parameters["dropout"] == 0.2


def test_members_have_the_noise_of_their_group_and_twins_their_weights():
    noise, dropout = specs()
    made, dropped = noise.ensemble(), dropout.ensemble()
    for group in noise.groups:
        for seed, member in zip(group.seeds, noise.members_of(group), strict=True):
            assert made.seeds[member] == seed
            assert made.beta[member] == pytest.approx(group.condition.beta)
            twin = dropout.members_of(dropout.group("dropout"))[group.seeds.index(seed)]
            for name, weights in made.parameters.items():
                np.testing.assert_array_equal(weights[member], dropped.parameters[name][twin])


def test_dropout_takes_the_place_of_the_noise():
    ensemble = mnist_ensemble(0.3, seeds=(0,), beta=[0.5], device="cpu")
    assert "Dropout" in ensemble.architecture
    assert "GaussianNoise" not in ensemble.architecture
    assert "GaussianNoise" in mnist_ensemble(0.0, seeds=(0,), beta=[0.5], device="cpu").architecture


def test_how_they_learn_and_when_they_are_measured():
    noise, dropout = specs("--epochs", "20", "--measured", "5")
    assert noise.descent == dropout.descent
    assert noise.descent.final_learning_rate == 0.005
    assert noise.descent.augmentation == Augmentation()
    assert noise.schedule.epochs == dropout.schedule.epochs == (0, 1, 4, 8, 12, 16, 20)
    assert specs("--augmented", "false")[0].descent.augmentation is None
    assert noise.inputs.shape == (100, 1, 28, 28)


def test_ensembles_can_go_to_other_processes():
    for spec in specs():
        assert pickle.loads(pickle.dumps(spec)).identity() == spec.identity()
