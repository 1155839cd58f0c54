"""What enters or leaves named submodules while a network runs, also inside torch.func.vmap."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Self

from torch import Tensor, nn

from ib_mlflow.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence


class Recorder:
    """Hooks on named submodules, as a context manager; `take` hands over what one pass left.

    Arguments:
        network: a module.
        names: names of submodules, as in `network.named_modules()`; a string is one name.
        inputs: take what enters the submodules, not what leaves them.

    Raises:
        InvalidInputError: by `take`, if a submodule was not called exactly once or does not give
            one tensor `(n, ...)`.

    Example:
        >>> import torch
        >>> network = nn.Sequential(nn.Linear(12, 4), nn.Tanh())
        >>> with Recorder(network, ["0"]) as recorder:
        ...     output = network(torch.zeros(5, 12))
        ...     (linear,) = recorder.take()
        >>> torch.equal(linear.tanh(), output)
        True
    """

    def __init__(
        self, network: nn.Module, names: str | Sequence[str], *, inputs: bool = False
    ) -> None:
        self._network, self._inputs = network, inputs
        self._names = (names,) if isinstance(names, str) else names
        self._calls: dict[str, list[Any]] = {}
        self._handles: list[Any] = []

    def __enter__(self) -> Self:
        self._calls = {name: [] for name in self._names}
        for name in self._names:
            module, keep = self._network.get_submodule(name), partial(_keep, self._calls[name])
            self._handles.append(
                module.register_forward_pre_hook(lambda _, inputs, keep=keep: keep(inputs[0]))
                if self._inputs
                else module.register_forward_hook(lambda *hooked, keep=keep: keep(hooked[-1]))
            )
        return self

    def __exit__(self, *_: object) -> None:
        for handle in self._handles:
            handle.remove()
        self._handles.clear()

    def take(self) -> tuple[Tensor, ...]:
        """What the last pass left, each `(n, d)`, and forget them."""
        outputs = []
        for name, calls in self._calls.items():
            if len(calls) != 1 or not isinstance(calls[0], Tensor) or calls[0].ndim < 2:
                raise InvalidInputError(
                    f"the measured layer {name!r} must be called once and give one tensor (n, ...)",
                    received=f"{len(calls)} calls, {[_described(call) for call in calls]}",
                    fix=_fix(len(calls)),
                )
            outputs.append(as_numbers(calls[0]).flatten(1))
            calls.clear()
        return tuple(outputs)


def as_numbers(tensor: Tensor) -> Tensor:
    """The same in float32, if it is in a half precision, which NumPy's functions do not compute in.

    Example:
        >>> import torch
        >>> as_numbers(torch.ones(2, dtype=torch.bfloat16))
        tensor([1., 1.])
    """
    return tensor.float() if tensor.dtype.itemsize == 2 and tensor.is_floating_point() else tensor


def _keep(calls: list[Any], value: Any) -> None:
    # a copy, because a module that follows may work in place (nn.ReLU(inplace=True))
    calls.append(value.clone() if isinstance(value, Tensor) else value)


def _described(value: object) -> str:
    if isinstance(value, Tensor):
        return f"Tensor of shape {tuple(value.shape)}"
    return type(value).__name__


def _fix(calls: int) -> str:
    if not calls:
        return "Measure a module that the forward pass calls as a module."
    if calls > 1:
        return "Give every measured layer a module of its own."
    return "Measure the module behind it, or pass the tensor through an nn.Identity and name that."
