"""What a network raised, as one line that names its module, what came in, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor, nn

from ib_mlflow.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterator

LENGTH = 240  # characters of another library's message


def fault_of(network: nn.Module, error: BaseException) -> tuple[str, nn.Module, Tensor | None]:
    """The innermost module in which a network stopped.

    Arguments:
        network: the very object that was called.
        error: what it raised, with its traceback.

    Returns:
        The module's name, `""` for the network itself; the module; and the tensor that entered it,
        None where there was none.

    Example:
        >>> import torch
        >>> network = nn.Sequential(nn.Tanh(), nn.Linear(3, 2))
        >>> try:
        ...     network(torch.zeros(5, 4))
        ... except RuntimeError as error:
        ...     name, module, entered = fault_of(network, error)
        >>> name, module, tuple(entered.shape)
        ('1', Linear(in_features=3, out_features=2, bias=True), (5, 4))
    """
    names = {id(module): name for name, module in network.named_modules()}
    at, entered = network, None
    for variables in _frames(error):
        own = variables.get("self")
        if isinstance(own, nn.Module) and id(own) in names:
            if own is not at:
                at, entered = own, None
            arguments = variables.get("args")
            if isinstance(arguments, tuple):
                tensors = [value for value in arguments if isinstance(value, Tensor)]
                entered = tensors[0] if tensors else entered
    return names[id(at)], at, entered


def refusal(
    network: nn.Module, rows: Tensor, error: BaseException, *, training: bool = False
) -> InvalidInputError:
    """The error for a network that does not take its rows.

    Arguments:
        network: the very object that was called.
        rows: `(n, ...)` that it was called with.
        error: what it raised.
        training: whether it was in training.

    Example:
        >>> import torch
        >>> network, rows = nn.Sequential(nn.Linear(3, 2)), torch.zeros(5, 4)
        >>> try:
        ...     network(rows)
        ... except RuntimeError as error:
        ...     print(refusal(network, rows, error).fix)
        Let it take what comes: nn.Linear(4, 2).
    """
    name, module, entered = fault_of(network, error)
    place = f"in its module {name!r}, {_short(module)}" if name else "in its forward"
    how = "learn from" if training else "take"
    count = "1 row" if len(rows) == 1 else f"{len(rows)} rows"
    return InvalidInputError(
        f"a network must {how} {count} of shape {tuple(rows.shape[1:])} and {rows.dtype}",
        received=f"{summary(error)}, {place}",
        fix=_fix(module, entered, rows),
    )


def summary(error: BaseException) -> str:
    """The type and first line of an error.

    Example:
        >>> summary(ValueError("no such axis"))
        'ValueError: no such axis'
    """
    lines = str(error).strip().splitlines() or [""]
    text = lines[0] if len(lines[0]) <= LENGTH else f"{lines[0][:LENGTH]} …"
    return f"{type(error).__name__}: {text}".rstrip(".: ")


def _frames(error: BaseException) -> Iterator[dict[str, object]]:
    traceback = error.__traceback__
    while traceback is not None:
        yield traceback.tb_frame.f_locals
        traceback = traceback.tb_next


def _short(module: nn.Module) -> str:
    words = repr(module)
    return words if "\n" not in words and len(words) <= 100 else type(module).__name__


def _fix(module: nn.Module, entered: Tensor | None, rows: Tensor) -> str:
    shape = () if entered is None else tuple(entered.shape)
    if isinstance(module, nn.Embedding | nn.EmbeddingBag):
        if entered is not None and entered.is_floating_point():
            return "Make the dataset of int64 ids, which reach the network as they are."
        return "Give it as many rows as there are ids: num_embeddings above the largest."
    if isinstance(module, nn.Linear) and len(shape) > 1 and shape[-1] != module.in_features:
        if entered is not None and entered[:1].numel() == module.in_features:
            return "Put an nn.Flatten() before it."
        return f"Let it take what comes: nn.Linear({shape[-1]}, {module.out_features})."
    if isinstance(module, nn.modules.conv._ConvNd):
        if rows.ndim == 2:
            return (
                "Put an nn.Unflatten(1, (channels, h, w)) before it, or give images of that shape."
            )
        return f"Let it take what comes, {shape[1:]}: channels first, then the other axes."
    if isinstance(module, nn.modules.batchnorm._NormBase) and len(rows) == 1:
        return "Choose a batch_size that leaves no single row for the last step."
    if not rows.is_floating_point():
        return "Look ids up by an nn.Embedding; of numbers, make a dataset of float32."
    size = ", ".join(str(length) for length in rows.shape[1:])
    return f"Let factory()(torch.zeros({len(rows)}, {size})) run by itself first."
