"""The architecture of a fully connected network, as a value."""

from __future__ import annotations

import operator
from collections import OrderedDict
from dataclasses import dataclass
from itertools import pairwise

from torch import nn

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks.compiled import elementwise
from ib_mlflow.networks.noise import GaussianNoise

ACTIVATIONS: dict[str, tuple[int, type[nn.Module]]] = {
    "tanh": (elementwise.TANH, nn.Tanh),
    "relu": (elementwise.RELU, nn.ReLU),
    "leaky_relu": (elementwise.LEAKY_RELU, nn.LeakyReLU),
    "linear": (elementwise.LINEAR, nn.Identity),
    "sigmoid": (elementwise.SIGMOID, nn.Sigmoid),
}


@dataclass(frozen=True)
class MLP:
    """A fully connected architecture: widths and the activation of each hidden layer.

    Arguments:
        widths: (m, hidden..., c), at least (m, c).
        activations: one of tanh, relu, leaky_relu (slope 0.01), linear, sigmoid for each hidden
            layer; the output is a softmax.

    Raises:
        InvalidInputError: if a width is not positive, c < 2, an activation is unknown, or their
            number is not that of the hidden layers.

    Example:
        >>> MLP((12, 10, 7, 2), ("tanh", "relu")).codes
        (0, 1, 5)
    """

    widths: tuple[int, ...]
    activations: tuple[str, ...]

    def __post_init__(self) -> None:
        try:
            widths = tuple(operator.index(width) for width in self.widths)
        except TypeError:
            widths = ()
        if len(widths) < 2 or min(widths) < 1 or widths[-1] < 2:
            raise InvalidInputError(
                "widths must be positive integers (m, hidden..., c) with at least two classes",
                received=self.widths,
                fix="Try (12, 10, 7, 5, 4, 3, 2).",
            )
        object.__setattr__(self, "widths", widths)
        if len(self.activations) != len(widths) - 2 or not set(self.activations) <= set(
            ACTIVATIONS
        ):
            raise InvalidInputError(
                f"each of the {len(widths) - 2} hidden layers must have one known activation",
                received=self.activations,
                fix=f"Give as many of {', '.join(ACTIVATIONS)}, or one name for all.",
            )

    @property
    def codes(self) -> tuple[int, ...]:
        """The activations as the compiled kernels number them, the softmax last."""
        return (*(ACTIVATIONS[name][0] for name in self.activations), elementwise.SOFTMAX)

    def template(self, *, noisy: bool = False) -> nn.Sequential:
        """One network without numbers: flatten, layer_1, activation_1, (noise_1,) layer_2, ..."""
        modules: OrderedDict[str, nn.Module] = OrderedDict(flatten=nn.Flatten())
        for number, (inputs, outputs) in enumerate(pairwise(self.widths), start=1):
            modules[f"layer_{number}"] = nn.Linear(inputs, outputs, device="meta")
            if number <= len(self.activations):
                modules[f"activation_{number}"] = ACTIVATIONS[self.activations[number - 1]][1]()
                if noisy:
                    modules[f"noise_{number}"] = GaussianNoise(0)
        return nn.Sequential(modules)
