"""What networks draw while they learn: Gaussian noise on hidden neurons, and dropout.

In an ensemble that `train` trains, the draws of a member are functions of its seed, the epoch, the
sample's position in it, the layer and the unit: twins see the same draws, and nobody notices the
other members, the threads or an interruption. Elsewhere they come from torch's generator.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import torch
from scipy.special import ndtri
from torch import Tensor, nn

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks.compiled import kernels
from ib_mlflow.networks.members import in_threads

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import ArrayLike, NDArray

TRAINING, PROPAGATION = 0, 1  # what a stream is for; that of a k-th twin is PROPAGATION + k


class RandomLayer(nn.Module):
    """A layer that needs a standard normal number for every unit of every sample it sees.

    Attributes:
        draws: `(n, d)` to be used, if whoever runs the network has given them.
    """

    draws: Tensor | None = None

    def standard_normals(self, inputs: Tensor) -> Tensor:
        """One for each element of inputs `(n, ...)`, of its type."""
        if self.draws is None:
            return torch.randn_like(inputs)
        return self.draws.reshape(inputs.shape).to(inputs.dtype)


class GaussianNoise(RandomLayer):
    """Add noise of standard deviation β to every unit in training; the identity in evaluation.

    Reference:
        Goldfeld et al., "Estimating Information Flow in DNNs", ICLR 2019 submission, section 2.

    Arguments:
        beta: standard deviation of the noise; the same in all layers of one network.

    Raises:
        InvalidInputError: if it is not a finite number, at least 0.

    Example:
        >>> layer = GaussianNoise(0.1)
        >>> bool((layer(torch.zeros(5)) == 0).any()), bool((layer.eval()(torch.ones(5)) == 1).all())
        (False, True)
    """

    beta: Tensor

    def __init__(self, beta: float) -> None:
        super().__init__()
        # float64 in networks of any precision, because estimators ask for it
        self.register_buffer("beta", torch.tensor(checked_beta(beta, 1)[0], dtype=torch.float64))

    def forward(self, inputs: Tensor) -> Tensor:
        """`(n, ...)` to the same shape."""
        if not self.training:
            return inputs
        return inputs + self.beta.to(inputs.dtype) * self.standard_normals(inputs)


class Dropout(RandomLayer):
    """Drop units with probability p in training, as `torch.nn.Dropout` does.

    Reference:
        Srivastava et al. (2014), "Dropout: a simple way to prevent neural networks from
        overfitting"; what is kept is divided by 1 − p.

    Arguments:
        p: probability of dropping a unit, at least 0 and below 1.

    Raises:
        InvalidInputError: if p is out of range.

    Example:
        >>> sorted(set(Dropout(0.75)(torch.ones(1000)).tolist()))
        [0.0, 4.0]
    """

    def __init__(self, p: float) -> None:
        super().__init__()
        if not 0 <= p < 1:
            raise InvalidInputError(
                "p must be at least 0 and below 1", received=p, fix="Goldfeld et al. took 0.2."
            )
        self.p = float(p)

    def forward(self, inputs: Tensor) -> Tensor:
        """`(n, ...)` to the same shape."""
        if not self.training:
            return inputs
        kept = self.standard_normals(inputs) >= float(ndtri(self.p))  # that quantile has p below it
        return inputs * kept / (1 - self.p)

    def extra_repr(self) -> str:
        """What `repr` shows, by which ensembles are told apart."""
        return f"p={self.p}"


def noise_layers(network: nn.Module) -> dict[str, GaussianNoise]:
    """The noise layers of a network by name, in order.

    Example:
        >>> list(noise_layers(nn.Sequential(nn.Linear(2, 2), nn.Tanh(), GaussianNoise(0.1))))
        ['2']
    """
    named = network.named_modules()
    return {name: module for name, module in named if isinstance(module, GaussianNoise)}


def random_layers(network: nn.Module) -> dict[str, RandomLayer]:
    """The layers of a network that draw, by name, in order.

    Example:
        >>> list(random_layers(nn.Sequential(GaussianNoise(0.1), nn.Tanh(), Dropout(0.2))))
        ['0', '2']
    """
    named = network.named_modules()
    return {name: module for name, module in named if isinstance(module, RandomLayer)}


@contextmanager
def given(layers: Sequence[RandomLayer], draws: Sequence[Tensor]) -> Iterator[None]:
    """Let layers use these draws, one tensor `(n, d)` for each layer."""
    for layer, noise in zip(layers, draws, strict=True):
        layer.draws = noise
    try:
        yield
    finally:
        for layer in layers:
            layer.draws = None


def checked_beta(beta: ArrayLike, members: int) -> NDArray[np.float64]:
    """A standard deviation of noise for each member, `(e,)`, from one for all or one for each.

    Example:
        >>> checked_beta(0.005, 3)
        array([0.005, 0.005, 0.005])
    """
    try:
        numbers = np.array(np.broadcast_to(np.asarray(beta, np.float64), (members,)))
    except (TypeError, ValueError):
        numbers = np.full(members, np.nan)
    if not (np.isfinite(numbers) & (numbers >= 0)).all():
        raise InvalidInputError(
            "beta must be at least 0 and finite, one number or one for each member",
            received=beta,
            fix="Give the standard deviation of the noise, 0 for a deterministic network.",
        )
    return numbers


def training_streams(seeds: Sequence[int], epoch: int) -> NDArray[np.uint32]:
    """Streams `(e, 3)` of the noise in one epoch; members with equal seeds have equal ones."""
    return np.array([(seed, epoch, TRAINING) for seed in seeds], np.uint32)


def propagation_streams(seeds: Sequence[int], seed: int) -> NDArray[np.uint32]:
    """Streams `(e, 3)` of the noise of one propagation, different for all members."""
    twins = [seeds[:member].count(own) for member, own in enumerate(seeds)]
    rows = zip(seeds, twins, strict=True)
    return np.array([(seed, own, PROPAGATION + twin) for own, twin in rows], np.uint32)


def standard_normals(
    streams: NDArray[np.uint32], *, layer: int, start: int, rows: int, units: int
) -> NDArray[np.float32]:
    """Draws that are functions of where they are used.

    Arguments:
        streams: `(e, 3)`, from `training_streams` or `propagation_streams`.
        layer: the number of the layer that draws, from 1.
        start: position of the first sample.
        rows: number of samples, n.
        units: number of units, d.

    Returns:
        `(e, n, d)`.

    Example:
        >>> streams = training_streams((7, 7, 8), epoch=1)
        >>> one, twin, other = standard_normals(streams, layer=1, start=0, rows=2, units=3)
        >>> bool((one == twin).all()), bool((one == other).any())
        (True, False)
    """
    draws = np.empty((len(streams), rows, units), np.float32)
    in_threads(
        lambda first, last: kernels.draw(draws, start, layer, streams, first, last), len(streams)
    )
    return draws
