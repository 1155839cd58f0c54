import pytest
import torch
from torch.nn.functional import avg_pool2d, conv2d, interpolate, pixel_shuffle

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks.pixelcnn.context import ContextAtLevel, checked_context_shape
from ib_mlflow.networks.pixelcnn.layers import Convolution


def level(shape, size, conditioning, drop=0.0):
    context = ContextAtLevel(shape, size, conditioning=conditioning, drop=drop)
    bias = context.bias(6)
    generator = torch.Generator().manual_seed(0)
    for module in (context, bias):
        module.eval()
        for layer in module.modules():
            if isinstance(layer, Convolution):
                layer.reset(generator)
    return context, bias


def draw(*shape):
    return torch.randn(shape, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("conditioning", ["resize", "convolution"])
def test_a_vector_is_mapped_linearly(conditioning):
    context, bias = level((7,), (4, 4), conditioning)
    h = draw(2, 7)
    expected = h @ bias.map.weight().flatten(1).T + bias.map.bias
    torch.testing.assert_close(bias(context(h)), expected[:, :, None, None])


@pytest.mark.parametrize("conditioning", ["resize", "convolution"])
def test_an_equal_map_takes_a_convolution_of_one_by_one(conditioning):
    context, bias = level((3, 4, 8), (4, 8), conditioning)
    h = draw(2, 3, 4, 8)
    expected = conv2d(h, bias.map.weight(), bias.map.bias)
    torch.testing.assert_close(bias(context(h)), expected)


@pytest.mark.parametrize("size", [(12, 12), (28, 28), (5, 7), (3, 2)])
def test_resizing(size):
    context, bias = level((3, 6, 6), size, "resize")
    h = draw(2, 3, 6, 6)
    resized = interpolate(h, size, mode="bilinear", antialias=True)
    expected = conv2d(resized, bias.map.weight(), bias.map.bias)
    torch.testing.assert_close(bias(context(h)), expected)


@pytest.mark.parametrize("factor", [2, 4, 8])
def test_a_larger_map_is_convolved_with_a_stride_and_averaged(factor):
    context, bias = level((3, 4 * factor, 2 * factor), (4, 2), "convolution")
    h = draw(2, 3, 4 * factor, 2 * factor)
    expected = conv2d(h, bias.map.weight(), bias.map.bias, stride=2)
    if factor > 2:
        expected = avg_pool2d(expected, factor // 2)
    measured = bias(context(h))
    assert measured.shape == (2, 6, 4, 2)
    torch.testing.assert_close(measured, expected)


@pytest.mark.parametrize("factor", [2, 4])
def test_a_smaller_map_is_shuffled_from_sub_pixels(factor):
    context, bias = level((3, 2, 4), (2 * factor, 4 * factor), "convolution")
    h = draw(2, 3, 2, 4)
    fine = pixel_shuffle(
        conv2d(h, context.enlarge.weight(), context.enlarge.bias, padding=1), factor
    )
    expected = conv2d(fine, bias.map.weight(), bias.map.bias)
    torch.testing.assert_close(bias(context(h)), expected)


def test_biases_are_dropped_in_training():
    context, bias = level((7,), (4, 4), "resize", drop=0.5)
    h = draw(100, 7)
    whole = bias(context(h))
    bias.train()
    part = bias(context(h))
    kept = part != 0
    torch.testing.assert_close(part[kept], 2 * whole[kept])
    assert 0.3 < kept.float().mean() < 0.7


@pytest.mark.parametrize(("shape", "size"), [((1, 6, 6), (4, 4)), ((1, 8, 4), (4, 4))])
def test_only_powers_of_two_can_be_convolved(shape, size):
    with pytest.raises(InvalidInputError, match="one power of two"):
        level(shape, size, "convolution")


@pytest.mark.parametrize(("given", "shape"), [(5, (5,)), ([2, 3, 4], (2, 3, 4)), (None, None)])
def test_shapes_of_contexts(given, shape):
    assert checked_context_shape(given) == shape
