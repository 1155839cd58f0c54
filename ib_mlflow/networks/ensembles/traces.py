"""What a forward pass leaves where no member keeps it: modules that it makes, moved generators."""

from __future__ import annotations

import random
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from ib_mlflow.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import nn


def check_appeared(before: nn.Module, after: nn.Module) -> None:
    """Refuse a network that makes a module or a parameter in its forward pass.

    Arguments:
        before: the network.
        after: a copy of it after a pass.

    Raises:
        InvalidInputError: if one appeared; it is named.

    Example:
        >>> from torch import nn
        >>> check_appeared(nn.Linear(3, 2), nn.Linear(3, 2))
    """
    modules, parameters = dict(before.named_modules()), dict(before.named_parameters())
    appeared = [
        f"{name} ({type(part).__name__})"
        for own, parts in ((modules, after.named_modules()), (parameters, after.named_parameters()))
        for name, part in parts
        if name not in own
    ]
    if appeared:
        raise InvalidInputError(
            "modules and parameters must be there when the factory returns",
            received=f"a forward pass in which {appeared[0]} appears",
            fix="Build it in __init__; where its shape follows from the rows, take a lazy module "
            "(nn.LazyLinear) and pass two rows through the network in the factory.",
        )


@contextmanager
def torch_alone() -> Iterator[None]:
    """Refuse draws from the generators that Python and NumPy share among all; they do not move.

    Raises:
        InvalidInputError: if what ran inside has drawn from one; it is named.

    Example:
        >>> with torch_alone():
        ...     draw = random.Random(0).random()
    """
    python, numpy = random.getstate(), np.random.get_state(legacy=False)  # noqa: NPY002
    yield
    drawn = []
    if random.getstate() != python:
        random.setstate(python)
        drawn.append("Python's random")
    if not _same(np.random.get_state(legacy=False), numpy):  # noqa: NPY002
        np.random.set_state(numpy)  # noqa: NPY002
        drawn.append("numpy.random")
    if drawn:
        raise InvalidInputError(
            "logits must follow from rows, parameters, buffers and torch's own random numbers",
            received=f"a forward pass that draws from the module {' and '.join(drawn)}",
            fix="Draw from torch's own generator, which follows the seed: torch.rand, or an "
            "nn.Dropout.",
        )


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    return bool(np.array_equal(one, other)) if isinstance(one, np.ndarray) else one == other
