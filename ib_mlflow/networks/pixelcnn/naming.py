"""Heads by their names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks.pixelcnn.heads import Bernoulli, Categorical
from ib_mlflow.networks.pixelcnn.logistic import DiscretizedLogisticMixture

if TYPE_CHECKING:
    from ib_mlflow.networks.pixelcnn.heads import Head

HEADS = ("logistic", "softmax", "bernoulli")


def named_head(name: str, channels: int, mixtures: int) -> Head:
    """Make a head by its name.

    Arguments:
        name: "logistic", "softmax" or "bernoulli".
        channels: of the images.
        mixtures: components of the logistic one.

    Raises:
        InvalidInputError: for another name.

    Example:
        >>> named_head("softmax", 1, mixtures=10).size
        256
    """
    if name == "logistic":
        return DiscretizedLogisticMixture(channels, mixtures)
    if name == "softmax":
        return Categorical(channels)
    if name == "bernoulli":
        return Bernoulli(channels)
    raise InvalidInputError(
        "head must be a known name", received=repr(name), fix=f"Use one of {', '.join(HEADS)}."
    )
