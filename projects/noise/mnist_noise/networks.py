"""The MNIST CNN in all its versions: what is trained, and what tells the versions apart."""

from collections.abc import Sequence
from functools import partial

import torch
from numpy.typing import ArrayLike

from ib_mlflow.data import enlarge, load, split, subset
from ib_mlflow.information import Binned
from ib_mlflow.networks import MNIST_CNN_LAYERS, Ensemble, mnist_cnn, stack
from ib_mlflow.studies.running.ensembles import DescentSpec, EnsembleSpec
from ib_mlflow.studies.running.groups import PLANE, Condition, Group
from ib_mlflow.studies.running.tasks import Task, image_task
from ib_mlflow.training import Augmentation, Schedule
from .configuration import Configuration

DETERMINISTIC, DROPOUT = "deterministic", "dropout"
"""The names of the two versions without noise; `noisy` gives those of the others."""
PAPER_LAYERS = (1, 2, 3, 4)
"""The pooled convolutions, the full layer and the logits; the softmax of the logits is none."""
TANH = ("tanh",) * 3
"""Of the two convolutions and the full layer."""
TWO_BINS = Binned(bin_count=2, value_range=(-1, 1), clip=True)
"""Negative or not: the two bins of Fig. 7. Values beyond ±1 keep their sign."""


def mnist_ensemble(
    dropout: float, *, seeds: Sequence[int], beta: ArrayLike, device: str | torch.device
) -> Ensemble:
    """Members of one version, or of several with noise; equal seeds start from equal weights.

    Arguments:
        dropout: probability of dropping a unit; 0 for members with noise.
        seeds: one a member.
        beta: (e,) standard deviations of the noise, of no effect where units are dropped.
        device: as for `stack`.

    Returns:
        The members, as they are before training.
    """
    return stack(
        partial(mnist_cnn, dropout),
        seeds=seeds,
        layers=MNIST_CNN_LAYERS,
        beta=None if dropout else beta,
        device=device,
    )


def noisy(beta: float) -> str:
    """The name of the version with a noise.

    Example:
        >>> noisy(0.05)
        'noisy, beta=0.05'
    """
    return f"noisy, beta={beta:g}"


def enlarged_digits(images: int, held_out: int) -> Task:
    """scikit-learn's digits as large as MNIST's: the first of each class, then those held out.

    Arguments:
        images: to learn from; a multiple of 10.
        held_out: to validate and to measure on; a multiple of 10.

    Returns:
        The task.

    Raises:
        InvalidInputError: a class has too few images.

    Example:
        >>> enlarged_digits(100, 50).train_set.inputs.shape
        (100, 1, 28, 28)
    """
    digits = enlarge(load("digits"), factor=3, margin=2)
    per_class = (images + held_out) // len(digits.classes)
    some = subset(digits, classes=digits.classes, per_class=per_class)
    train_set, validation_set = split(some, test_fraction=held_out / some.n, seed=0)
    return Task("digits", train_set, validation_set, validation_set)


def ensembles(configuration: Configuration) -> list[EnsembleSpec]:
    """The deterministic network and the noisy ones in one ensemble, that with dropout in another.

    All learn from the same seeds and minibatches.
    """
    counts = {"images": configuration.images, "held_out": configuration.held_out}
    if configuration.task == "digits":
        task = enlarged_digits(**counts)
    else:
        task = image_task(configuration.task, configuration, **counts)
    conditions = {
        DETERMINISTIC: Condition(),
        **{noisy(beta): Condition(beta=beta) for beta in configuration.betas},
    }
    return [
        _ensemble("noise", task, configuration, conditions, dropout=0.0),
        _ensemble(
            DROPOUT, task, configuration, {DROPOUT: Condition()}, dropout=configuration.dropout
        ),
    ]


def _ensemble(
    name: str,
    task: Task,
    configuration: Configuration,
    conditions: dict[str, Condition],
    *,
    dropout: float,
) -> EnsembleSpec:
    return EnsembleSpec(
        name=name,
        task=task,
        build=partial(mnist_ensemble, dropout),
        schedule=Schedule.of({1, *configuration.even_epochs}),
        descent=DescentSpec(
            configuration.learning_rate,
            configuration.batch_size,
            configuration.final_learning_rate,
            Augmentation() if configuration.augmented else None,
        ),
        groups=tuple(
            Group(
                version,
                configuration.seeds,
                {PLANE: TWO_BINS},
                condition,
                parameters={"beta": condition.beta, "dropout": dropout},
                layers=PAPER_LAYERS,
            )
            for version, condition in conditions.items()
        ),
        activations=TANH,
        device=configuration.device,
        parameters={"scale": configuration.scale},
    )
