"""Fully connected networks with a softmax output, the subjects of most studies."""

from __future__ import annotations

from collections.abc import Collection
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks.compiled import elementwise, kernels
from ib_mlflow.networks.ensembles.rows import PRECISIONS
from ib_mlflow.networks.ensembles.stacked import StackedEnsemble
from ib_mlflow.networks.members import (
    checked_device,
    checked_propagation,
    checked_seeds,
    consecutive_seeds,
    in_threads,
)
from ib_mlflow.networks.noise import checked_beta, noise_layers, propagation_streams
from ib_mlflow.networks.perceptrons.architecture import ACTIVATIONS, MLP
from ib_mlflow.networks.perceptrons.initialisation import initial_parameters
from ib_mlflow.networks.perceptrons.sizes import check_activations, check_weights

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import ArrayLike, NDArray

LARGEST_COMPILED = 500_000  # weights of a member; above, torch's matrix products win


class MLPEnsemble(StackedEnsemble):
    """An `Ensemble` of fully connected networks; made by `mlp`."""

    def __init__(
        self,
        spec: MLP,
        parameters: dict[str, Tensor],
        seeds: tuple[int, ...],
        beta: NDArray[np.float64],
    ) -> None:
        self.spec = spec
        template = spec.template(noisy=bool(beta.any()))
        device = next(iter(parameters.values())).device
        super().__init__(
            template,
            parameters,
            {f"{name}.beta": torch.tensor(beta, device=device) for name in noise_layers(template)},
            seeds=seeds,
            measured=tuple(f"activation_{k}" for k in range(1, len(spec.widths) - 1)),
            layer_names=tuple(f"layer_{k}" for k in range(1, len(spec.widths))),
        )

    @property
    def compiled(self) -> bool:
        """Whether the compiled kernels compute it: on the CPU, and not too wide."""
        weights = sum(i * o for i, o in pairwise(self.spec.widths))
        return self.device.type == "cpu" and weights <= LARGEST_COMPILED

    def weights(self, number: int) -> NDArray[Any]:
        """Layer `number`'s weights and biases in one array, `(e, outputs, inputs + 1)`."""
        weight = self.parameters[f"layer_{number}.weight"]
        bias = self.parameters[f"layer_{number}.bias"]
        return torch.cat([weight, bias.unsqueeze(2)], dim=2).numpy()

    def activations(self, inputs: ArrayLike) -> Iterator[tuple[int, NDArray[Any]]]:
        """Yield each layer's number and its activations `(e, n, d)`, computed one at a time."""
        if self.device.type == "cpu":
            rows = np.shape(inputs)[0] if np.ndim(inputs) else 0
            check_activations(self.spec.widths, self.members, rows, self.dtype.itemsize)
        if not self.compiled:
            yield from super().activations(inputs)
            return
        below = self._checked(inputs)[None]
        for number, code in enumerate(self.spec.codes, start=1):
            below = self._layer(number, below, code)
            yield number, below

    def propagate(
        self, inputs: ArrayLike, *, seed: int, repeats: int = 1
    ) -> Iterator[tuple[int, NDArray[Any]]]:
        """Yield each hidden layer's number and S `(e, n · repeats, d)`, computed one at a time."""
        if not self.compiled:
            yield from super().propagate(inputs, seed=seed, repeats=repeats)
            return
        noise = self.beta, propagation_streams(self.seeds, checked_propagation(seed, repeats))
        below = self._checked(inputs)[None]
        for number, code in enumerate(self.spec.codes[:-1], start=1):
            below = self._layer(number, below, code, repeats=repeats, noise=noise)
            repeats = 1
            yield number, below

    def logits(self, inputs: ArrayLike) -> NDArray[Any]:
        """Unnormalised log-probabilities `(e, n, c)`."""
        if not self.compiled:
            return super().logits(inputs)
        below = self._checked(inputs)[None]
        for number, code in enumerate((*self.spec.codes[:-1], elementwise.LINEAR), start=1):
            below = self._layer(number, below, code)
        return below

    def module(self) -> nn.Module:
        """All members as one module, `(n, ...)` to logits `(e, n, c)`."""
        return _Batched(self.spec, self.parameters)

    def _layer(
        self,
        number: int,
        below: NDArray[Any],
        code: int,
        *,
        repeats: int = 1,
        noise: tuple[NDArray[np.float64], NDArray[np.uint32]] | None = None,
    ) -> NDArray[Any]:
        """One layer; with noise, that of the hidden layer below is added to what comes from it."""
        weights, n = self.weights(number), below.shape[1] * repeats
        beta, streams = noise or (np.zeros(self.members), np.zeros((self.members, 3), np.uint32))
        beta = (beta * (number > 1)).astype(below.dtype)
        above = np.empty((self.members, n, weights.shape[1]), below.dtype)
        in_threads(
            lambda first, last: kernels.layer(
                weights, below, above, code, number, beta, streams, first, last
            ),
            self.members * -(-n // kernels.BLOCK),
        )
        return above

    def _checked(self, inputs: ArrayLike) -> NDArray[Any]:
        rows = super()._checked(inputs)
        rows = np.ascontiguousarray(rows.reshape(len(rows), -1), PRECISIONS[self.dtype])
        if rows.shape[1] != self.spec.widths[0]:
            raise InvalidInputError(
                f"inputs must have {self.spec.widths[0]} numbers a row, the network's first width",
                received=f"rows of {rows.shape[1]}",
                fix="Choose the widths for the dataset: (dataset.m, ..., dataset.c).",
            )
        return rows


class _Batched(nn.Module):
    """Members in one batched product per layer, which torch.export can trace."""

    def __init__(self, spec: MLP, parameters: dict[str, Tensor]) -> None:
        super().__init__()
        depth = len(spec.widths) - 1
        self.weights = nn.ParameterList(
            parameters[f"layer_{k}.weight"].clone() for k in range(1, depth + 1)
        )
        self.biases = nn.ParameterList(
            parameters[f"layer_{k}.bias"].clone() for k in range(1, depth + 1)
        )
        self.activations = nn.ModuleList(ACTIVATIONS[name][1]() for name in spec.activations)

    def forward(self, inputs: Tensor) -> Tensor:
        rows = inputs.flatten(1).to(self.biases[0].dtype)
        hidden = rows.expand(self.biases[0].shape[0], *rows.shape)
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            hidden = torch.baddbmm(bias.unsqueeze(1), hidden, weight.transpose(1, 2))
            if layer < len(self.activations):
                hidden = self.activations[layer](hidden)
        return hidden


def mlp(
    widths: Sequence[int],
    *,
    activation: str | Sequence[str] = "tanh",
    initialisation: str = "truncated_normal",
    beta: ArrayLike = 0.0,
    members: int | None = None,
    seed: int | None = None,
    seeds: Sequence[int] | None = None,
    dtype: torch.dtype = torch.float32,
    device: str | torch.device = "auto",
) -> MLPEnsemble:
    """Make an ensemble of fully connected networks with a softmax output.

    Arguments:
        widths: (m, hidden..., c).
        activation: one of tanh, relu, leaky_relu (slope 0.01), linear, sigmoid for all hidden
            layers, or one for each.
        initialisation: truncated_normal (standard deviation 1/√fan_in, biases 0), glorot_uniform,
            he_normal, or torch (the default of `torch.nn.Linear`).
        beta: standard deviation of the Gaussian noise that is added, in training, to every hidden
            neuron after its activation; one number or one for each member `(e,)`, 0 for none.
        members: number of members, 1 if neither this nor `seeds` is given.
        seed: the first member's seed, 0 if not given; the others' follow it.
        seeds: one seed per member, instead of the two above; equal ones make twins.
        dtype: torch.float32, or torch.float64 where the last digits matter.
        device: "auto" (CUDA where there is one), or a device of torch.

    Returns:
        An ensemble for `train`, whose layers are "layer_1", "layer_2", and so on, the last one
        the softmax output.

    Raises:
        InvalidInputError: if an argument is refused, or the weights do not fit in memory.

    Example:
        >>> ensemble = mlp((12, 10, 7, 5, 4, 3, 2), activation="tanh", members=20)
        >>> ensemble.members, ensemble.layer_names[-1], ensemble.logits(np.zeros((9, 12))).shape
        (20, 'layer_6', (20, 9, 2))
    """
    sizes = tuple(widths) if isinstance(widths, Collection) else (widths,)
    names = (activation,) * max(len(sizes) - 2, 0) if isinstance(activation, str) else activation
    spec = MLP(sizes, tuple(names))
    if seeds is not None and (members is not None or seed is not None):
        raise InvalidInputError(
            "members and seed cannot be given beside seeds",
            received=f"members={members}, seed={seed}, seeds={seeds}",
            fix="Give either seeds, or members and the first seed.",
        )
    if dtype not in (torch.float32, torch.float64):
        raise InvalidInputError(
            "dtype must be torch.float32 or torch.float64",
            received=dtype,
            fix="Use torch.float32 to train, torch.float64 to check.",
        )
    member_seeds = consecutive_seeds(members, seed) if seeds is None else checked_seeds(seeds)
    check_weights(spec.widths, len(member_seeds), dtype.itemsize)
    parameters = initial_parameters(spec.widths, initialisation, member_seeds, dtype)
    place = checked_device(device)
    return MLPEnsemble(
        spec,
        {name: p.to(place) for name, p in parameters.items()},
        member_seeds,
        checked_beta(beta, len(member_seeds)),
    )
