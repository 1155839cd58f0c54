import pytest
import torch
from torch.nn.functional import conv2d, pad

from ib_mlflow.networks.pixelcnn.blocks import HORIZONTAL, VERTICAL, BlockPair, GatedBlock, Streams
from ib_mlflow.networks.pixelcnn.context import ContextAtLevel
from ib_mlflow.networks.pixelcnn.layers import Convolution, concat_elu


def with_random_weights(module):
    generator = torch.Generator().manual_seed(0)
    for layer in module.modules():
        if isinstance(layer, Convolution):
            layer.reset(generator)
            torch.nn.init.normal_(layer.bias, generator=generator)
    return module.double().eval()


def draw(*shape, seed=1):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, dtype=torch.float64, generator=generator)


@pytest.mark.parametrize("reach", [VERTICAL, HORIZONTAL])
def test_a_gated_block_is_its_formula(reach):
    context = ContextAtLevel((5,), (4, 6), conditioning="resize", drop=0.0)
    block = with_random_weights(GatedBlock(3, reach, skip=2, drop=0.5, context=context))
    x, skip, h = draw(2, 3, 4, 6), draw(2, 2, 4, 6, seed=2), draw(2, 5, 1, 1, seed=3)

    def convolved(layer, x):
        return conv2d(pad(x, reach.sides), layer.weight(), layer.bias)

    hidden = convolved(block.first, concat_elu(x))
    hidden = hidden + conv2d(skip, block.skip.weight(), block.skip.bias)
    gates = convolved(block.second, concat_elu(hidden))
    of_context = block.context.map
    gates = gates + conv2d(h, of_context.weight(), of_context.bias)
    expected = x + gates[:, :3] * gates[:, 3:].sigmoid()
    torch.testing.assert_close(block(x, concat_elu(x), (skip,), h), expected)


def test_only_the_horizontal_stream_sees_the_other():
    pair = with_random_weights(BlockPair(3, returning=False, drop=0.0, context=None))
    rows, pixels, other = draw(1, 3, 4, 4), draw(1, 3, 4, 4, seed=2), draw(1, 3, 4, 4, seed=3)
    first = pair(Streams.of(rows, pixels), None, None)
    second = pair(Streams.of(rows, other), None, None)
    third = pair(Streams.of(other, pixels), None, None)
    assert torch.equal(first.rows, second.rows)
    assert not torch.equal(first.pixels, third.pixels)
    torch.testing.assert_close(first.active_pixels, concat_elu(first.pixels))


def test_dropout_acts_in_training_only():
    block = with_random_weights(GatedBlock(3, VERTICAL, skip=0, drop=0.5, context=None))
    x = draw(1, 3, 4, 4)
    assert torch.equal(block(x, concat_elu(x), (), None), block(x, concat_elu(x), (), None))
    block.train()
    assert not torch.equal(block(x, concat_elu(x), (), None), block(x, concat_elu(x), (), None))
