"""The classification tasks of the studies, each with the part that is trained on and measured."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from ib_mlflow.data import Dataset, head, load, split, subset
from ib_mlflow.data.registry import DATASETS
from ib_mlflow.studies.configuration import LearningConfiguration, PerceptronConfiguration
from ib_mlflow.trajectory import Guides


@dataclass(frozen=True, eq=False)
class Task:
    """What a network learns, and what it is validated on.

    Arguments:
        name: the task.
        train_set: learned from.
        validation_set: only losses and accuracies are computed on it.
        measured: on what the layers are measured; its entropies are the guides.
        known: the guides where p(x, y) is known, of which the measured labels are a sample.
    """

    name: str
    train_set: Dataset
    validation_set: Dataset
    measured: Dataset
    known: Guides | None = None

    @property
    def guides(self) -> Guides:
        """H(X), H(Y) and I(X;Y), known or else of the measured part, in nats."""
        if self.known is not None:
            return self.known
        part = self.measured
        return Guides(h_x=part.input_entropy, h_y=part.label_entropy, i_xy=part.information_xy)

    @property
    def datasets(self) -> Iterator[tuple[str, Dataset]]:
        """Its parts, by what they are used for."""
        yield "training", self.train_set
        yield "validation", self.validation_set
        if self.measured is not self.train_set:
            yield "measured", self.measured


def split_task(name: str, configuration: PerceptronConfiguration) -> Task:
    """Load a task whose layers are measured on what is learnt.

    Arguments:
        name: a built-in dataset.
        configuration: the study's parameters: test fraction and seed of the split.

    Returns:
        The task.

    Example:
        >>> configuration = PerceptronConfiguration(members=1, epochs=1)
        >>> split_task("szt", configuration).train_set.n
        3276
    """
    train_set, validation_set = _halves(name, configuration.test_fraction, configuration.split_seed)
    return Task(name, train_set, validation_set, train_set)


@lru_cache(maxsize=4)
def _halves(name: str, test_fraction: float, seed: int) -> tuple[Dataset, Dataset]:
    # Every trial of a search asks for them, and their entropies and digests are theirs.
    return split(load(name), test_fraction=test_fraction, seed=seed)


def whole_task(name: str, configuration: PerceptronConfiguration) -> Task:
    """Load a task whose layers are measured on every sample, those kept for testing included.

    Arguments:
        name: a built-in dataset.
        configuration: the study's parameters: test fraction and seed of the split.

    Returns:
        The task.

    Example:
        >>> configuration = PerceptronConfiguration(members=1, epochs=1)
        >>> whole_task("szt", configuration).measured.n
        4096
    """
    learned = split_task(name, configuration)
    return Task(name, learned.train_set, learned.validation_set, load(name))


def share_task(name: str, share: float, configuration: PerceptronConfiguration) -> Task:
    """Load a task of which a share is learnt, whose layers are measured on every sample.

    Arguments:
        name: a built-in dataset.
        share: of its samples, at most what is not kept for testing; a larger one holds a smaller.
        configuration: the study's parameters: test fraction and seed of the split.

    Returns:
        The task; what it is validated on is the same for any share.

    Example:
        >>> configuration = PerceptronConfiguration(members=1, epochs=1)
        >>> task = share_task("szt", 0.05, configuration)
        >>> task.train_set.n, task.validation_set.n, task.measured.n
        (205, 820, 4096)
    """
    whole = whole_task(name, configuration)
    count = min(round(share * whole.measured.n), whole.train_set.n)
    return Task(name, head(whole.train_set, count), whole.validation_set, whole.measured)


def image_task(
    name: str, configuration: LearningConfiguration, *, images: int, held_out: int
) -> Task:
    """Load images of all classes, the first ones of each class, measured on those held out.

    Arguments:
        name: a dataset of images with a training and a test part.
        configuration: the study's parameters: the folder of data files.
        images: to learn from; a multiple of the number of classes.
        held_out: to validate and to measure on; a multiple of the number of classes.

    Returns:
        The task.

    Raises:
        DataError: files are missing or damaged.
    """
    train_set, validation_set = (
        subset(whole, classes=whole.classes, per_class=count // len(whole.classes))
        if count < whole.n
        else whole
        for part, count in (("train", images), ("test", held_out))
        for whole in [load(name, root=configuration.root, part=part)]
    )
    return Task(name, train_set, validation_set, validation_set)


def divided_task(
    name: str,
    configuration: LearningConfiguration,
    *,
    images: int,
    test_fraction: float,
    split_seed: int,
) -> Task:
    """Load images of all classes, the first ones of each class, and divide them at random.

    Arguments:
        name: a dataset of images; of one with a training and a test part, the training part.
        configuration: the study's parameters: the folder of data files.
        images: in all; a multiple of the number of classes.
        test_fraction: share that is kept for testing.
        split_seed: of the division.

    Returns:
        The task, measured on what is learnt.

    Raises:
        DataError: files are missing or damaged.
        InvalidInputError: a class has too few images.

    Example:
        >>> configuration = LearningConfiguration(members=1, epochs=1)
        >>> task = divided_task(
        ...     "digits", configuration, images=500, test_fraction=0.2, split_seed=0
        ... )
        >>> task.train_set.n, task.validation_set.n
        (400, 100)
    """
    parts = getattr(DATASETS.get(name), "parts", ()) or (None,)
    whole = load(name, root=configuration.root, part=parts[0])
    some = subset(whole, classes=whole.classes, per_class=images // len(whole.classes))
    train_set, validation_set = split(some, test_fraction=test_fraction, seed=split_seed)
    return Task(name, train_set, validation_set, train_set)
