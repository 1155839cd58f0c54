"""Two passes of all inputs through noisy networks, side by side and checked."""

from __future__ import annotations

import inspect
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import numpy as np

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information.inputs.symbols import layer_array
from ib_mlflow.memory import check_memory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from ib_mlflow.information.protocols import Propagate

# Two passes in units of beta and the trees over them: bytes per number, per propagation, and per
# number of the draws, which are copied more often.
PER_NUMBER, PER_ROW, PER_DRAW = 64, 160, 100


def check_size(m: int, repeats: int, draws: int, d: int = 1) -> None:
    """Refuse more propagations and draws than memory is left for.

    Arguments:
        m: inputs.
        repeats: propagations of each.
        draws: from the mixture of all.
        d: units of the layer; the least while it is not known.

    Raises:
        InvalidInputError: where they do not fit.
    """
    check_memory(
        float(m * repeats) * (PER_NUMBER * d + PER_ROW) + float(draws) * PER_DRAW * (d + 1),
        what="the propagations of a layer",
        received=f"{repeats} propagations of {m} inputs and {draws} queries in {d} dimensions",
        fix="Use fewer repeats, queries or inputs.",
    )


def check_propagate(propagate: object) -> None:
    """Refuse what cannot be called as networks are: a network itself, or a function without seed.

    Raises:
        InvalidInputError: unless it can be called as propagate(inputs, seed=..., repeats=...).

    Example:
        >>> check_propagate(lambda inputs, *, seed, repeats=1: iter(()))
    """
    received = repr(propagate)
    if callable(propagate):
        try:
            inspect.signature(propagate).bind(None, seed=0, repeats=1)
        except TypeError as error:
            received = f"{getattr(propagate, '__name__', received)}: {error}"
        except ValueError:  # a compiled function does not say what it takes
            return
        else:
            return
    raise InvalidInputError(
        "propagate must be callable as propagate(inputs, seed=..., repeats=...)",
        received=received,
        fix="Give ensemble.propagate, or a function that takes inputs, seed and repeats.",
    )


def two_passes(
    propagate: Propagate, inputs: Any, m: int, repeats: int, seed: int
) -> Iterator[tuple[int, NDArray[Any], NDArray[Any], tuple[int, ...]]]:
    """Propagate twice with seeds of their own.

    Arguments:
        propagate: the networks.
        inputs: m inputs.
        m: how many they are.
        repeats: propagations of each in either pass.
        seed: of both.

    Returns:
        An iterator of each layer's number, the activations (batch, m * repeats, d) of both
        passes, and the leading shape.

    Raises:
        InvalidInputError: where the passes differ in layers or shapes, or yield what is not
            finite or has another number of rows.
    """
    words = np.random.SeedSequence(seed).generate_state(2)
    passes = (propagate(inputs, seed=int(word), repeats=repeats) for word in words)
    for first, second in zip_longest(*passes):
        if first is None or second is None or first[0] != second[0]:
            layers = [None if passed is None else passed[0] for passed in (first, second)]
            raise InvalidInputError(
                "every propagation must yield the same layers",
                received=f"layer {layers[0]} in the first pass beside {layers[1]} in the second",
                fix="Let the layers that are yielded not depend on the seed or on the call.",
            )
        layer = first[0]
        (activations, leading), (others, shape) = (
            _read(passed[1], m * repeats, layer) for passed in (first, second)
        )
        if (activations.shape, leading) != (others.shape, shape):
            raise InvalidInputError(
                "every propagation must yield layers of the same shape",
                received=f"{activations.shape} beside {others.shape} in layer {layer}",
                fix="Yield (*, m * repeats, d) for the same networks each time.",
            )
        yield layer, activations, others, leading


def _read(values: Any, n: int, layer: int) -> tuple[NDArray[Any], tuple[int, ...]]:
    """Activations (batch, n, d) and the leading shape, checked."""
    activations, leading = layer_array(values)
    if activations.shape[1] != n or not np.isfinite(activations).all():
        raise InvalidInputError(
            f"a propagated layer must have {n} rows, a row for each repeat of each input, and be "
            "finite",
            received=f"{activations.shape[1]} rows and "
            f"{np.count_nonzero(~np.isfinite(activations))} NaN or infinite values in layer "
            f"{layer}",
            fix="Leave out networks that diverged.",
        )
    return activations, leading
