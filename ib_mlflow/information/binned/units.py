"""Information of every single unit of a layer whose activations are binned."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ib_mlflow.information.binned.estimator import Binned
from ib_mlflow.information.inputs.symbols import layer_array

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from ib_mlflow.information.estimate import LayerInformation


def unit_information(
    activations: ArrayLike,
    labels: ArrayLike,
    *,
    bin_size: float | None = None,
    bin_count: int | None = None,
    value_range: tuple[float, float] | None = None,
    clip: bool = False,
) -> LayerInformation:
    """H(Bin T(k)) of every unit k of a layer, and what it tells of the label.

    Each unit is measured as `binned_information` measures a layer of one unit: its i_x is the
    entropy of the unit's binned activation.

    Reference:
        Goldfeld et al. (2018), arXiv:1810.05728, section 5, on single units of layer 3.

    Arguments:
        activations: (*, n, d) float32 or float64.
        labels: (n,) integers, strings, or other discrete symbols.
        bin_size: width of every bin, as for `binned_information`.
        bin_count: number of bins, with `value_range` in place of `bin_size`.
        value_range: lowest and highest value that an activation can take.
        clip: whether values outside `value_range` count in the nearest bin.

    Returns:
        Arrays of shape (*, d) in nats: i_x = H(Bin T(k)) and i_y = I(Bin T(k); Y), and the rest.

    Raises:
        InvalidInputError: as `binned_information`.

    Example:
        >>> layer = [[0.1, 0.1], [0.2, 0.9], [-0.1, -0.1], [-0.2, -0.9]]
        >>> unit_information(layer, [0, 0, 1, 1], bin_size=0.5).i_x.round(4).tolist()
        [0.6931, 1.3863]
    """
    values, leading = layer_array(activations)
    _, n, d = values.shape
    # A layer of one unit each.
    units = np.swapaxes(values, 1, 2).reshape(*leading, d, n, 1)
    return Binned(bin_size, bin_count, value_range, clip).of_samples(units, labels)
