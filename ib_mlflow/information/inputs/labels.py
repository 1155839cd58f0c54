"""Whether labels are few enough, for the samples there are, that I(T;Y) tells of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ib_mlflow.information.discrete.rowhash import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

# numba's cache watches this file alone: a change of what it inlines must change this (tested)
INLINED_SHA256 = {"discrete/rowhash": "bdc74e5509ff056a"}
# The share of H(Y) that a layer which knows nothing of Y may seem to know.
LARGEST_CHANCE = 1 / 3


@compiled
def chance_information(count: Any) -> Any:
    """What counting makes of I(T;Y) when the layer is independent of the labels.

    The entropy of T given a label is too low by (c - 1) / 2n to first order, n the samples with
    that label and c the cells of T, and by ln c at most. The layer has as many cells, equally
    likely, as are needed to hold H(Y), c = exp H(Y). Where most labels come once it seems to know
    nearly all of Y, whatever it is.

    Reference:
        Miller (1955), "Note on the bias of information estimates"; Paninski (2003), "Estimation
        of entropy and mutual information", Neural Computation 15, section 4.

    Arguments:
        count: (labels,) samples of each label, integers; zeros are passed over.

    Returns:
        A share of H(Y), from 0 to 1; 0 for a single label.

    Example:
        >>> ordinary, every = np.full(10, 410), np.ones(4096, int)
        >>> round(chance_information(ordinary), 3), round(chance_information(every), 3)
        (0.004, 0.94)
    """
    n = count.sum()
    h_y = 0.0
    for label in range(count.size):
        if count[label]:
            h_y += count[label] / n * np.log(n / count[label])
    if h_y == 0:
        return 0.0
    excess = np.exp(h_y) - 1
    information = -excess / (2 * n)
    for label in range(count.size):
        if count[label]:
            information += count[label] / n * min(excess / (2 * count[label]), h_y)
    return information / h_y


def labels_suffice(count: NDArray[np.integer]) -> bool:
    """Whether I(T;Y) of any layer may be called reliable with such labels.

    Every estimator of a layer's informations asks this. Labels that come once or a few times each
    do not suffice, those of a continuous variable among them.

    Arguments:
        count: (labels,) samples of each label.

    Returns:
        Whether `chance_information` is at most a third of H(Y). Of equally frequent labels 10
        suffice from 6 samples of each on, 100 from 32, 1000 from 217.

    Example:
        >>> labels_suffice(np.array([40, 40, 40])), labels_suffice(np.full(60, 2))
        (True, False)
    """
    return bool(chance_information(count) <= LARGEST_CHANCE)
