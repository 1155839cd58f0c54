"""What the class is read from a layer by: modules drawn anew, and a layer brought to size."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from torch import nn

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LEAST_VARIANCE = 1e-12
"""What keeps a unit that is the same for all images from a division by zero."""


def renewed(modules: Iterable[nn.Module]) -> nn.Sequential:
    """Copies of modules one after the other, all weights and statistics drawn anew.

    Example:
        >>> import torch
        >>> trained = nn.BatchNorm1d(2)
        >>> _ = trained(torch.ones(3, 2))
        >>> renewed([trained])[0].running_mean
        tensor([0., 0.])
    """
    copies = nn.Sequential(*(copy.deepcopy(module) for module in modules))
    for module in copies.modules():
        reset = getattr(module, "reset_parameters", None)
        if reset is not None:
            reset()
    return copies.requires_grad_(True).train()


def standardised(shape: Sequence[int]) -> nn.Module:
    """Bring each channel, or unit, to mean 0 and deviation 1 over the samples that are learnt.

    An affine map that can be undone loses nothing; but a layer before or early in training may be
    so small that what reads it would hardly learn. The statistics are the mean over all batches.

    Arguments:
        shape: of what a layer makes of one image: `(d,)` or `(channels, h, w)`.

    Example:
        >>> import torch
        >>> values = 1e-3 * torch.randn(100, 8, generator=torch.Generator().manual_seed(0))
        >>> [round(float(x), 3) for x in torch.std_mean(standardised((8,))(values), correction=0)]
        [1.0, 0.0]
    """
    kind = nn.BatchNorm2d if len(shape) == 3 else nn.BatchNorm1d
    return kind(shape[0], eps=LEAST_VARIANCE, momentum=None, affine=False)
