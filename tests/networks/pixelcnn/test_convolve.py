import pytest
import torch
from torch.nn.functional import conv2d, pad

from ib_mlflow.networks.pixelcnn.convolve import convolve

CASES = [
    ((2, 3), (1, 1, 1, 0), 1),
    ((2, 2), (1, 0, 1, 0), 1),
    ((2, 3), (1, 1, 2, -1), 1),
    ((2, 1), (1, -1, 1, 0), 1),
    ((3, 3), (1, 1, 1, 1), 1),
    ((1, 1), (0, 0, 0, 0), 1),
    ((2, 3), (1, 1, 1, 0), 2),
]


@pytest.mark.parametrize("channels_last", [False, True])
@pytest.mark.parametrize(("kernel", "sides", "stride"), CASES)
def test_values_and_gradients_are_those_of_conv2d(kernel, sides, stride, channels_last):
    generator = torch.Generator().manual_seed(0)

    def draw(*shape):
        return torch.randn(shape, dtype=torch.float64, generator=generator).requires_grad_()

    x, weight, bias = draw(3, 4, 6, 8), draw(5, 4, *kernel), draw(5)
    given = x.contiguous(memory_format=torch.channels_last) if channels_last else x
    measured = convolve(given, weight, bias, sides, stride=stride)
    expected = conv2d(pad(x, sides), weight, bias, stride)
    torch.testing.assert_close(measured, expected, rtol=0, atol=1e-12)
    slope = draw(*expected.shape).detach()
    for one, other in zip(
        torch.autograd.grad(measured, (x, weight, bias), slope),
        torch.autograd.grad(expected, (x, weight, bias), slope),
        strict=True,
    ):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-12)


def test_an_input_without_gradient_gets_none():
    x = torch.ones(1, 2, 4, 4)
    weight, bias = torch.ones(3, 2, 2, 3, requires_grad=True), torch.zeros(3, requires_grad=True)
    convolve(x, weight, bias, (1, 1, 1, 0)).sum().backward()
    assert x.grad is None
    assert weight.grad is not None
