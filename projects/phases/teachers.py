"""What deep linear networks learn: a linear teacher's task, and the course of learning it.

Reference:
    Saxe et al. (2018), "On the information bottleneck theory of deep learning", ICLR, abstract;
    ours: Gaussian inputs of which the teacher weighs some by zero.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from ib_mlflow.trajectory.members import Numbers


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

        Example:
            >>> weights, inputs, targets = Teacher(1, 2, 1, 0.0).draw(seed=0, samples=5)
            >>> weights[0, 1:].tolist(), np.allclose(targets, inputs[:, :1] * weights[0, 0])
            ([0.0, 0.0], True)
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
        samples: n, of each student.
        batch_size: samples of an update; n or more for the gradient of all.
        learning_rate: of every update.
        initial: standard deviation of the first weights, times the root of the units below.
    """

    samples: int
    batch_size: int
    learning_rate: float
    initial: float

    def weights(self, sizes: Sequence[int], seeds: Sequence[int]) -> list[Numbers]:
        """The first weights, (e, d, d below) of every layer.

        Arguments:
            sizes: inputs, units of the hidden layers, outputs.
            seeds: one a student.
        """
        generators = [np.random.default_rng([seed, 1]) for seed in seeds]
        return [
            np.stack([self.initial * of.normal(size=(d, m)) / np.sqrt(m) for of in generators])
            for m, d in pairwise(sizes)
        ]

    def batches(self, seeds: Sequence[int], taken: int) -> Iterator[Any]:
        """Indices into (e, n) of each update's samples, without end.

        Arguments:
            seeds: one a student, whose order is its own in every epoch.
            taken: updates that are done.
        """
        members = np.arange(len(seeds))[:, None]
        starts = range(0, self.samples, self.batch_size)
        epoch, first = divmod(taken, len(starts))
        while True:
            orders = np.stack(
                [np.random.default_rng([seed, 2, epoch]).permutation(self.samples)
                 for seed in seeds]
            )  # fmt: skip
            for start in starts[first:]:
                yield members, orders[:, start : start + self.batch_size]
            epoch, first = epoch + 1, 0


def descend(
    weights: Sequence[Numbers], inputs: Numbers, targets: Numbers, learning_rate: float
) -> None:
    """One step of linear networks on half the mean squared error, in place.

    Arguments:
        weights: of every layer (e, d, d below).
        inputs: (e, b, m).
        targets: (e, b, outputs).
        learning_rate: of the step.
    """
    outputs = targets.shape[2]
    above = [np.broadcast_to(np.eye(outputs), (len(inputs), outputs, outputs))]
    for matrix in reversed(weights):
        above.append(above[-1] @ matrix)
    *heads, total = above
    slope = (inputs @ total.mT - targets).mT @ inputs / inputs.shape[1]
    for matrix, head in zip(weights, reversed(heads), strict=True):
        below = slope @ matrix.mT
        matrix -= learning_rate * head.mT @ slope
        slope = below


def products(weights: Sequence[Numbers]) -> list[Numbers]:
    """From the inputs to every layer, the output last: (e, d, m) each.

    Arguments:
        weights: of every layer (e, d, d below).
    """
    layers = [weights[0]]
    # Weights that diverged make products that are no numbers, which some processors warn of.
    with np.errstate(invalid="ignore", over="ignore"):
        for matrix in weights[1:]:
            layers.append(matrix @ layers[-1])
    return layers
