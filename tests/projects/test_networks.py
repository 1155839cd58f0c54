"""What tells the children of a study's ensembles apart: all that changes their numbers."""

import importlib
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from ib_mlflow.data import Dataset
from projects import image_networks

PROJECTS = Path(image_networks.__file__).parent
CHANGE_NO_NUMBER = {"scale", "unit", "data_root", "device", "fresh"}
"""But for the device, whose kind is in the identity."""
TRAINING = {
    "seed": 1,
    "members": 5,
    "epochs": 21,
    "learning_rate": 0.06,
    "batch_size": 255,
    "initialisation": "torch",
    "test_fraction": 0.3,
    "split_seed": 1,
}
NOISE = {
    **TRAINING,
    "betas": "0.02,0.3",
    "orthonormality": "0,1e-4",
    "hidden": "4,3",
    "measured": 4,
    "repeats": 6,
    "queries": 300,
}
CHANGES = {
    "main": {**TRAINING, "task": "digits", "hidden": "4,3", "activation": "relu", "bin_size": 0.3},
    "bin_sweep": {
        **TRAINING,
        "tasks": "digits",
        "hidden": "4,3",
        "activations": "linear,sigmoid",
        "bin_sizes": "0.02,0.4",
    },
    "bottleneck": {**TRAINING, "activations": "linear,sigmoid", "bin_size": 0.3},
    "mixed_activations": {**TRAINING, "tasks": "digits", "bin_size": 0.3},
    "bin_clustering": {**TRAINING, "bin_sizes": "0.02,0.4", "coarse": 0.2},
    "noise_sweep": {**NOISE, "activations": "linear"},
    "spiral": NOISE,
    "mnist_noise": {
        **{name: TRAINING[name] for name in ("seed", "members", "epochs", "learning_rate")},
        "task": "mnist",
        "images": 100,
        "held_out": 50,
        "betas": "0.2",
        "dropout": 0.3,
        "final_learning_rate": 0.004,
        "batch_size": 31,
        "augmented": "false",
        "measured": 3,
        "bin_sizes": "0.2",
    },
}
ONLY_READ = {("mnist_noise", "bin_sizes")}
"""What is applied to the checkpoints afterwards, and is no number of a child."""
KEPT = {
    ("bin_clustering", "bin_sizes"): {"szt tanh, bin_size=0.1"},
    ("bin_clustering", "coarse"): {
        f"szt tanh, bin_size={size}" for size in (1e-08, 0.0001, 0.001, 0.01, 0.1, 0.5)
    },
    ("mnist_noise", "betas"): {"dropout"},
    ("mnist_noise", "dropout"): {"deterministic", "noisy, beta=0.5"},
    **{
        ("spiral", name): {"deterministic"}
        for name in ("betas", "orthonormality", "repeats", "queries")
    },
}
"""Children that a change has nothing to do with."""


class Asked:
    """A study's run that only notes which children are asked for."""

    def __init__(self) -> None:
        self.children = {}

    @contextmanager
    def record(self, children, **_):
        self.children |= {child.digest: child.name for child in children}
        yield SimpleNamespace(finished=True, trajectory=None)


@pytest.fixture
def images(monkeypatch: pytest.MonkeyPatch) -> None:
    """Images of ten classes that need no file, other ones for each name and part."""

    def load(name, *, root=None, part="train"):
        generator = np.random.default_rng([len(name), len(part)])
        pixels = generator.integers(0, 256, (1000, 1, 28, 28), np.uint8)
        classes = tuple(str(k) for k in range(10))
        return Dataset(name, pixels, np.arange(1000) % 10, classes, source="noise", levels=256)

    monkeypatch.setattr(image_networks, "load", load)


def children_of(study, **parameters):
    module = importlib.import_module(f"projects.{study}")
    given = {"epochs": 20, **parameters}.items()
    words = [word for name, value in given for word in (f"--{name}", str(value))]
    chosen = module.Configuration.parse(["--scale", "toy", *words])
    asked = Asked()
    # Nothing was measured, so that the study stops where it would read its first trajectory.
    with pytest.raises(AttributeError, match="NoneType"):
        module.run(asked, chosen)
    assert asked.children
    return asked.children


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


@pytest.mark.parametrize("study", sorted(CHANGES))
def test_every_parameter_is_tried(study):
    fields = importlib.import_module(f"projects.{study}").Configuration.model_fields
    assert fields.keys() - CHANGE_NO_NUMBER == CHANGES[study].keys()


def test_every_study_that_trains_ensembles_is_tried():
    texts = {path.stem: path.read_text(encoding="utf-8") for path in PROJECTS.glob("*.py")}
    studies = {name for name, text in texts.items() if "def run(" in text}
    assert {name for name in studies if "run_network(" in texts[name]} == CHANGES.keys()


@pytest.mark.parametrize(("study", "name"), sorted(ONLY_READ))
def test_what_is_read_from_checkpoints_changes_no_child(study, name, images):
    assert children_of(study) == children_of(study, **{name: CHANGES[study][name]})
