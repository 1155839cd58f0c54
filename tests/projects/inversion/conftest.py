"""What three studies of inversion would have read, of known answers."""

import numpy as np
import pytest

from ib_mlflow.data import Dataset
from ib_mlflow.information import classifier_information, decoder_information
from ib_mlflow.studies.decoding.division import Parts
from ib_mlflow.studies.decoding.samples import LayerDistances, LayerSamples
from projects.inversion.dynamics import BoundDynamics, Place
from projects.inversion.inversion_dynamics import Configuration as DynamicsConfiguration
from projects.inversion.inverted import InvertedTask

LEVELS = {"CONV1": -10.0, "CONV2": -30.0, "FC3": -40.0, "LOGITS": -45.0}
"""What each layer's decoder says of an image, in nats."""


@pytest.fixture(scope="session")
def blank():
    """Makes parts of empty images, n of them."""

    def build(shape, levels, name="digits", n=20):
        images = np.zeros((n, *shape), np.uint8)
        labels = np.arange(n, dtype=np.int64) % 10
        part = Dataset(name, images, labels, tuple("0123456789"), "blank", levels)
        return Parts(name, part, part, part, part)

    return build


@pytest.fixture(scope="session")
def samples_at():
    """Makes samples at known distances, and which have moved so far."""

    def build(nearest=0.1, sample=0.1, best=0.1, moved=0.0):
        generator = np.random.default_rng(round(1000 * moved))
        noise = generator.normal(0, 0.01, 50)
        own = generator.normal(0, 1e-4, (3, 50))
        own -= own.mean(axis=1, keepdims=True)
        to = np.array([nearest, sample, best])[:, None] + noise + own
        distances = LayerDistances(*to)
        image = np.zeros((8, 1, 8, 8), np.uint8)
        wandered = moved + generator.normal(0, 0.1, 50)
        return LayerSamples(
            image,
            np.repeat(image[:, None], 4, axis=1),
            image.astype(np.float32),
            distances,
            wandered,
        )

    return build


@pytest.fixture
def inverted(blank, samples_at) -> InvertedTask:
    """A task whose layers keep less and less, in steps of 20, 10 and 5 nats."""
    parts = blank((1, 8, 8), 2, n=300)
    generator = np.random.default_rng(0)
    n, labels = parts.evaluation.n, parts.evaluation.labels
    hard = generator.normal(0, 5, n)
    terms = {name: level + hard + generator.normal(0, 0.5, n) for name, level in LEVELS.items()}
    table = -50 + hard[:, None] - 3.0 * (np.arange(10) != labels[:, None])
    table += generator.normal(0, 0.01, table.shape)
    terms |= {"label": table, "nothing": -60 + hard}
    logits = np.log(np.where(np.arange(10) == labels[:, None], 0.91, 0.01))
    read = classifier_information(logits, labels)
    return InvertedTask(
        parts=parts,
        layers=tuple(LEVELS),
        classifier=read,
        information=decoder_information(
            terms, dimensions=64, values=labels, unconditional=terms["nothing"]
        ),
        labels=dict.fromkeys(LEVELS, read),
        samples={
            "CONV1": samples_at(0.1, 0.05, 0.04),
            "CONV2": samples_at(0.1, 0.15, 0.04),
            "FC3": samples_at(0.1, 0.15, 0.12),
            "LOGITS": samples_at(0.1, 0.1, 0.1),
        },
        nearest={"input": np.zeros((2, 1, 1, 8, 8), np.uint8)},
    )


CURVES = {
    "normal": {0: -60.0, 100: -40.0, 100_000: -50.0},
    "overfitted": {0: -60.0, 100: -45.0, 100_000: -35.0},
}
"""What FC3's decoder says of an image in nats, by network and updates."""


@pytest.fixture
def dynamics(blank) -> BoundDynamics:
    """Two networks of which the normal one rises and falls; one decoder has a warm start."""
    generator = np.random.default_rng(0)
    hard = generator.normal(0, 8, 400)
    terms = {
        Place(network, "FC3", updates).name: level + hard + generator.normal(0, 1, 400)
        for network, levels in CURVES.items()
        for updates, level in levels.items()
    }
    terms[Place("normal", "FC3", 100).warm_name] = -41.0 + hard
    return BoundDynamics(
        configuration=DynamicsConfiguration.parse(["--scale", "toy"]),
        parts=blank((1, 14, 14), 2),
        layers=("FC3",),
        stages=tuple(CURVES["normal"]),
        information=decoder_information(terms, dimensions=196),
        accuracies={(network, updates): 0.5 for network in CURVES for updates in CURVES[network]},
        decoders={},
        warm={},
    )
