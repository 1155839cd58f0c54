"""The passes of a network of many small kernels as CUDA graphs: recorded once, then replayed."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from ib_mlflow.networks.pixelcnn import PixelCNN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

QUIET = "set_warn_on_accumulate_grad_stream_mismatch"


def of_many_kernels(model: nn.Module) -> nn.Module | None:
    """The part of a network whose passes a GPU should replay.

    A decoder starts thousands of kernels in a pass, each of which takes a GPU less time than the
    CPU needs to start it. What changes buffers in a pass (batch normalisation) cannot be recorded
    without changing them; what starts few kernels has nothing to gain.

    Arguments:
        model: any network.

    Returns:
        The two streams of a PixelCNN++, or None where there is none in the model.

    Example:
        >>> decoder = PixelCNN((1, 8, 8), filters=4, blocks=1)
        >>> of_many_kernels(nn.Sequential(decoder)) is decoder.network
        True
        >>> of_many_kernels(nn.Linear(2, 2)) is None
        True
    """
    found = (each.network for each in model.modules() if isinstance(each, PixelCNN))
    return next(found, None)


def replay(part: nn.Module, run: Callable[[], object], *, half: bool) -> None:
    """Record the forward and the backward pass of a part of a network; it replays them from now on.

    Weights are read and slopes written where they lie, so that every replay is of the weights as
    they are, and dropout draws by the seed at that time. Only batches of the recorded size can
    follow.

    Reference:
        CUDA graphs through `torch.cuda.make_graphed_callables`.

    Arguments:
        part: on a GPU, in training mode. Its `forward` is replaced.
        run: computes something of it as an update does; it is stopped where the part begins.
        half: whether products are rounded to bfloat16.
    """
    # The recording's stream is not the training's, which newer versions of torch warn of.
    if hasattr(torch.autograd.graph, QUIET):
        getattr(torch.autograd.graph, QUIET)(False)
    with torch.autocast("cuda", torch.bfloat16, enabled=half, cache_enabled=False):
        arguments = arguments_of(part, run)
        torch.cuda.make_graphed_callables(part, arguments, allow_unused_input=True)


def arguments_of(part: nn.Module, run: Callable[[], object]) -> tuple[Tensor, ...]:
    """What a part of a network is given, as tensors of the same kind.

    Arguments:
        part: it is not computed.
        run: computes something of it.

    Example:
        >>> inner = nn.Linear(2, 3)
        >>> model = nn.Sequential(nn.Flatten(), inner)
        >>> [each.shape for each in arguments_of(inner, lambda: model(torch.zeros(5, 2, 1)))]
        [torch.Size([5, 2])]
    """
    with _stopped_at(part) as given:
        run()
    return tuple(each.detach().clone().requires_grad_(each.requires_grad) for each in given)


class _Reached(Exception):  # noqa: N818 - no error: it ends a pass that has said enough
    """The part that was waited for is about to be computed."""


@contextmanager
def _stopped_at(part: nn.Module) -> Iterator[list[Tensor]]:
    given: list[Tensor] = []

    def stop(_: nn.Module, arguments: tuple[Any, ...]) -> None:
        given.extend(arguments)
        raise _Reached

    hook = part.register_forward_pre_hook(stop)
    try:
        yield given
    except _Reached:
        pass
    finally:
        hook.remove()
