"""Bins whose outer borders are the bounds of each layer's activation function."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information.binned.bins import ACTIVATION_RANGES, positive_size
from ib_mlflow.information.binned.estimator import Binned


@dataclass(frozen=True)
class BoundedBins:
    """The binning estimator with bins of a size between the bounds of each layer's activation.

    A tanh layer has its outer borders at -1 and 1, the softmax output at 0 and 1. A ReLU layer
    begins at 0 and has no end, as an upper border at its largest value would change no bin.

    Reference:
        *Revisiting the Information Plane*, appendix G.

    Arguments:
        bin_size: width of a bin, in activation units; the last of a layer is as wide as is left.
        activations: of every measured layer, the output last.

    Raises:
        InvalidInputError: for an activation without a lower bound, or an unknown one.

    Example:
        >>> bins = BoundedBins(0.3, ("tanh", "relu", "softmax"))
        >>> bins.name, bins.setting
        ('binned', 'bin_size=0.3,bin_origin=bounds')
        >>> [bins.at_layer(layer).setting for layer in (1, 2)]
        ['bin_size=0.3,low=-1.0,high=1.0', 'bin_size=0.3']
    """

    bin_size: float
    activations: tuple[str, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "bin_size", positive_size(self.bin_size))
        object.__setattr__(self, "activations", tuple(self.activations))
        bounded = [name for name, (low, _) in ACTIVATION_RANGES.items() if low > -math.inf]
        for activation in self.activations:
            if activation not in bounded:
                raise InvalidInputError(
                    "borders at the bounds of an activation need a lower one, which "
                    f"{', '.join(bounded)} have",
                    received=activation,
                    fix="Let bins of other activations have an edge at 0.",
                )

    @property
    def name(self) -> str:
        """The estimator's name in a trajectory."""
        return "binned"

    @property
    def setting(self) -> str:
        """The choice of bins."""
        return f"bin_size={self.bin_size},bin_origin=bounds"

    def at_layer(self, layer: int) -> Binned:
        """The estimator of a layer, counted from 1.

        Raises:
            InvalidInputError: there is no such layer.
        """
        if not 1 <= layer <= len(self.activations):
            raise InvalidInputError(
                f"the activations of {len(self.activations)} layers are known",
                received=f"layer {layer}",
                fix="Name the activation of every measured layer, the output's last.",
            )
        low, high = ACTIVATION_RANGES[self.activations[layer - 1]]
        # All lower bounds without an upper one are 0, where bins of a size have an edge anyway.
        return Binned(self.bin_size, value_range=(low, high) if high < math.inf else None)
