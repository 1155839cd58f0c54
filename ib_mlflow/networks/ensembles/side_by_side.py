"""All members as one module, to be exported."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from ib_mlflow.networks.ensembles.derived import settle

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def side_by_side(template: nn.Module, members: Sequence[Mapping[str, Tensor]]) -> nn.Module:
    """Members as one module, `(n, ...)` to logits `(e, n, c)`, in evaluation mode.

    Arguments:
        template: of the members; its numbers do not matter.
        members: of each, parameters and buffers by name; they are copied.

    Example:
        >>> network = nn.Linear(3, 2)
        >>> members = [network.state_dict()] * 4
        >>> side_by_side(network, members)(torch.zeros(5, 3)).shape
        torch.Size([4, 5, 2])
    """
    modules = []
    for tensors in members:
        device = next(iter(tensors.values())).device
        module = copy.deepcopy(template).to_empty(device=device)
        with torch.no_grad():
            for name, tensor in (*module.named_parameters(), *module.named_buffers()):
                tensor.copy_(tensors[name])
        settle(module)
        modules.append(module)
    return _Side(modules).eval()


class _Side(nn.Module):
    """Members side by side."""

    def __init__(self, members: Sequence[nn.Module]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)

    def forward(self, inputs: Tensor) -> Tensor:
        own = next(self.parameters()).dtype  # a dataset's rows are float32 whatever networks are
        rows = inputs.to(own) if inputs.is_floating_point() else inputs
        return torch.stack([member(rows) for member in self.members])
