import pytest
import torch
from torch.nn.functional import avg_pool2d, conv2d, interpolate, pixel_shuffle

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks.pixelcnn.context import ContextAtLevel, ContextScale, checked_context_shape
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


def fitted(scale, h):
    scale.standardising = True
    scaled = scale(h)
    scale.standardising = False
    return scaled


@pytest.mark.parametrize("shape", [(5,), (5, 3, 4)])
def test_contexts_are_standardised_unit_by_unit(shape):
    scale, h = ContextScale(shape).double(), draw(64, *shape).double()
    assert torch.equal(scale(h), h)
    each = (5, *(1 for _ in shape[1:]))
    own = torch.tensor([1.0, 3.0, 0.5, 2.0, 1.0]).double().view(each)
    moved = h * own + 1000 * own
    scaled = fitted(scale, moved)
    assert torch.equal(scale(moved), scaled)
    along = (0, *range(2, h.ndim))
    torch.testing.assert_close(scaled.mean(along), torch.zeros(5).double(), rtol=0, atol=1e-10)
    torch.testing.assert_close(scaled.std(along, correction=0), torch.ones(5).double())


def test_units_that_hardly_vary_are_not_blown_up():
    scale, h = ContextScale((3,)), draw(64, 3) * torch.tensor([1.0, 1e-6, 0.0])
    assert fitted(scale, h)[:, 1:].abs().max() < 1e-3
    assert scale(torch.tensor([[0.0, 1.0, 1.0]])).abs().max() < 20
    assert torch.equal(fitted(scale, torch.full((4, 3), 7.0)), torch.zeros(4, 3))


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
