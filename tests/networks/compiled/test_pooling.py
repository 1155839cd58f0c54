"""Compiled 2 × 2 max-pooling against torch's: values, slopes, equals, NaN and odd sides."""

import copy

import pytest
import torch
from torch import nn

from ib_mlflow.training.engines.pooling import pool_quickly


def both(maps: torch.Tensor) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """What torch's module and the kernel make of the same maps, and their slopes."""
    usual, quick = nn.MaxPool2d(2), nn.MaxPool2d(2)
    pool_quickly(quick)
    results = []
    for module in (usual, quick):
        own = maps.clone().requires_grad_()
        largest = module(own)
        weights = torch.arange(largest.numel(), dtype=maps.dtype).view(largest.shape)
        (slopes,) = torch.autograd.grad((largest * weights).sum(), own)
        results.append((largest.detach(), slopes))
    return results


@pytest.mark.parametrize("shape", [(3, 2, 6, 8), (2, 1, 7, 9), (4, 5, 5), (1, 1, 2, 2)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("kind", ["normal", "ties", "nan", "infinite"])
def test_it_is_torchs_to_the_bit(shape, dtype, kind):
    generator = torch.Generator().manual_seed(0)
    maps = torch.randn(shape, generator=generator, dtype=dtype)
    if kind == "ties":
        maps = maps.round()
    elif kind == "nan":
        maps[torch.rand(shape, generator=generator) < 0.3] = torch.nan
    elif kind == "infinite":
        maps = torch.where(maps > 0, -torch.inf, maps)
    (usual, usual_slopes), (quick, quick_slopes) = both(maps)
    assert torch.equal(usual.nan_to_num(7), quick.nan_to_num(7))
    assert torch.equal(usual.isnan(), quick.isnan())
    assert torch.equal(usual_slopes.nan_to_num(7), quick_slopes.nan_to_num(7))


def test_inputs_of_other_layouts_are_the_same_maps():
    maps = torch.randn(2, 3, 4, 6, generator=torch.Generator().manual_seed(1))
    module = nn.MaxPool2d(2)
    pool_quickly(module)
    by_pixel = maps.contiguous(memory_format=torch.channels_last)
    assert torch.equal(module(by_pixel), nn.MaxPool2d(2)(maps))


@pytest.mark.parametrize(
    "module",
    [
        nn.MaxPool2d(3),
        nn.MaxPool2d(2, stride=1),
        nn.MaxPool2d(2, padding=1),
        nn.MaxPool2d(2, ceil_mode=True),
        nn.MaxPool2d(2, dilation=2),
        nn.MaxPool2d(2, return_indices=True),
    ],
)
def test_other_poolings_stay_torchs(module):
    changed = copy.deepcopy(module)
    pool_quickly(changed)
    assert "forward" not in changed.__dict__


def test_integers_are_left_to_torch():
    module = nn.MaxPool2d(2)
    pool_quickly(module)
    maps = torch.arange(16).view(1, 1, 4, 4)
    assert module(maps).tolist() == [[[[5, 7], [13, 15]]]]
