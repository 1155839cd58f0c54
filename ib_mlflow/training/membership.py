"""A checkpoint taken apart into those of its members, and put together again.

Members do not know of each other, so that some of them go on from the part of a checkpoint that is
theirs as they would have with all the others, bit for bit where the engine computes each by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from ib_mlflow.errors import CheckpointError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def members_of(state: Mapping[str, Any], members: slice) -> dict[str, Any]:
    """The part of a checkpoint that belongs to a stretch of its members.

    Arguments:
        state: every tensor of it has the members along its first axis, in mappings of any depth;
            what is no tensor belongs to all.
        members: the stretch.

    Returns:
        Copies of the tensors' parts, and the rest as it is.

    Example:
        >>> state = {"epoch": 3, "velocity": {"weight": torch.tensor([[1.0], [2.0], [3.0]])}}
        >>> members_of(state, slice(1, 3))
        {'epoch': 3, 'velocity': {'weight': tensor([[2.],
                [3.]])}}
    """
    parts: dict[str, Any] = {}
    for name, value in state.items():
        if isinstance(value, torch.Tensor):
            parts[name] = value[members].clone()
        else:
            parts[name] = members_of(value, members) if isinstance(value, dict) else value
    return parts


def joined(states: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """One checkpoint of the members of several, in the order of the checkpoints.

    Arguments:
        states: as `members_of` makes them, one or more.

    Raises:
        CheckpointError: they are not of the same kind of training, at the same epoch.

    Example:
        >>> parts = [{"epoch": 3, "beta": torch.tensor([beta])} for beta in (0.0, 0.1)]
        >>> joined(parts)
        {'epoch': 3, 'beta': tensor([0.0000, 0.1000])}
    """
    first, *others = states
    whole: dict[str, Any] = {}
    for name, value in first.items():
        values = [value, *(other.get(name) for other in others)]
        if isinstance(value, torch.Tensor):
            whole[name] = torch.cat(values)
        elif isinstance(value, dict):
            whole[name] = joined(values)
        elif any(type(each) is not type(value) or each != value for each in values):
            raise CheckpointError(
                f"members that go on together have the same {name}",
                received=", ".join(map(str, values)),
                fix="Let them go on by themselves.",
            )
        else:
            whole[name] = value
    return whole
