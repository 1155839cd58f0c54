"""Initial weights of fully connected networks, each a function of the member's seed alone."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import torch
from torch.nn import init

from ib_mlflow.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import Generator, Tensor


def _truncated_normal(weight: Tensor, bias: Tensor, generator: Generator) -> None:
    std = 1 / math.sqrt(weight.shape[1])
    init.trunc_normal_(weight, std=std, a=-2 * std, b=2 * std, generator=generator)
    init.zeros_(bias)


def _glorot_uniform(weight: Tensor, bias: Tensor, generator: Generator) -> None:
    init.xavier_uniform_(weight, generator=generator)
    init.zeros_(bias)


def _he_normal(weight: Tensor, bias: Tensor, generator: Generator) -> None:
    init.kaiming_normal_(weight, nonlinearity="relu", generator=generator)
    init.zeros_(bias)


def _torch(weight: Tensor, bias: Tensor, generator: Generator) -> None:
    init.kaiming_uniform_(weight, a=math.sqrt(5), generator=generator)
    bound = 1 / math.sqrt(weight.shape[1])
    init.uniform_(bias, -bound, bound, generator=generator)


INITIALISATIONS: dict[str, Callable[[Tensor, Tensor, Generator], None]] = {
    "truncated_normal": _truncated_normal,
    "glorot_uniform": _glorot_uniform,
    "he_normal": _he_normal,
    "torch": _torch,
}


def initial_parameters(
    widths: Sequence[int], initialisation: str, seeds: Sequence[int], dtype: torch.dtype
) -> dict[str, Tensor]:
    """Weights and biases of every layer and member, on the CPU.

    Reference:
        truncated_normal: Shwartz-Ziv & Tishby (2017, arXiv:1703.00810), standard deviation
        1/√fan_in, cut at two of them, biases 0. glorot_uniform: Glorot & Bengio (2010), biases 0,
        Keras' default. he_normal: He et al. (2015, arXiv:1502.01852), N(0, 2/fan_in), biases 0.
        torch: the default of `torch.nn.Linear`, with the numbers it draws after
        `torch.manual_seed(seed)`.

    Arguments:
        widths: (m, hidden..., c).
        initialisation: one of the names above.
        seeds: one per member.
        dtype: torch.float32 or torch.float64.

    Returns:
        "layer_1.weight" -> `(e, outputs, inputs)`, "layer_1.bias" -> `(e, outputs)`, and so on.

    Raises:
        InvalidInputError: if the initialisation is unknown.

    Example:
        >>> stacked = initial_parameters((12, 3, 2), "he_normal", (0, 1), torch.float32)
        >>> {name: tuple(tensor.shape) for name, tensor in stacked.items()}
        {'layer_1.weight': (2, 3, 12), 'layer_1.bias': (2, 3),
         'layer_2.weight': (2, 2, 3), 'layer_2.bias': (2, 2)}
    """
    if initialisation not in INITIALISATIONS:
        raise InvalidInputError(
            "initialisation must be a known name",
            received=repr(initialisation),
            fix=f"Use one of {', '.join(INITIALISATIONS)}.",
        )
    stacked: dict[str, Tensor] = {}
    for number, (inputs, outputs) in enumerate(pairwise(widths), start=1):
        stacked[f"layer_{number}.weight"] = torch.empty(len(seeds), outputs, inputs, dtype=dtype)
        stacked[f"layer_{number}.bias"] = torch.empty(len(seeds), outputs, dtype=dtype)
    for member, seed in enumerate(seeds):
        generator = torch.Generator().manual_seed(seed)
        for number in range(1, len(widths)):
            INITIALISATIONS[initialisation](
                stacked[f"layer_{number}.weight"][member],
                stacked[f"layer_{number}.bias"][member],
                generator,
            )
    return stacked
