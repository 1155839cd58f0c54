"""One process, or several that train together under torchrun."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch
from torch import distributed

from ib_mlflow.networks.members import checked_device

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor


@contextmanager
def joined(device: str | torch.device = "auto") -> Iterator[torch.device]:
    """Join the processes that torchrun started, if it did; leave them at the end of the block.

    Arguments:
        device: "auto" (CUDA where there is one), or a device of torch. Under torchrun each process
            takes the GPU of its local rank.

    Returns:
        A context with the device to train on.

    Raises:
        InvalidInputError: the device is not there.

    Example:
        >>> with joined("cpu") as device:
        ...     device.type, rank(), processes()
        ('cpu', 0, 1)
    """
    place = checked_device(device)
    if "RANK" not in os.environ or distributed.is_initialized():
        yield place
        return
    if place.type == "cuda":
        place = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
        torch.cuda.set_device(place)
    distributed.init_process_group("nccl" if place.type == "cuda" else "gloo")
    try:
        yield place
    finally:
        distributed.destroy_process_group()


def rank() -> int:
    """This process's number among those that train together; 0 writes what all have found."""
    return distributed.get_rank() if distributed.is_initialized() else 0


def processes() -> int:
    """How many processes train together."""
    return distributed.get_world_size() if distributed.is_initialized() else 1


def total(values: Tensor) -> Tensor:
    """The sum of a tensor over the processes."""
    if processes() > 1:
        distributed.all_reduce(values)
    return values


@contextmanager
def seeded(device: torch.device, seed: int) -> Iterator[None]:
    """Seed torch's generators for a block, and restore them after it.

    Dropout takes its numbers from these generators and from no other.

    Example:
        >>> with seeded(torch.device("cpu"), 1):
        ...     first = torch.rand(2)
        >>> with seeded(torch.device("cpu"), 1):
        ...     torch.equal(torch.rand(2), first)
        True
    """
    devices: list[Any] = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices):
        torch.default_generator.manual_seed(seed)
        if devices:
            with torch.cuda.device(device):
                torch.cuda.manual_seed(seed)
        yield
