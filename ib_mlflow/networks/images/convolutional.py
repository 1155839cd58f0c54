"""Convolutional networks of images whose layers are measured while they learn."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from torch import nn

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks.noise import Dropout, GaussianNoise

if TYPE_CHECKING:
    from collections.abc import Sequence

RELU_CNN_LAYERS = ("pool_1", "pool_2", "relu_3")
"""The hidden layers of `relu_cnn`, each behind the weights of its number."""
SMALLEST = 4
"""The side of an image that two poolings leave something of."""
MNIST_CNN_LAYERS = ("pool_1", "pool_2", "tanh_3", "full_4")
"""What Goldfeld et al. call layers 1 to 4; the last are the logits."""


def mnist_cnn(dropout: float = 0.0) -> nn.Sequential:
    """Make the MNIST CNN of Goldfeld et al., with weights drawn as PyTorch draws them.

    Two blocks of a 5 × 5 convolution (16 and 32 maps, padding 2), batch normalisation, tanh, noise
    and 2 × 2 max-pooling, a block of 128 units with batch normalisation, tanh and noise, and 10
    logits. With equal seeds its versions start from equal weights, because what differs between
    them draws no number then.

    Reference:
        Goldfeld et al., "Estimating Information Flow in DNNs", ICLR 2019 submission, supplement
        9.3. They trained it for 128 epochs by plain gradient descent with batches of 32, a
        learning rate falling geometrically from 5e-3 to 5e-4, and augmented images.

    Arguments:
        dropout: probability of dropping a unit, in the places of the noise; the paper took 0.2. If
            it is 0, noise is there with β = 0, which `stack(beta=...)` sets for each member.

    Returns:
        A network from images `(n, 1, 28, 28)` to logits `(n, 10)`.

    Raises:
        InvalidInputError: if dropout is not at least 0 and below 1.

    Example:
        >>> from ib_mlflow.networks import stack
        >>> ensemble = stack(mnist_cnn, seeds=(0, 0), layers=MNIST_CNN_LAYERS, beta=[0, 0.05])
        >>> ensemble.layer_names
        ('pool_1', 'pool_2', 'tanh_3', 'full_4', 'output')
    """

    def random_layer() -> nn.Module:
        return Dropout(dropout) if dropout else GaussianNoise(0)

    return nn.Sequential(
        OrderedDict(
            convolution_1=nn.Conv2d(1, 16, 5, padding=2),
            normalisation_1=nn.BatchNorm2d(16),
            tanh_1=nn.Tanh(),
            noise_1=random_layer(),
            pool_1=nn.MaxPool2d(2),
            convolution_2=nn.Conv2d(16, 32, 5, padding=2),
            normalisation_2=nn.BatchNorm2d(32),
            tanh_2=nn.Tanh(),
            noise_2=random_layer(),
            pool_2=nn.MaxPool2d(2),
            flatten=nn.Flatten(),
            full_3=nn.Linear(32 * 7 * 7, 128),
            normalisation_3=nn.BatchNorm1d(128),
            tanh_3=nn.Tanh(),
            noise_3=random_layer(),
            full_4=nn.Linear(128, 10),
        )
    )


def relu_cnn(
    shape: Sequence[int], *, classes: int, filters: tuple[int, int] = (16, 32), units: int = 128
) -> nn.Sequential:
    """Make a plain convolutional ReLU network, with weights drawn as PyTorch draws them.

    Two blocks of a 5 × 5 convolution (padding 2), ReLU and 2 × 2 max-pooling, a full layer with
    ReLU, and the logits: nothing is normalised, dropped or noisy.

    Arguments:
        shape: (channels, h, w) of an image.
        classes: c.
        filters: of the two convolutions.
        units: of the full layer.

    Returns:
        A network from images `(n, channels, h, w)` to logits `(n, c)`.

    Raises:
        InvalidInputError: a number below 1, or images of less than 4 × 4.

    Example:
        >>> from functools import partial
        >>> from ib_mlflow.networks import stack
        >>> make = partial(relu_cnn, (3, 32, 32), classes=10)
        >>> stack(make, seeds=(0, 1), layers=RELU_CNN_LAYERS).layer_names
        ('pool_1', 'pool_2', 'relu_3', 'output')
    """
    numbers = (*shape, classes - 1, *filters, units)
    if len(shape) != 3 or min(numbers) < 1 or min(shape[1:]) < SMALLEST:
        raise InvalidInputError(
            "shape must be (channels, h, w) with sides of at least 4, classes at least 2, and "
            "every other number at least 1",
            received=f"shape={tuple(shape)}, classes={classes}, filters={filters}, units={units}",
            fix="Give images of 4 × 4 pixels or more.",
        )
    channels, h, w = shape
    first, second = filters
    return nn.Sequential(
        OrderedDict(
            convolution_1=nn.Conv2d(channels, first, 5, padding=2),
            relu_1=nn.ReLU(),
            pool_1=nn.MaxPool2d(2),
            convolution_2=nn.Conv2d(first, second, 5, padding=2),
            relu_2=nn.ReLU(),
            pool_2=nn.MaxPool2d(2),
            flatten=nn.Flatten(),
            full_3=nn.Linear(second * (h // 4) * (w // 4), units),
            relu_3=nn.ReLU(),
            full_4=nn.Linear(units, classes),
        )
    )
