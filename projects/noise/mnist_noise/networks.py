"""The MNIST CNN in all its versions: what is trained, and what tells the versions apart."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ib_mlflow.data import load, subset
from ib_mlflow.information import Binned
from ib_mlflow.networks import MNIST_CNN_LAYERS, Ensemble, mnist_cnn, stack
from ib_mlflow.studies.configuration import LearningConfiguration
from ib_mlflow.studies.running.ensembles import Condition, Network, View
from ib_mlflow.studies.running.tasks import Task
from ib_mlflow.training import Augmentation, Schedule

HIDDEN = (16, 32, 128)
"""Maps of the two convolutions, and units of the full layer."""
PAPER_LAYERS = (1, 2, 3, 4)
"""The pooled convolutions, the full layer and the logits; the softmax of the logits is none."""
TWO_BINS = Binned(bin_count=2, value_range=(-1, 1), clip=True)
"""Negative or not: the two bins of Fig. 7. Values beyond ±1 keep their sign."""


@dataclass(frozen=True)
class ImageNetwork(Network):
    """An ensemble of the MNIST CNN.

    Arguments:
        dropout: probability of dropping a unit; 0 for the versions with noise.
        final_learning_rate: of the last epoch, to which the learning rate falls geometrically.
        augmented: whether images are moved, turned and sheared at random while they are learnt.
    """

    dropout: float = 0.0
    final_learning_rate: float = 5e-4
    augmented: bool = True

    @property
    def inputs(self) -> NDArray[np.float32]:
        """What is measured: images, (n, 1, 28, 28)."""
        measured = self.task.measured
        return measured.features().reshape(measured.inputs.shape)

    def ensemble(self, chosen: LearningConfiguration) -> Ensemble:
        """Make the members as they are before training; equal seeds start from equal weights."""
        betas = [one.beta for one in self.conditions for _ in chosen.seeds]
        return stack(
            partial(mnist_cnn, self.dropout),
            seeds=chosen.seeds * len(self.conditions),
            layers=MNIST_CNN_LAYERS,
            beta=None if self.dropout else betas,
            device=chosen.device,
        )

    def even_epochs(self, chosen: LearningConfiguration) -> tuple[int, ...]:
        """Epochs at equal distances up to the last, as many as are measured or some more."""
        step = max(1, chosen.epochs // (self.measured or chosen.epochs))
        return tuple(sorted(range(chosen.epochs, 0, -step)))

    def schedule(self, chosen: LearningConfiguration) -> Schedule:
        """The epochs that are measured: those at equal distances, and the first."""
        return Schedule.of({1, *self.even_epochs(chosen)})

    def training(self, chosen: LearningConfiguration) -> dict[str, Any]:
        """The numbers of gradient descent, as `train` takes them."""
        return {
            "learning_rate": chosen.learning_rate,
            "final_learning_rate": self.final_learning_rate,
            "batch_size": chosen.batch_size,
            "augmentation": Augmentation() if self.augmented else None,
        }


def image_task(name: str, chosen: LearningConfiguration, *, images: int, held_out: int) -> Task:
    """Load images of all classes, the first ones of each class, measured on those held out.

    Arguments:
        name: a dataset of 28 × 28 grey images of ten classes.
        chosen: the study's parameters.
        images: to learn from; a multiple of ten.
        held_out: to validate and to measure on; a multiple of ten.

    Returns:
        The task.
    """
    train_set, validation_set = (
        subset(whole, classes=whole.classes, per_class=count // len(whole.classes))
        if count < whole.n
        else whole
        for part, count in (("train", images), ("test", held_out))
        for whole in [load(name, root=chosen.root, part=part)]
    )
    return Task(name, train_set, validation_set, validation_set)


def versions(betas: tuple[float, ...]) -> dict[str, Condition]:
    """The deterministic network and the noisy ones, by name.

    Example:
        >>> list(versions((0.05,)))
        ['deterministic', 'noisy, beta=0.05']
    """
    noisy = {f"noisy, beta={beta:g}": Condition(beta=beta) for beta in betas}
    return {"deterministic": Condition(), **noisy}


def views(named: Mapping[str, Condition], members: int, dropout: float) -> list[View]:
    """A child run for each version, measured with two bins."""
    return [
        View(
            name,
            (TWO_BINS,),
            {"beta": condition.beta, "dropout": dropout},
            tuple(range(group * members, (group + 1) * members)),
            PAPER_LAYERS,
        )
        for group, (name, condition) in enumerate(named.items())
    ]
