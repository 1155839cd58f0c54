"""What tells the children of a study's ensembles apart: whatever changes the numbers."""

import numpy as np
import pytest

from ib_mlflow.data import Dataset
from ib_mlflow.studies.running import tasks
from ib_mlflow.studies.running.children import child_of
from projects.registry import STUDIES, load_study

CHANGE_NO_NUMBER = {
    "register_as",
    "scale",
    "unit",
    "data_root",
    "device",
    "fresh",
    "workers",
    "cluster",
}
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
    "bin_origin": "bounds",
}
CHANGES = {
    "main": {
        **TRAINING,
        "task": "digits",
        "hidden": "4,3",
        "activation": "relu",
        "bin_size": 0.3,
        "bin_origin": "bounds",
    },
    "bin_sweep": {
        **TRAINING,
        "tasks": "digits",
        "hidden": "4,3",
        "activations": "linear,sigmoid",
        "bin_sizes": "0.02,0.4",
        "bin_origin": "bounds",
    },
    "bottleneck": {
        **TRAINING,
        "activations": "linear,sigmoid",
        "bin_size": 0.3,
        "bin_origin": "bounds",
    },
    "mixed_activations": {**TRAINING, "tasks": "digits", "bin_size": 0.3, "bin_origin": "bounds"},
    "data_amount": {
        **TRAINING,
        "test_fraction": 0.1,
        "batch_size": 65,
        "shares": "0.04,0.8",
        "hidden": "4,3",
        "activation": "relu",
        "bin_size": 0.3,
        "bin_origin": "bounds",
    },
    "random_labels": {
        **TRAINING,
        "batch_size": 65,
        "shares": "0.1,0.9",
        "hidden": "4,3",
        "activation": "relu",
        "bin_size": 0.3,
        "bin_origin": "bounds",
    },
    "ib_bound": {
        **TRAINING,
        "informations": "0.98,0.6",
        "labels": "published",
        "label_seed": 1,
        "largest_tradeoff": 1e5,
        "hidden": "4,3",
        "activation": "relu",
        "bin_size": 0.3,
        "bin_origin": "bounds",
    },
    "leaky": {**TRAINING, "tasks": "digits", "hidden": "4,3", "bin_size": 0.3, "fine": 1e-5},
    "stopping": {
        **TRAINING,
        "tasks": "digits",
        "activations": "linear,sigmoid",
        "hidden": "4,3",
        "bin_size": 0.3,
        "bin_origin": "bounds",
        "patience": 5,
        "least_improvement": 0.1,
    },
    "pruning": {
        **TRAINING,
        "tasks": "digits",
        "activations": "relu",
        "hidden": "4,3",
        "wide": "4,3",
        "added": 3,
        "images": 510,
        "wide_epochs": 5,
        "wide_batch": 31,
        "bin_size": 0.3,
        "bin_origin": "bounds",
        "patience": 11,
        "least_improvement": 0.01,
        "error": 0.4,
        "controls": 2,
    },
    "bin_clustering": {**TRAINING, "bin_sizes": "0.02,0.4", "coarse": 0.2, "bin_origin": "bounds"},
    "phases": {
        **TRAINING,
        "task": "mnist",
        "hidden": "4,3",
        "activation": "relu",
        "bin_size": 0.3,
        "bin_origin": "bounds",
    },
    "phases of images": {
        "seed": 1,
        "learning_rate": 0.06,
        "batch_size": 65,
        "network": "mlp",
        "task": "cifar10",
        "images": 100,
        "held_out": 50,
        "variances": "0.2,1",
        "image_members": 3,
        "image_epochs": 5,
    },
    "depth": {
        **TRAINING,
        "hidden": "5,4",
        "losses": "0.4",
        "activation": "relu",
        "bin_size": 0.3,
        "bin_origin": "bounds",
    },
    "batch_size": {
        **{name: value for name, value in TRAINING.items() if name != "batch_size"},
        "batch_sizes": "255,1000",
        "hidden": "4,3",
        "activation": "relu",
        "bin_size": 0.3,
        "bin_origin": "bounds",
    },
    "full_batch": {
        **TRAINING,
        "hidden": "4,3",
        "activation": "relu",
        "bin_size": 0.3,
        "bin_origin": "bounds",
    },
    "noise_sweep": {**NOISE, "activations": "linear"},
    "spiral": NOISE,
    "invertible": {
        **{name: TRAINING[name] for name in ("seed", "members", "epochs", "learning_rate")},
        "task": "mnist",
        "labels": "digit",
        "images": 100,
        "test_fraction": 0.3,
        "split_seed": 1,
        "blocks": 3,
        "hidden": 7,
        "batch_size": 31,
        "measured": 4,
        "bin_sizes": "0.02,0.4",
        "variances": "0.2",
    },
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
GIVEN = {"phases of images": {"network": "cnn", "task": "mnist"}}
"""What a study is given before anything is changed, where it is tried in more ways than one."""
ONLY_READ = {
    ("mnist_noise", "bin_sizes"),
    ("depth", "losses"),
    ("ib_bound", "largest_tradeoff"),
    ("stopping", "patience"),
    ("stopping", "least_improvement"),
    *(("pruning", name) for name in ("patience", "least_improvement", "error", "controls")),
}
"""What is applied to checkpoints and curves afterwards, and is no number of a child."""
KEPT = {
    ("bin_sweep", "bin_origin"): {
        f"szt tanh{place}, bin_size={size}"
        for place in ("", ", borders at -1 and 1")
        for size in (0.01, 0.07, 0.15, 0.3)
    },
    ("bin_clustering", "bin_sizes"): {"szt tanh, bin_size=0.1"},
    ("bin_clustering", "coarse"): {
        f"szt tanh, bin_size={size}" for size in (1e-08, 0.0001, 0.001, 0.01, 0.1, 0.5)
    },
    ("invertible", "blocks"): {"ordinary"},
    ("invertible", "bin_sizes"): {
        f"noise {v}, at {end}" for v in ("0.1", "1") for end in ("least", "most")
    },
    ("invertible", "variances"): {"bins of 0.07", "bins of 2", "ordinary"},
    ("leaky", "bin_size"): {"szt relu, fine bins", "szt leaky_relu, fine bins"},
    ("leaky", "fine"): {"szt relu", "szt leaky_relu"},
    ("mnist_noise", "betas"): {"dropout"},
    ("mnist_noise", "dropout"): {"deterministic", "noisy, beta=0.5"},
    ("pruning", "tasks"): {"digits tanh, big"},
    **{("pruning", name): {"digits tanh, big"} for name in ("epochs", "batch_size", "hidden")},
    **{
        ("pruning", name): {"szt tanh, big"}
        for name in ("wide", "images", "wide_epochs", "wide_batch")
    },
    **{
        ("spiral", name): {"deterministic"}
        for name in ("betas", "orthonormality", "repeats", "queries")
    },
}
"""Children that a change has nothing to do with."""


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
