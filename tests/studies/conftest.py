"""A task of a few samples, and a study's run that keeps everything in memory."""

from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ib_mlflow.data import Dataset
from ib_mlflow.studies.configuration import TrainingConfiguration
from ib_mlflow.studies.running.perceptrons import Layers, mlp_spec
from ib_mlflow.studies.running.tasks import Task
from ib_mlflow.training import Schedule
from ib_mlflow.trajectory import Guides, Trajectory


class Notes:
    """What is written on a run."""

    def __init__(self):
        self.metrics, self.figures, self.images, self.tables = {}, {}, {}, {}
        self.tags, self.run_id, self.datasets = {}, None, []
        self.description = ""

    def describe(self, text):
        self.description = text

    def log_metrics(self, metrics):
        self.metrics |= metrics

    def log_figure(self, figure, name):
        self.figures[name] = figure

    def log_image(self, image, key, step):
        self.images[key, step] = image

    def has_image(self, key, step):
        return (key, step) in self.images

    def log_tags(self, values):
        self.tags |= values

    def log_dataset(self, name, *, digest, source, context, profile):
        self.datasets.append((name, context))

    def log_table(self, table, name):
        self.tables[name] = table


class KeptRecording:
    """A recording in memory; what stands in it when it begins an earlier process has measured."""

    def __init__(self, children, guides, rows=()):
        self.guides, self.rows, self.states = guides, list(rows), {}
        self.unfinished = tuple(children)
        self.finished, self.checkpoint = False, None
        self._notes = {child.name: Notes() for child in children}
        for name, notes in self._notes.items():
            notes.run_id = f"run of {name}"

    @property
    def epochs_logged(self):
        return tuple(int(rows["epoch"].iloc[0]) for rows in self.rows)

    @property
    def trajectory(self):
        return Trajectory(pd.concat(self.rows, ignore_index=True), self.guides)

    def log(self, rows, checkpoint):
        rows = rows.frame if isinstance(rows, Trajectory) else rows
        self.rows.append(rows)
        self.states[int(rows["epoch"].iloc[0])] = checkpoint

    def state(self, epoch):
        return self.states[epoch]

    def child(self, name):
        return self._notes[name]

    def summarise(self, name, values, tags):
        notes = self.child(name)
        notes.log_tags(tags)
        notes.log_metrics(values)


class KeptStudy:
    """A study's run in memory; nothing was computed before."""

    def __init__(self):
        self.recordings, self.children, self.failed = [], {}, {}

    @contextmanager
    def record(self, children, *, guides, models=None):
        self.children |= {child.name: child for child in children}
        recording = KeptRecording(children, guides)
        self.recordings.append(recording)
        yield recording
        recording.finished = True

    @contextmanager
    def job(self, child):
        notes = Notes()
        notes.run_id = f"run of {child.name}"
        try:
            yield notes
        except Exception:
            self.failed[child.name] = notes
            raise


@pytest.fixture
def kept_study() -> KeptStudy:
    """A study's run in memory."""
    return KeptStudy()


@pytest.fixture
def kept_recording() -> type[KeptRecording]:
    """Makes a recording in memory."""
    return KeptRecording


@pytest.fixture(scope="session")
def task() -> Task:
    """Forty samples of six bits, whose label is the parity of the first two."""
    inputs = np.random.default_rng(0).integers(0, 2, (40, 6)).astype(np.uint8)
    labels = (inputs[:, 0] ^ inputs[:, 1]).astype(np.int64)
    train_set = Dataset("parity", inputs, labels, ("even", "odd"), source="drawn", levels=2)
    validation_set = replace(train_set, inputs=inputs[::2], labels=labels[::2])
    return Task("parity", train_set, validation_set, train_set)


@pytest.fixture(scope="session")
def spec_of(task):
    """Makes an ensemble of small networks, made up of groups."""
    configuration = TrainingConfiguration(
        members=1, epochs=4, batch_size=16, learning_rate=0.2, initialisation="torch", device="cpu"
    )

    def build(groups, *, name="small", activation="tanh", epochs=(1, 4), **changes):
        return mlp_spec(
            name,
            task,
            configuration.model_copy(update=changes),
            Layers.alike((4, 3), activation),
            groups,
            Schedule.of(epochs),
        )

    return build


@pytest.fixture(scope="session")
def curves_of():
    """Makes a trajectory of curves (e, t, l), or of one alike in all members but for a shift."""

    def build(i_x, *, epochs=(0, 10, 100, 1000), members=None, h_x=8.0, **learning):
        i_x = np.asarray(i_x, dtype=np.float64)
        if members is not None:
            i_x = i_x + np.linspace(0, 0.01, members)[:, None, None]
        return Trajectory.from_arrays(
            i_x,
            i_x / 20,
            epochs=epochs,
            n=3000,
            guides=Guides(h_x=h_x, h_y=0.69, i_xy=0.69),
            estimator="binned",
            setting="bin_size=0.07",
            learning=learning,
        )

    return build
