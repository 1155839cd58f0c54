"""Revisiting the Information Plane: its title, its tasks and its numbers."""

from collections.abc import Sequence
from typing import Literal, Protocol

import numpy as np

from ib_mlflow.data import load, subset
from ib_mlflow.studies.configuration import TrainingConfiguration
from ib_mlflow.studies.judging.lengths import Course
from ib_mlflow.studies.judging.settings import Setting
from ib_mlflow.studies.reporting.table import Table
from ib_mlflow.studies.running.tasks import Task, split_task
from ib_mlflow.trajectory import Trajectory

PAPER = "Revisiting the Information Plane"
HIDDEN = (10, 7, 5, 4, 3)
"""Units of the hidden layers, but for those of the bottleneck."""
EPOCHS = 8000
"""Of training: section 2.1 and appendix F."""
BIN_SIZE = 0.07
"""Width of a bin where the paper names no other: 30 bins of tanh."""
PLAIN: Setting = {"batch_size": (256,), "momentum": (0.0,), "weight_decay": (0.0,)}
"""Section 2.1: batches of 256, and SGD without regularisation."""
PERCEPTRONS: Setting = {"hidden": (HIDDEN,), **PLAIN}
"""The same, of the networks with these hidden layers."""
BINNED = (
    "I(X;T) is H(Bin T), the entropy of the binned activations: the networks are deterministic, "
    "so that it tells how the activations cluster at this bin size, and not what is truly known "
    "of the input, which is H(X) throughout."
)
ZERO = (
    "Bins have a border at 0; the paper's, of tanh, have their outer borders at -1 and 1 (App. G), "
    "so that saturated units fall into bins of other widths than here: bin_origin=bounds has them."
)
BOUNDS = (
    "Bins have their outer borders at the bounds of each layer's activation (App. G): at -1 and 1 "
    "of tanh, at 0 of ReLU, at 0 and 1 of the output; the last bin of a layer is as wide as is "
    "left."
)
OURS = (
    "The paper prints neither initial weights nor the division of the samples, and its networks "
    "are single ones: the initialisation, the split (chosen because H(X) and I(X;Y) of its Table 1 "
    "come out) and the number of networks are ours."
)
"""What the paper leaves open and the studies chose."""
TaskName = Literal["szt", "digits", "mnist"]
DIGITS = ("1", "3", "8")
PER_DIGIT = 500
"""1500 rows to measure: the paper's H(X) = 10.5507 bits is the logarithm of this number."""
BITS = {
    "szt": (11.677719641641012, 0.9976734295143714),
    "mnist": (10.550746785383243, 1.5849625007211579),
}
"""Table 1: H(X) and I(X;Y) in bits."""
ACCURACY = {"tanh": 0.946, "relu": 0.937}
"""Appendix F: validation accuracy at the end, by activation."""


def course(plane: Trajectory, layer: int, column: str = "i_x") -> Course:
    """What has to rest at the end of training; one as long as the paper's ends as its does."""
    return Course(plane, layer, column, end=EPOCHS)


def load_task(name: TaskName, configuration: TrainingConfiguration) -> Task:
    """Load a task as the paper has it.

    Reference:
        Revisiting the Information Plane, section 2.1 and appendix D: SZT, and 1000 each of the
        digits 1, 3 and 8 of MNIST. Which rows are learnt from and measured it does not say: 80 %
        of SZT by the seed 42 and 500 of each digit are inferred, for they have the entropies of
        its Table 1.

    Arguments:
        name: "szt", "digits" (scikit-learn's, divided like SZT) or "mnist" (the paper's subset:
            the first 500 of each digit of the training part, and of the test part).
        configuration: the study's parameters: folder, test fraction and seed of the split.

    Returns:
        The task.

    Raises:
        DataError: the files of MNIST are missing or damaged.

    Example:
        >>> configuration = TrainingConfiguration(members=1, epochs=1)
        >>> load_task("szt", configuration).train_set.n
        3276
    """
    if name != "mnist":
        return split_task(name, configuration)
    train_set, validation_set = (
        subset(load(name, root=configuration.root, part=part), classes=DIGITS, per_class=PER_DIGIT)
        for part in ("train", "test")
    )
    return Task(name, train_set, validation_set, train_set)


def entropy_table(tasks: Sequence[Task], configuration: TrainingConfiguration) -> Table:
    """The entropies of the measured parts beside those of the paper's Table 1, in bits.

    Arguments:
        tasks: the tasks.
        configuration: the study's parameters.

    Returns:
        A row a task; a number agrees if it is the paper's to 1e-9 bits. Of SZT another split than
        the inferred one refutes nothing, and says so. A smoke test says nothing of either.
    """
    rows = []
    for task in tasks:
        ours = (task.guides.h_x / np.log(2), task.guides.i_xy / np.log(2))
        theirs = BITS.get(task.name)
        paper = ("–", "–") if theirs is None else (f"{theirs[0]:.12f}", f"{theirs[1]:.12f}")
        verdict = _beside_table_1(ours, theirs, configuration, split=task.name == "szt")
        rows.append((task.name, f"{ours[0]:.12f}", paper[0], f"{ours[1]:.12f}", paper[1], verdict))
    columns = ["task", "H(X) [bits]", "paper", "I(X;Y) [bits]", "paper", "verdict"]
    if configuration.smoke:
        return Table(columns[:-1], [row[:-1] for row in rows])
    return Table(columns, rows)


def _beside_table_1(
    ours: tuple[float, float],
    theirs: tuple[float, float] | None,
    configuration: TrainingConfiguration,
    *,
    split: bool,
) -> str:
    if theirs is None:
        return "not in the paper"
    if np.allclose(ours, theirs, rtol=0, atol=1e-9):
        return "agrees"
    fields = type(configuration).model_fields
    names = ("test_fraction", "split_seed")
    other = any(getattr(configuration, name) != fields[name].default for name in names)
    return "undecided: another split" if split and other else "disagrees"


class Bordered(Protocol):
    """The parameters of a study that measures with bins."""

    @property
    def bin_origin(self) -> str:
        """Where bins have a border."""


def binned(configuration: Bordered) -> str:
    """What a report says of the bins that it measures with.

    Example:
        >>> from types import SimpleNamespace
        >>> "App. G" in binned(SimpleNamespace(bin_origin="bounds"))
        True
    """
    return f"{BINNED} {ZERO if configuration.bin_origin == 'zero' else BOUNDS}"


def trained_otherwise(activation: str) -> str:
    """Why the paper's accuracy of an activation is not held against these networks."""
    return (
        f"The paper's {activation} network reaches a validation accuracy of "
        f"{ACCURACY[activation]}, on SZT with the hidden layers 10-7-5-4-3 after 8000 epochs; "
        "these networks were trained otherwise, so that theirs is not judged by it."
    )
