"""The classification tasks of the studies, each with the part that is trained on and measured."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ib_mlflow.data import Dataset, load, split, subset
from ib_mlflow.studies.configuration import TrainingConfiguration
from ib_mlflow.studies.reporting.report import table_of
from ib_mlflow.trajectory import Guides

TaskName = Literal["szt", "digits", "mnist"]
PAPER_DIGITS = ("1", "3", "8")
PER_DIGIT = 500
"""1500 rows to measure: the paper's H(X) = 10.5507 bits is the logarithm of this number."""


PAPER_BITS = {
    "szt": (11.677719641641012, 0.9976734295143714),
    "mnist": (10.550746785383243, 1.5849625007211579),
}
"""Table 1: H(X) and I(X;Y) in bits."""


@dataclass(frozen=True)
class Task:
    """What a network learns, and what it is validated on.

    Arguments:
        name: the task.
        train_set: learned from.
        validation_set: only losses and accuracies are computed on it.
        measured: on what the layers are measured; its entropies are the guides.
    """

    name: str
    train_set: Dataset
    validation_set: Dataset
    measured: Dataset

    @property
    def guides(self) -> Guides:
        """H(X), H(Y) and I(X;Y) of the measured part, in nats."""
        part = self.measured
        return Guides(h_x=part.input_entropy, h_y=part.label_entropy, i_xy=part.information_xy)


def load_task(name: TaskName, chosen: TrainingConfiguration) -> Task:
    """Load a task as the paper has it.

    Reference:
        Revisiting the Information Plane, section 2.1, Table 1 and appendix D: SZT with 20 % of
        its rows kept for testing; the digits 1, 3 and 8 of MNIST, 1000 of each, of which half
        are measured.

    Arguments:
        name: "szt", "digits" (scikit-learn's, divided like SZT) or "mnist" (the paper's subset:
            the first 500 of each digit of the training part, and of the test part).
        chosen: the study's parameters: folder, test fraction and seed of the split.

    Returns:
        The task.

    Raises:
        DataError: the files of MNIST are missing or damaged.

    Example:
        >>> chosen = TrainingConfiguration(members=1, epochs=1)
        >>> load_task("szt", chosen).train_set.n
        3276
    """
    if name == "mnist":
        train_set, validation_set = (
            subset(
                load(name, root=chosen.root, part=part), classes=PAPER_DIGITS, per_class=PER_DIGIT
            )
            for part in ("train", "test")
        )
        return Task(name, train_set, validation_set, train_set)
    train_set, validation_set = split(
        load(name), test_fraction=chosen.test_fraction, seed=chosen.split_seed
    )
    return Task(name, train_set, validation_set, train_set)


def load_whole(name: str, chosen: TrainingConfiguration) -> Task:
    """Load a task whose layers are measured on every sample, those kept for testing included.

    Reference:
        Goldfeld et al. (2018), arXiv:1810.05728, section 5: X is uniform over all inputs.

    Arguments:
        name: a built-in dataset.
        chosen: the study's parameters: test fraction and seed of the split.

    Returns:
        The task.

    Example:
        >>> chosen = TrainingConfiguration(members=1, epochs=1)
        >>> load_whole("szt", chosen).measured.n
        4096
    """
    whole = load(name)
    train_set, validation_set = split(
        whole, test_fraction=chosen.test_fraction, seed=chosen.split_seed
    )
    return Task(name, train_set, validation_set, whole)


def entropy_table(tasks: Sequence[Task]) -> str:
    """Write the entropies of the measured parts beside those of the paper's Table 1, in bits.

    Arguments:
        tasks: the tasks.

    Returns:
        A Markdown table; a number agrees if it is the paper's to 1e-9 bits.
    """
    rows = []
    for task in tasks:
        ours = (task.guides.h_x / np.log(2), task.guides.i_xy / np.log(2))
        theirs = PAPER_BITS.get(task.name)
        agrees = theirs is not None and np.allclose(ours, theirs, rtol=0, atol=1e-9)
        verdict = "not in the paper" if theirs is None else "agrees" if agrees else "disagrees"
        paper = ("–", "–") if theirs is None else (f"{theirs[0]:.12f}", f"{theirs[1]:.12f}")
        rows.append((task.name, f"{ours[0]:.12f}", paper[0], f"{ours[1]:.12f}", paper[1], verdict))
    columns = ["task", "H(X) [bits]", "paper", "I(X;Y) [bits]", "paper", "verdict"]
    return table_of(columns, rows)
