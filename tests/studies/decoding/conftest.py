"""A task of a few digits, networks of a few weights, and a study that keeps its jobs in memory."""

import sys
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from ib_mlflow.data import Dataset
from ib_mlflow.networks.images.classifiers import classifier
from ib_mlflow.studies.decoding.configuration import DecodingConfiguration
from ib_mlflow.studies.decoding.contexts import LayerContext
from ib_mlflow.studies.decoding.division import Parts, load_parts

# What stands beside this file must have a name by which tests can import it.
sys.path.insert(0, str(Path(__file__).parent))


class KeptJob:
    """A child run in memory."""

    def __init__(self, spec):
        self.spec, self.name, self.run_id = spec, spec.name, spec.digest
        self.history, self.metrics, self.arrays = [], {}, {}
        self.checkpoint, self.finished = None, False

    def log(self, step, metrics, checkpoint):
        self.history.append((step, metrics))
        self.checkpoint = checkpoint

    def keep(self, checkpoint):
        self.checkpoint = checkpoint

    def beat(self):
        pass

    def save_results(self, name, arrays):
        self.arrays[name] = arrays

    def results(self, name):
        return self.arrays.get(name)

    def log_metrics(self, metrics):
        self.metrics |= metrics


class KeptJobs:
    """A study's run whose jobs are kept in memory, each by what identifies it."""

    def __init__(self):
        self.jobs = {}

    @contextmanager
    def job(self, spec):
        job = self.jobs.setdefault(spec.digest, KeptJob(spec))
        yield job
        job.finished = True

    def named(self, name):
        (job,) = (job for job in self.jobs.values() if job.name == name)
        return job


@pytest.fixture
def kept_jobs() -> KeptJobs:
    """A study's run whose jobs are kept in memory."""
    return KeptJobs()


@pytest.fixture(scope="session")
def configuration() -> DecodingConfiguration:
    """Small decoders that hardly learn."""
    return DecodingConfiguration(
        scale="toy",
        device="cpu",
        shrunk=1,
        binary=True,
        decoder_updates=2,
        decoder_batch=16,
        decoder_rate=0.003,
        blocks=1,
        filters=4,
        colour_filters=6,
        dropout=0.0,
        evaluated=20,
    )


@pytest.fixture(scope="session")
def digits(configuration) -> Parts:
    """Scikit-learn's digits, of two levels; twenty are evaluated on."""
    return load_parts("digits", root=None, shrunk=1, binary=True, evaluated=20, seed=0)


@pytest.fixture(scope="session")
def small_classifier(digits):
    """Makes an untrained classifier of the digits."""

    def build(seed=0):
        return classifier(
            digits.shape, classes=10, filters=(4, 4), kernel=2, units=6, levels=2, seed=seed
        ).eval()

    return build


@pytest.fixture(scope="session")
def layer(small_classifier) -> LayerContext:
    """FC3 of an untrained classifier, of six units."""
    return LayerContext(small_classifier(), "FC3", "digits")


@pytest.fixture(scope="session")
def blank():
    """Makes parts of empty images."""

    def build(shape, levels, name="blank"):
        images = np.zeros((20, *shape), np.uint8)
        labels = np.arange(20, dtype=np.int64) % 10
        part = Dataset(name, images, labels, tuple("0123456789"), "blank", levels)
        return Parts(name, part, part, part, part)

    return build
