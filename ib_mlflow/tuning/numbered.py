"""Points that depend on the seed and their number only, whatever happened before.

Optuna's own grid and QMC samplers count the trials that they meet in the storage, so that a search
that was cut off and goes on takes up other points than one that was not.
"""

from __future__ import annotations

import functools
import warnings
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import qmc

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ib_mlflow.tuning.parameters import Value
    from ib_mlflow.tuning.spaces import Space


def grid_point(space: Space, seed: int, number: int) -> dict[str, Value]:
    """One point of the grid, whose points are taken in an order drawn by the seed.

    Arguments:
        space: without continuous parameters.
        seed: of the order.
        number: the trial's, from 0; below the grid's size.

    Returns:
        The values by name.

    Example:
        >>> from ib_mlflow.tuning import Space
        >>> space = Space.parse("members=2..4")
        >>> sorted(grid_point(space, 0, number)["members"] for number in range(3))
        [2, 3, 4]
    """
    assert space.size is not None
    return space.point(int(_order(space.size, seed)[number]))


def sobol_point(space: Space, seed: int, number: int) -> dict[str, Value]:
    """One point of a scrambled Sobol' sequence.

    Reference:
        Owen (1998), Scrambling Sobol' and Niederreiter–Xing points.

    Arguments:
        space: of any parameters.
        seed: of the scrambling.
        number: the trial's, from 0.

    Returns:
        The values by name.

    Example:
        >>> from ib_mlflow.tuning import Space
        >>> space = Space.parse("activation=tanh|relu")
        >>> sorted(sobol_point(space, 0, number)["activation"] for number in range(2))
        ['relu', 'tanh']
    """
    sequence = qmc.Sobol(len(space.names), scramble=True, rng=np.random.default_rng(seed))
    if number:
        sequence.fast_forward(number)
    with warnings.catch_warnings():
        # SciPy says that one point is no balanced set; the trials before it make it one.
        warnings.filterwarnings("ignore", "The balance properties of Sobol", UserWarning)
        position = sequence.random(1)[0]
    return space.at([float(min(part, np.nextafter(1.0, 0.0))) for part in position])


@functools.lru_cache(maxsize=8)
def _order(size: int, seed: int) -> NDArray[np.int64]:
    return np.random.default_rng(seed).permutation(size)
