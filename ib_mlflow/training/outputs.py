"""Outputs that the cross-entropy takes for what they are not."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

logger = logging.getLogger(__name__)

ROUNDING = 1e-4
"""How far from 1 the sum of probabilities may be by rounding."""


def are_probabilities(outputs: NDArray[Any]) -> bool:
    """Whether outputs are distributions over classes: what a last softmax leaves.

    Arguments:
        outputs: `(e, n, c)` of e members for n inputs.

    Example:
        >>> are_probabilities(np.array([[[0.25, 0.75]]])), are_probabilities(np.array([[[1.0]]]))
        (True, False)
    """
    if outputs.shape[2] < 2 or not outputs.size:
        return False
    sums = outputs.sum(axis=2, dtype=np.float64)
    soft = (outputs % 1 != 0).any()  # rows of a table of ones and zeros are no softmax
    return bool(soft and (outputs >= 0).all() and (np.abs(sums - 1) <= ROUNDING).all())


def warn_of_probabilities(outputs: NDArray[Any]) -> None:
    """Say in the log that networks end in a softmax, of which the loss takes another.

    They learn all the same, though slowly: the softmax of probabilities is never far from uniform.

    Arguments:
        outputs: `(e, n, c)` before training.
    """
    if are_probabilities(outputs):
        logger.warning(
            "the outputs are probabilities: the loss takes logits, and their softmax; "
            "leave out the last softmax of the network"
        )
