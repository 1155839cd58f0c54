"""Labels drawn at random: from all classes alike for a share of the samples, or from p(y | x)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ib_mlflow.data.splits import check_seed
from ib_mlflow.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ib_mlflow.data.dataset import Dataset


def random_labels(dataset: Dataset, *, share: float, seed: int) -> NDArray[np.int64]:
    """Labels of a dataset, a share of which is drawn anew from all classes alike.

    Which samples are drawn and what they get follows from the seed; a larger share draws for the
    samples of a smaller one too, and gives them the same.

    Reference:
        Zhang et al. (2017), arXiv:1611.03530, section 2.1: "partially corrupted labels".

    Arguments:
        dataset: of n samples.
        share: of the samples, from 0 to 1; n · share of them, rounded.
        seed: of the draws, 0..2³² − 1.

    Returns:
        (n,) labels; by chance some that were drawn are as they were.

    Raises:
        InvalidInputError: an argument is out of range.

    Example:
        >>> from ib_mlflow.data import load
        >>> szt = load("szt")
        >>> kept = random_labels(szt, share=0.5, seed=0) == szt.labels
        >>> bool(0.7 < kept.mean() < 0.8)
        True
    """
    check_seed(seed)
    if not isinstance(share, int | float | np.number) or not 0 <= share <= 1:
        raise InvalidInputError(
            "share must lie in [0, 1]", received=repr(share), fix="Try 0.5, for half of the labels."
        )
    generator = np.random.default_rng(seed)
    order, fresh = generator.permutation(dataset.n), generator.integers(0, dataset.c, dataset.n)
    rows = order[: round(dataset.n * share)]
    labels = dataset.labels.copy()
    labels[rows] = fresh[rows]
    return labels


def sample_labels(conditionals: NDArray[np.float64], *, seed: int) -> NDArray[np.int64]:
    """A label for each sample, drawn from its own distribution.

    Of one seed, distributions that differ little give labels that differ little.

    Arguments:
        conditionals: (n, c) p(y | x), a row for each sample, each with sum 1.
        seed: of the draws, 0..2³² − 1.

    Returns:
        (n,) labels, 0..c − 1.

    Raises:
        InvalidInputError: an argument is out of range.

    Example:
        >>> sample_labels(np.array([[1.0, 0.0], [0.0, 1.0]]), seed=0).tolist()
        [0, 1]
    """
    check_seed(seed)
    rows = np.asarray(conditionals, np.float64)
    if rows.ndim != 2 or not (rows >= 0).all() or not np.allclose(rows.sum(axis=1), 1):
        raise InvalidInputError(
            "conditionals must be p(y | x) of shape (n, c): not negative, each row with sum 1",
            received=f"shape {rows.shape}",
            fix="Divide each row of a joint distribution by its sum.",
        )
    below = np.cumsum(rows, axis=1)[:, :-1]
    uniform = np.random.default_rng(seed).random(len(rows))
    return np.asarray((uniform[:, None] >= below).sum(axis=1))
