"""Chains of single noisy neurons, small enough for exact answers, and their training.

Reference:
    Goldfeld et al. (2018), arXiv:1810.05728, section 4, and section 8 of the supplement.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, cast

import numpy as np
import torch
from numba import njit
from numpy.typing import NDArray

from ib_mlflow.errors import CheckpointError
from ib_mlflow.training import Schedule
from ib_mlflow.trajectory import Guides
from ib_mlflow.trajectory.members import Numbers

LEAK = 0.1
"""The slope of the paper's leaky ReLU below 0: R(z) = max(z, z/10)."""
BLOCK = 4096
"""Epochs whose noise is drawn at once, from a seed of their own."""
START = 2**32 - 1
"""In the place of a block's number: the seed of where a network begins."""
F = TypeVar("F")


@dataclass(frozen=True)
class Chain:
    """One noisy neuron after another: T_l = f(w_l T_(l-1) + b_l) + N(0, beta²), T_0 the input.

    Arguments:
        name: what it is called.
        activation: f; leaky_relu is max(z, z/10).
        inputs: the k inputs, all equally likely.
        targets: what the last neuron shall give for each; equal ones make a class.
        initial: (w, b) of each neuron before training.
        learning_rate: step size of gradient descent on the mean squared error.
        beta: standard deviation of the noise.
        spread: standard deviations of w and of b before training, around the initial ones.
    """

    name: str
    activation: Literal["tanh", "leaky_relu"]
    inputs: tuple[float, ...]
    targets: tuple[float, ...]
    initial: tuple[tuple[float, float], ...]
    learning_rate: float
    beta: float
    spread: tuple[float, float] = (0.0, 0.0)

    @property
    def layers(self) -> tuple[int, ...]:
        """The numbers of its neurons, from 1."""
        return tuple(range(1, len(self.initial) + 1))

    @property
    def labels(self) -> NDArray[np.int64]:
        """The class of each input, (k,), by ascending target."""
        return np.unique(self.targets, return_inverse=True)[1].astype(np.int64)

    @property
    def classes(self) -> tuple[str, ...]:
        """The targets, as names of the classes."""
        return tuple(f"{target:g}" for target in sorted(set(self.targets)))

    @property
    def guides(self) -> Guides:
        """H(X), H(Y) and I(X;Y) in nats."""
        shares = np.bincount(self.labels) / len(self.inputs)
        h_y = float(-shares @ np.log(shares))
        return Guides(float(np.log(len(self.inputs))), h_y, h_y)

    def activate(self, z: Numbers) -> Numbers:
        """The activation f, of any shape."""
        return np.tanh(z) if self.activation == "tanh" else np.maximum(z, LEAK * z)

    def starts(self, seeds: Sequence[int]) -> Numbers:
        """Where networks of some seeds begin: (e, layers, 2), w and b of each neuron.

        Example:
            >>> chain = Chain("one", "tanh", (0.0,), (1.0,), ((2.0, 0.0),), 0.1, 0.1, (0.0, 0.5))
            >>> chain.starts([0, 1])[:, 0].round(2).tolist()
            [[2.0, 1.15], [2.0, 0.65]]
        """
        initial = np.array(self.initial)
        normals = [np.random.default_rng([s, START]).standard_normal(initial.shape) for s in seeds]
        return np.asarray(initial + np.array(self.spread) * np.array(normals))

    def propagate(
        self, weights: Numbers, *, seed: int, repeats: int = 1, noisy: bool = True
    ) -> Iterator[tuple[int, Numbers]]:
        """Send every input through networks, with fresh noise behind every neuron.

        Arguments:
            weights: (e, layers, 2) of e networks, w and b of each neuron.
            seed: of the noise.
            repeats: how often each input is sent; its rows follow each other.
            noisy: without noise the centres are those of noiseless inputs.

        Returns:
            Each layer's number, from 1, and its activations (e, k * repeats, 1) before the noise.

        Example:
            >>> chain = Chain("two", "tanh", (0.0, 1.0), (0.0, 1.0), ((1.0, 0.0),), 0.1, 0.1)
            >>> [(layer, rows.shape) for layer, rows in chain.propagate(np.ones((3, 1, 2)), seed=0)]
            [(1, (3, 2, 1))]
        """
        generator = np.random.default_rng(seed)
        below = np.repeat(np.array(self.inputs), repeats)[None]
        for layer in self.layers:
            w, b = weights[:, layer - 1, :1], weights[:, layer - 1, 1:]
            centres = self.activate(w * below + b)
            yield layer, centres[..., None]
            noise = self.beta * generator.standard_normal(centres.shape) if noisy else 0.0
            below = centres + noise

    def centres(self, weights: Numbers) -> dict[int, Numbers]:
        """Where each layer puts noiseless inputs.

        Arguments:
            weights: (*, layers, 2), w and b of each neuron.

        Returns:
            By layer (*, k), in the order of the inputs.
        """
        flat = weights.reshape(-1, *weights.shape[-2:])
        shape = (*weights.shape[:-2], len(self.inputs))
        layers = self.propagate(flat, seed=0, noisy=False)
        return {layer: centres.reshape(shape) for layer, centres in layers}


