"""Other numbers for a network, and whether two of its passes gave the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from torch import Tensor

    Numbers = dict[str, Tensor]
    Result = Numbers | Exception


def moved(numbers: Mapping[str, Tensor], names: Iterable[str]) -> Numbers:
    """The same numbers, with those of some names other ones of about their size.

    A tenth of a tensor's size is added, one in three downwards: no layer outgrows others. What is
    positive, as variances are, or zero or infinite, as masks are, stays so or comes near it.

    Arguments:
        numbers: by name.
        names: which to move; whole numbers and truths stay as they are.

    Example:
        >>> moved({"scale": torch.ones(3)}, ["scale"])
        {'scale': tensor([1.1000, 0.9000, 1.1000])}
    """
    chosen = set(names)
    return {
        name: _moved(tensor) if name in chosen and tensor.is_floating_point() else tensor
        for name, tensor in numbers.items()
    }


def _moved(tensor: Tensor) -> Tensor:
    signs = 1.0 - 2.0 * (torch.arange(tensor.numel(), device=tensor.device) % 3 == 1)
    size = tensor.abs()
    finite = size[size.isfinite()]
    typical = (float(finite.mean()) if finite.numel() else 0.0) or 0.5
    # an element above 0 is not taken below it
    steps = 0.1 * torch.where((tensor > 0) & (size < typical), size, torch.full_like(size, typical))
    return tensor + steps * signs.reshape(tensor.shape).to(tensor.dtype)


def same(one: Result, other: Result) -> bool:
    """Whether two passes gave the same, up to rounding, or both raised.

    Arguments:
        one: tensors by name, or what was raised; differences count by the largest number of `""`,
            the logits, without what all of them have in common, and by that of all others.
        other: the same of another pass.

    Example:
        >>> same({"": torch.tensor([0.0, 1.0])}, {"": torch.tensor([0.0, 1.1])})
        False
    """
    return not differing(one, other)


def differing(one: Result, other: Result) -> set[str]:
    """The names of what is not the same; of a pass that raised alone, `""`.

    Arguments:
        one: as for `same`.
        other: as for `same`.

    Example:
        >>> differing({"": torch.ones(2), "a": torch.ones(2)}, {"": torch.ones(2)})
        set()
    """
    if isinstance(one, Exception) or isinstance(other, Exception):
        return set() if isinstance(one, Exception) and isinstance(other, Exception) else {""}
    sizes = {name: _size(tensor - tensor.mean() * (not name)) for name, tensor in other.items()}
    slopes = max((size for name, size in sizes.items() if name), default=0.0)
    return {
        name
        for name, tensor in other.items()
        if name not in one
        or one[name].shape != tensor.shape
        or not torch.allclose(
            one[name],
            tensor,
            rtol=0,
            # a GPU may add in another order
            atol=torch.finfo(tensor.dtype).eps ** 0.5 * (slopes if name else sizes[name]),
            equal_nan=True,
        )
    }


def _size(tensor: Tensor) -> float:
    return float(tensor.abs().nan_to_num(0, 0, 0).max()) if tensor.numel() else 0.0


def identical(one: Tensor | None, other: Tensor) -> bool:
    """Whether a tensor is there and has the same elements, NaN included.

    Example:
        >>> identical(torch.tensor([torch.nan]), torch.tensor([torch.nan]))
        True
    """
    if one is None or one.shape != other.shape:
        return False
    return bool(((one == other) | ((one != one) & (other != other))).all())
