import pytest
import torch

from ib_mlflow.networks.pixelcnn.blocks import HORIZONTAL, VERTICAL, GatedBlock
from ib_mlflow.networks.pixelcnn.cached_blocks import PixelBlock, RowBlock, activated
from ib_mlflow.networks.pixelcnn.context import ContextAtLevel
from ib_mlflow.networks.pixelcnn.layers import Convolution, concat_elu

B, F, H, W = 2, 3, 4, 6


def draw(*shape, seed):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, dtype=torch.float64, generator=generator)


def case(reach, skip, context):
    """A block with drawn weights, and what its context becomes."""
    level = None
    if context is not None:
        level = ContextAtLevel(context, (H, W), conditioning="resize", drop=0.0)
    block = GatedBlock(F, reach, skip=skip, drop=0.5, context=level)
    generator = torch.Generator().manual_seed(0)
    for layer in block.modules():
        if isinstance(layer, Convolution):
            layer.reset(generator)
            torch.nn.init.normal_(layer.bias, generator=generator)
    prepared = None if level is None else level(draw(B, *context, seed=5))
    return block.double().eval(), prepared


def rows_of(x):
    return x.permute(2, 3, 0, 1)


@pytest.mark.parametrize("context", [None, (5,), (2, 4, 6), (2, 3, 3)])
@pytest.mark.parametrize("returning", [False, True])
def test_a_row_at_a_time(context, returning):
    block, prepared = case(VERTICAL, 2 * F * returning, context)
    x, passed = draw(B, F, H, W, seed=1), draw(B, 2 * F, H, W, seed=2)
    expected = block(x, concat_elu(x), (passed,) * returning, prepared)
    with torch.inference_mode():
        cached = RowBlock(block, prepared, W, B)
        measured = [
            cached.row(r, row, activated(row), rows_of(passed)[r] if returning else None)
            for r, row in enumerate(rows_of(x))
        ]
    torch.testing.assert_close(torch.stack(measured), rows_of(expected))


@pytest.mark.parametrize("context", [None, (5,), (2, 4, 6), (2, 3, 3)])
@pytest.mark.parametrize("returning", [False, True])
def test_a_pixel_at_a_time(context, returning):
    block, prepared = case(HORIZONTAL, 2 * F * (1 + returning), context)
    x, above, passed = (draw(B, c, H, W, seed=c) for c in (F, 2 * F, 2 * F))
    skips = (above, passed) if returning else (above,)
    expected = block(x, concat_elu(x), skips, prepared)
    measured = []
    with torch.inference_mode():
        cached = PixelBlock(block, prepared, W, B)
        for r in range(H):
            cached.begin_row(r, rows_of(above)[r])
            for j in range(W):
                aside = passed[:, :, r, j] if returning else None
                measured.append(cached.pixel(j, x[:, :, r, j], aside))
    torch.testing.assert_close(torch.stack(measured), rows_of(expected).flatten(0, 1))
