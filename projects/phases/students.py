"""Deep linear networks that learn from linear teachers, and what their layers know, exactly.

Reference:
    Saxe et al. (2018), "On the information bottleneck theory of deep learning", ICLR, abstract.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from ib_mlflow.errors import CheckpointError
from ib_mlflow.information.exact.linear import linear_information, posterior_covariance
from ib_mlflow.trajectory.members import Numbers
from .teachers import Course, Teacher, descend, products

WHOLE, RELEVANT, IRRELEVANT, TARGET = "whole", "relevant", "irrelevant", "target"
"""What a layer can know of: all inputs, those that the teacher weighs, the others, and Y."""
KNOWN = (WHOLE, RELEVANT, IRRELEVANT, TARGET)


@dataclass(frozen=True, eq=False)
class Measured:
    """What students know after an update, and how wrong they are.

    Arguments:
        update: updates done.
        information: (4, e, l) nats, of `KNOWN` and by hidden layer; NaN for a student that
            diverged.
        train_error: (e,) mean squared error on the samples.
        test_error: (e,) expected squared error on a new one, exactly.
        weights: of every layer (e, d, d below).
    """

    update: int
    information: Numbers
    train_error: Numbers
    test_error: Numbers
    weights: Sequence[Numbers]

    def checkpoint(self) -> dict[str, Any]:
        """All that `learn` needs to go on."""
        weights = [torch.from_numpy(matrix) for matrix in self.weights]
        return {"update": self.update, "weights": weights}


@dataclass(frozen=True)
class Students:
    """Deep linear networks, each with a teacher and samples of its own.

    Arguments:
        teacher: whom they learn from.
        hidden: units of the hidden layers.
        course: how they learn.
        seeds: one a student; its teacher, samples, first weights and batches follow from it.
        variance: of the noise that is added to each hidden unit to measure it, in squared units
            of the activation.
    """

    teacher: Teacher
    hidden: tuple[int, ...]
    course: Course
    seeds: tuple[int, ...]
    variance: float

    def learn(
        self, updates: Sequence[int], resume: Mapping[str, Any] | None = None
    ) -> Iterator[Measured]:
        """Train all students, and measure them.

        Arguments:
            updates: after which they are measured, ascending.
            resume: a checkpoint to go on after; its update is not yielded again.

        Returns:
            What they know at each of them.

        Raises:
            CheckpointError: the checkpoint holds students of another shape.

        Example:
            >>> students = Students(Teacher(2, 2, 1, 0.1), (3,), Course(8, 4, 0.1, 1.0), (0,), 0.1)
            >>> first, last = students.learn([0, 100])
            >>> bool(last.train_error < 0.1 * first.train_error)
            True
        """
        draws = [self.teacher.draw(seed, self.course.samples) for seed in self.seeds]
        teachers, inputs, targets = (np.stack(parts) for parts in zip(*draws, strict=True))
        sizes = (self.teacher.inputs, *self.hidden, self.teacher.outputs)
        weights, taken = self.course.weights(sizes, self.seeds), 0
        if resume is not None:
            weights, taken = _restored(resume, weights)
            updates = [update for update in updates if update > taken]
        batches = self.course.batches(self.seeds, taken)
        for update in updates:
            for _ in range(taken, update):
                rows = next(batches)
                descend(weights, inputs[rows], targets[rows], self.course.learning_rate)
            taken = update
            total = products(weights)[-1]
            yield Measured(
                update,
                self.measure(weights, teachers),
                ((inputs @ total.mT - targets) ** 2).mean(axis=(1, 2)),
                ((total - teachers) ** 2).sum(axis=2).mean(axis=1) + self.teacher.noise,
                [matrix.copy() for matrix in weights],
            )

    def measure(self, weights: Sequence[Numbers], teachers: Numbers) -> Numbers:
        """What every hidden layer knows, in closed form.

        Arguments:
            weights: of every layer (e, d, d below).
            teachers: their teachers' weights (e, outputs, m).

        Returns:
            (4, e, l) nats, of `KNOWN`; NaN for a student that diverged.
        """
        finite = [np.isfinite(matrix).all(axis=(1, 2)) for matrix in weights]
        sound = np.logical_and.reduce(finite)
        information = np.full((len(KNOWN), len(sound), len(self.hidden)), np.nan)
        if not sound.any():
            return information
        independent = np.eye(self.teacher.inputs)
        weighed, others = np.split(independent, [self.teacher.relevant])
        noise = self.teacher.noise
        targets = [posterior_covariance(independent, of, variance=noise) for of in teachers[sound]]
        after = {
            WHOLE: None,
            RELEVANT: posterior_covariance(independent, weighed),
            IRRELEVANT: posterior_covariance(independent, others),
            TARGET: np.stack(targets),
        }
        for layer, product in enumerate(products(weights)[:-1]):
            for place, name in enumerate(KNOWN):
                information[place, sound, layer] = linear_information(
                    product[sound], variance=self.variance, before=independent, after=after[name]
                )
        return information


def _restored(resume: Mapping[str, Any], like: Sequence[Numbers]) -> tuple[list[Numbers], int]:
    weights = [matrix.numpy().copy() for matrix in resume["weights"]]
    shapes, received = ([matrix.shape for matrix in of] for of in (like, weights))
    if received != shapes:
        raise CheckpointError(
            f"a checkpoint must hold weights of shapes {shapes}",
            received=received,
            fix="Start over with fresh=true.",
        )
    return weights, int(resume["update"])
