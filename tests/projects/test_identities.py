"""What tells the children of a study's ensembles apart, and what becomes of diverged members."""

import importlib
import re
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from ib_mlflow.data import Dataset, load, split
from ib_mlflow.errors import ConfigurationError
from ib_mlflow.information import bin_histogram
from ib_mlflow.studies.checkpoints.occupancy import histograms, occupancy
from ib_mlflow.studies.configuration import TrainingConfiguration
from ib_mlflow.studies.running.ensembles import Network, binned_views
from ib_mlflow.studies.running.tasks import Task
from ib_mlflow.studies.running.training import Trained, run_network
from ib_mlflow.trajectory import Trajectory
from projects.noise.mnist_noise import networks as image_networks

ROOT = Path(__file__).parents[2]
MODULES = {
    name: path
    for path in (ROOT / "projects").rglob("*.py")
    for name in re.findall(r'^    enter\("(\w+)"', path.read_text(encoding="utf-8"), re.MULTILINE)
}
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


def module_of(study):
    path = MODULES[study].relative_to(ROOT).with_suffix("")
    return importlib.import_module(".".join(path.parts))


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
    module = module_of(study)
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
    fields = module_of(study).Configuration.model_fields
    assert fields.keys() - CHANGE_NO_NUMBER == CHANGES[study].keys()


def test_every_study_that_trains_ensembles_is_tried():
    texts = {name: path.read_text(encoding="utf-8") for name, path in MODULES.items()}
    assert {name for name, text in texts.items() if "run_network(" in text} == CHANGES.keys()


@pytest.mark.parametrize(("study", "name"), sorted(ONLY_READ))
def test_what_is_read_from_checkpoints_changes_no_child(study, name, images):
    assert children_of(study) == children_of(study, **{name: CHANGES[study][name]})


class Kept:
    """A recording that only keeps the rows."""

    finished, checkpoint = False, None
    unfinished = epochs_logged = ()

    def __init__(self) -> None:
        self.rows = []

    def log(self, rows, checkpoint):
        self.rows.append(rows)

    @property
    def trajectory(self):
        return Trajectory(pd.concat(self.rows, ignore_index=True), TASK.guides)


TASK = Task("szt", *split(load("szt"), test_fraction=0.2, seed=0), measured=load("szt"))


def linear_network(members, learning_rate):
    """Train networks without a limit to their activations."""
    chosen = TrainingConfiguration(members=members, epochs=3, learning_rate=learning_rate)
    network = Network("linear", TASK, (4, 3), ("linear",) * 2, "torch", binned_views("one", [0.3]))
    kept = Kept()
    study = SimpleNamespace(record=lambda *_, **__: nullcontext(kept))
    return chosen, kept, lambda: run_network(study, network, chosen)


def test_a_study_whose_networks_have_all_diverged_ends_with_one_line_and_keeps_its_rows():
    _, kept, run = linear_network(4, 100.0)
    with pytest.raises(ConfigurationError, match=r"4 of 4 of 'linear' that diverged by epoch 1"):
        run()
    assert [list(rows["epoch"].unique()) for rows in kept.rows] == [[0], [1]]
    assert kept.rows[0]["i_x"].notna().all()


def test_occupied_bins_are_those_of_the_networks_that_are_left(monkeypatch):
    chosen, _, run = linear_network(6, 0.05)
    trained = run()
    frame = trained.trajectory.frame
    frame.loc[frame["member"].isin([0, 4]) & (frame["epoch"] > 1), "i_x"] = np.nan
    whole = trained.network.ensemble(chosen)

    def at(self, epoch, chosen):
        broken = whole.copy()
        if epoch > 1:
            for parameter in broken.parameters.values():
                parameter[[0, 4]] = np.nan
        return broken

    monkeypatch.setattr(Trained, "at", at)
    broken = replace(trained, trajectory=Trajectory(frame, TASK.guides))
    assert broken.sound == (1, 2, 3, 5)
    counts = occupancy(broken, chosen, bin_size=0.07)
    assert set(counts["member"]) == {1, 2, 3, 5}
    bins = histograms(broken, chosen, bin_size=0.07)
    activations = dict(whole.activations(trained.network.inputs))
    last = bins[(bins["epoch"] == 3) & (bins["layer"] == 1) & (bins["unit"] == 1)]
    expected = bin_histogram(activations[1][1], bin_size=0.07).counts[0]
    np.testing.assert_array_equal(last["count"], expected)
