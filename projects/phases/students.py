"""Deep linear networks that learn from a linear teacher, and what their layers know, exactly.

Reference:
    Saxe et al. (2018), "On the information bottleneck theory of deep learning", ICLR, sections 3
    and 5: Gaussian inputs of which the teacher weighs some by zero.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from ib_mlflow.errors import CheckpointError
from ib_mlflow.information.exact.linear import linear_information, posterior_covariance
from ib_mlflow.trajectory.members import Numbers

WHOLE, RELEVANT, IRRELEVANT, TARGET = "whole", "relevant", "irrelevant", "target"
"""What a layer can know of: all inputs, those that the teacher weighs, the others, and Y."""


@dataclass(frozen=True)
class Teacher:
    """Y = V X + noise of independent Gaussian inputs of variance 1; V of some of them is zero.

    Arguments:
        relevant: inputs that the teacher weighs; they come first.
        irrelevant: inputs that it weighs by zero.
        outputs: of the teacher; each has variance 1 without the noise, on average over teachers.
        noise: variance of the noise in each output.
    """

    relevant: int
    irrelevant: int
    outputs: int
    noise: float

    @property
    def inputs(self) -> int:
        """m, all of them."""
        return self.relevant + self.irrelevant

    def draw(self, seed: int, samples: int) -> tuple[Numbers, Numbers, Numbers]:
        """Draw a teacher and what it teaches.

        Arguments:
            seed: of everything.
            samples: n.

        Returns:
            Its weights (outputs, m), n inputs (n, m) and their targets (n, outputs).
        """
        generator = np.random.default_rng([seed, 0])
        weights = np.zeros((self.outputs, self.inputs))
        scale = 1 / np.sqrt(self.relevant)
        weights[:, : self.relevant] = scale * generator.normal(size=(self.outputs, self.relevant))
        inputs = generator.normal(size=(samples, self.inputs))
        noise = np.sqrt(self.noise) * generator.normal(size=(samples, self.outputs))
        return weights, inputs, inputs @ weights.T + noise


@dataclass(frozen=True)
class Course:
    """How students learn: by gradient descent on half the mean squared error.

    Arguments:
        samples: of each student.
        batch_size: samples of an update; as many as there are, for the whole gradient.
        learning_rate: of every update.
        initial: standard deviation of the first weights, times the root of the units below.
    """

    samples: int
    batch_size: int
    learning_rate: float
    initial: float


@dataclass(frozen=True, eq=False)
class Measured:
    """What students know after an update, and how wrong they are.

    Arguments:
        update: updates done.
        information: by what is known of, (e, l) nats, a column for each hidden layer.
        train_error: (e,) mean squared error on the samples.
        test_error: (e,) expected squared error on a new one, exactly.
        weights: of every layer (e, d, d below).
    """

    update: int
    information: Mapping[str, Numbers]
    train_error: Numbers
    test_error: Numbers
    weights: Sequence[Numbers] = field(repr=False)

    def checkpoint(self) -> dict[str, Any]:
        """All that `learn` needs to go on."""
        weights = [torch.from_numpy(matrix.copy()) for matrix in self.weights]
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
            >>> [round(measured.test_error.item(), 2) for measured in students.learn([0, 100])]
            [2.27, 0.13]
        """
        drawn = [self.teacher.draw(seed, self.course.samples) for seed in self.seeds]
        teachers, inputs, targets = (np.stack(parts) for parts in zip(*drawn, strict=True))
        weights, taken, yielded = self._initial(), 0, -1
        if resume is not None:
            weights, taken = self._restored(resume, weights)
            yielded = taken
        batches = self._batches(taken)
        for update in updates:
            if update <= yielded:
                continue
            for _ in range(taken, update):
                rows = next(batches)
                x, y = inputs[rows], targets[rows]
                descend(weights, x, y, self.course.learning_rate)
            taken = update
            total = _products(weights)[-1]
            yield Measured(
                update,
                self.measure(weights, teachers),
                ((inputs @ total.mT - targets) ** 2).mean(axis=(1, 2)),
                ((total - teachers) ** 2).sum(axis=2).mean(axis=1) + self.teacher.noise,
                [matrix.copy() for matrix in weights],
            )

    def measure(self, weights: Sequence[Numbers], teachers: Numbers) -> dict[str, Numbers]:
        """What every hidden layer knows, in closed form.

        Arguments:
            weights: of every layer (e, d, d below).
            teachers: their teachers' weights (e, outputs, m).

        Returns:
            By what is known of, (e, l) nats.
        """
        independent = np.eye(self.teacher.inputs)
        first = self.teacher.relevant
        after = {
            WHOLE: None,
            RELEVANT: posterior_covariance(independent, independent[:first]),
            IRRELEVANT: posterior_covariance(independent, independent[first:]),
            TARGET: np.stack(
                [
                    posterior_covariance(independent, of, variance=self.teacher.noise)
                    for of in teachers
                ]
            ),
        }
        layers = _products(weights)[:-1]
        return {
            name: np.stack(
                [
                    linear_information(
                        layer, variance=self.variance, before=independent, after=posterior
                    )
                    for layer in layers
                ],
                axis=1,
            )
            for name, posterior in after.items()
        }

    def _initial(self) -> list[Numbers]:
        sizes = (self.teacher.inputs, *self.hidden, self.teacher.outputs)
        generators = [np.random.default_rng([seed, 1]) for seed in self.seeds]
        scale = self.course.initial
        return [
            np.stack([scale * of.normal(size=(d, below)) / np.sqrt(below) for of in generators])
            for below, d in zip(sizes[:-1], sizes[1:], strict=True)
        ]

    def _restored(
        self, resume: Mapping[str, Any], like: Sequence[Numbers]
    ) -> tuple[list[Numbers], int]:
        weights = [matrix.numpy().copy() for matrix in resume["weights"]]
        if [matrix.shape for matrix in weights] != [matrix.shape for matrix in like]:
            raise CheckpointError(
                f"a checkpoint must hold weights of shapes {[matrix.shape for matrix in like]}",
                received=[matrix.shape for matrix in weights],
                fix="Start over with fresh=true.",
            )
        return weights, int(resume["update"])

    def _batches(self, taken: int) -> Iterator[Any]:
        """Indices into (e, n) of each update's samples: an order of its own in every epoch."""
        n, size = self.course.samples, self.course.batch_size
        members = np.arange(len(self.seeds))[:, None]
        starts = range(0, n, size)
        epoch, first = divmod(taken, len(starts))
        while True:
            orders = np.stack(
                [np.random.default_rng([seed, 2, epoch]).permutation(n) for seed in self.seeds]
            )
            for start in starts[first:]:
                yield members, orders[:, start : start + size]
            epoch, first = epoch + 1, 0


def descend(
    weights: Sequence[Numbers], inputs: Numbers, targets: Numbers, learning_rate: float
) -> None:
    """One step on half the mean squared error, in place.

    Arguments:
        weights: of every layer (e, d, d below).
        inputs: (e, b, m).
        targets: (e, b, outputs).
        learning_rate: of the step.
    """
    above = [np.broadcast_to(np.eye(targets.shape[2]), (len(inputs), *[targets.shape[2]] * 2))]
    for matrix in reversed(weights):
        above.append(above[-1] @ matrix)
    *heads, total = above
    slope = (inputs @ total.mT - targets).mT @ inputs / inputs.shape[1]
    for matrix, head in zip(weights, reversed(heads), strict=True):
        below = slope @ matrix.mT
        matrix -= learning_rate * head.mT @ slope
        slope = below


def _products(weights: Sequence[Numbers]) -> list[Numbers]:
    """From the inputs to every layer, the output last: (e, d, m) each."""
    products = [weights[0]]
    for matrix in weights[1:]:
        products.append(matrix @ products[-1])
    return products