@dataclass(frozen=True, eq=False)
class ChainSnapshot:
    """The networks of a chain at one epoch.

    Arguments:
        epoch: steps of gradient descent done.
        weights: (e, layers, 2), w and b of each neuron.
    """

    epoch: int
    weights: Numbers

    def checkpoint(self) -> dict[str, Any]:
        """All that `descend` needs to go on."""
        return {"epoch": self.epoch, "weights": torch.from_numpy(self.weights.copy())}


def descend(
    chain: Chain,
    schedule: Schedule,
    *,
    seeds: Sequence[int],
    resume: Mapping[str, Any] | None = None,
) -> Iterator[ChainSnapshot]:
    """Train networks from starts of their own, by gradient descent on all inputs at once.

    Every step draws fresh noise for every input and neuron, the last one included: a function of
    the network's seed and the epoch, so that a resumed training ends with the same bits.

    Arguments:
        chain: what is trained.
        schedule: the measured epochs.
        seeds: one a network.
        resume: a checkpoint to go on after; its epoch is not yielded again.

    Returns:
        The networks at each measured epoch.

    Raises:
        CheckpointError: the checkpoint holds networks of another shape.

    Example:
        >>> chain = Chain("one", "tanh", (-1.0, 1.0), (-1.0, 1.0), ((0.0, 0.0),), 0.1, 0.01)
        >>> snapshots = descend(chain, Schedule.of([9]), seeds=[0])
        >>> [snapshot.weights[0, 0].round(2).tolist() for snapshot in snapshots]
        [[0.0, 0.0], [0.83, 0.0]]
    """
    shape = (len(seeds), len(chain.initial), 2)
    weights, yielded = chain.starts(seeds), -1
    if resume is not None:
        weights, yielded = resume["weights"].numpy().copy(), int(resume["epoch"])
        if weights.shape != shape:
            raise CheckpointError(
                f"a checkpoint must hold weights of shape {shape}",
                received=weights.shape,
                fix="Start over with fresh=true.",
            )
    taken = max(yielded, 0)
    for epoch in schedule.epochs:
        if epoch <= yielded:
            continue
        while taken < epoch:
            block, first = divmod(taken, BLOCK)
            steps = min(BLOCK - first, epoch - taken)
            for seed, network in zip(seeds, weights, strict=True):
                noise = _noise(seed, block, len(chain.initial), len(chain.inputs))
                _descend(
                    network,
                    np.array(chain.inputs),
                    np.array(chain.targets),
                    chain.beta * noise[first : first + steps],
                    chain.learning_rate,
                    chain.activation == "leaky_relu",
                )
            taken += steps
        yield ChainSnapshot(epoch, weights.copy())


def _noise(seed: int, block: int, layers: int, inputs: int) -> Numbers:
    return np.random.default_rng([seed, block]).standard_normal((BLOCK, layers, inputs))


def _compiled(function: F) -> F:
    return cast("F", njit(cache=True, nogil=True, error_model="numpy")(function))


@_compiled
def _descend(
    weights: Any, inputs: Any, targets: Any, noise: Any, learning_rate: float, leaky: bool
) -> None:
    """Take a step for each row of the noise (steps, layers, k), in place."""
    layers = weights.shape[0]
    values, slopes = np.empty(layers + 1), np.empty(layers)
    gradient = np.empty((layers, 2))
    for step in range(noise.shape[0]):
        gradient[:] = 0.0
        for i in range(inputs.size):
            values[0] = inputs[i]
            for layer in range(layers):
                z = weights[layer, 0] * values[layer] + weights[layer, 1]
                if leaky:
                    slopes[layer] = 1.0 if z > 0 else LEAK
                    centre = slopes[layer] * z
                else:
                    centre = np.tanh(z)
                    slopes[layer] = 1.0 - centre * centre
                values[layer + 1] = centre + noise[step, layer, i]
            back = 2.0 * (values[layers] - targets[i]) / inputs.size
            for layer in range(layers - 1, -1, -1):
                back *= slopes[layer]
                gradient[layer, 0] += back * values[layer]
                gradient[layer, 1] += back
                back *= weights[layer, 0]
        for layer in range(layers):
            for part in range(2):
                weights[layer, part] -= learning_rate * gradient[layer, part]
