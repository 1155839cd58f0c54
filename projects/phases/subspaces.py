"""Linear students kept in MLflow, and what is read of relevant and irrelevant inputs.

Reference:
    Saxe et al. (2018), "On the information bottleneck theory of deep learning", ICLR, abstract.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch

from ib_mlflow.studies.judging.intervals import information, mean
from ib_mlflow.studies.reporting.table import Table
from ib_mlflow.studies.running.fits import lost
from ib_mlflow.studies.running.steps import Shown, record_steps
from ib_mlflow.tracking import ChildSpec, Job, StudyRun
from ib_mlflow.trajectory.drops import corrected_drop
from ib_mlflow.trajectory.members import Numbers
from .students import IRRELEVANT, KNOWN, RELEVANT, TARGET, WHOLE, Measured, Students

NAMES = {WHOLE: "x", RELEVANT: "relevant", IRRELEVANT: "irrelevant", TARGET: "y"}
"""What each is called in a metric: `i_relevant_nats.exact/layer_1`."""
RESULTS = "measured"
PARTS = ("information", "train_error", "test_error")


@dataclass(frozen=True)
class StudentsSpec:
    """Students, and when they are measured: one child run.

    Arguments:
        name: of the child run.
        students: who learns.
        updates: after which they are measured, ascending from 0.
    """

    name: str
    students: Students
    updates: tuple[int, ...]

    @property
    def child(self) -> ChildSpec:
        """The child run: what it shows, and what identifies it."""
        students = asdict(self.students)
        parameters = {
            **students["course"],
            "hidden": "-".join(map(str, self.students.hidden)),
            "members": len(self.students.seeds),
            "seed": self.students.seeds[0],
            "updates": self.updates[-1],
            "variance": self.students.variance,
        }
        return ChildSpec(
            self.name, parameters, {"linear students": students, "updates": self.updates}
        )


@dataclass(frozen=True, eq=False)
class Curves:
    """What students knew over their updates.

    Arguments:
        name: of the child run.
        students: who learnt.
        updates: the t updates.
        information: (4, e, t, l) nats, of `KNOWN`.
        train_error: (e, t) mean squared error.
        test_error: (e, t) expected squared error.
    """

    name: str
    students: Students
    updates: tuple[int, ...]
    information: Numbers
    train_error: Numbers
    test_error: Numbers

    @property
    def layers(self) -> list["LayerCurves"]:
        """Its hidden layers."""
        several = len(self.students.hidden) > 1
        return [
            LayerCurves(
                f"{self.name}, layer {number}" if several else self.name,
                self.updates,
                {name: self.information[place, :, :, number - 1]
                 for place, name in enumerate(KNOWN)},
                self.test_error,
            )
            for number in range(1, len(self.students.hidden) + 1)
        ]  # fmt: skip


@dataclass(frozen=True, eq=False)
class LayerCurves:
    """What one layer knew, as claims speak of it.

    Arguments:
        name: in words.
        updates: the t updates.
        information: by what is known of, (e, t) nats; NaN where a student diverged.
        test_error: (e, t).
    """

    name: str
    updates: tuple[int, ...]
    information: Mapping[str, Numbers]
    test_error: Numbers

    def drop(self, name: str) -> Numbers:
        """What was lost after the peak, by the corrected drop: (e,) nats."""
        exact = np.zeros(len(self.updates))
        return np.array([corrected_drop(curve, exact)[0] for curve in self.information[name]])

    def gain(self, name: str) -> Numbers:
        """The end less the beginning: (e,) nats."""
        curves = self.information[name]
        return np.asarray(curves[:, -1] - curves[:, 0])


def train_students(study: StudyRun, spec: StudentsSpec) -> Curves:
    """Train students and record what they know; or read what a child run already holds.

    Arguments:
        study: the study's run.
        spec: who learns, and when they are measured.

    Returns:
        Their curves.

    Raises:
        TrackingError: a finished child run has lost its results.
    """
    with study.job(spec.child) as job:
        if not job.finished:
            _learn(spec, job)
        results = job.results(RESULTS)
        if results is None:
            raise lost(job, "its results")
        return Curves(spec.name, spec.students, spec.updates, *(results[name] for name in PARTS))


def _learn(spec: StudentsSpec, job: Job) -> None:
    # Along the second axis from the end of `information`, the last of the others: the updates.
    done: dict[str, list[Any]] = {name: [] for name in PARTS}
    if job.checkpoint is not None:
        done = {name: [*job.checkpoint[name].numpy()] for name in PARTS}

    def log(measured: Measured) -> tuple[int, Shown]:
        for name in PARTS:
            done[name].append(getattr(measured, name))
        kept = {name: torch.from_numpy(np.stack(done[name])) for name in PARTS}
        job.log(measured.update, metrics_of(measured), measured.checkpoint() | kept)
        return measured.update, {"test_error": f"{np.nanmean(measured.test_error):.3f}"}

    steps = spec.students.learn(spec.updates, job.checkpoint)
    record_steps(steps, log, total=spec.updates[-1], name=spec.name, unit="update")
    information = np.moveaxis(np.stack(done["information"]), 0, 2)
    errors = {name: np.stack(done[name], axis=1) for name in PARTS[1:]}
    job.save_results(RESULTS, {"information": information, **errors})


def metrics_of(measured: Measured) -> dict[str, float]:
    """Means over the students that did not diverge, for MLflow."""
    metrics = {
        "train_error": float(np.nanmean(measured.train_error)),
        "test_error": float(np.nanmean(measured.test_error)),
    }
    for place, name in enumerate(KNOWN):
        for layer, values in enumerate(measured.information[place].T, start=1):
            metrics[f"i_{NAMES[name]}_nats.exact/layer_{layer}"] = mean(values).value
    return metrics


def ends_table(curves: Sequence[Curves]) -> Table:
    """Where the layers begin and end, with intervals over the students."""
    rows = [
        (layer.name, words, *(information(of).quantity("nats") for of in (
            layer.information[name][:, 0], layer.information[name][:, -1])),
            mean(layer.drop(name)).quantity("nats"))
        for of_run in curves
        for layer in of_run.layers
        for name, words in WORDS.items()
    ]  # fmt: skip
    return Table(["students", "of", "before learning", "at the end", "lost after the peak"], rows)


WORDS = {
    WHOLE: "I(X;T)",
    RELEVANT: "I(X relevant;T)",
    IRRELEVANT: "I(X irrelevant;T)",
    TARGET: "I(T;Y)",
}
