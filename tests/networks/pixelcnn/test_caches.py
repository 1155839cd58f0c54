import pytest
import torch
from torch.nn.functional import conv2d, conv_transpose2d, pad

from ib_mlflow.networks.pixelcnn.caches import (
    PixelConvolution,
    PixelEnlargement,
    RowConvolution,
    RowEnlargement,
)

B, INPUTS, OUTPUTS, H, W = 3, 2, 5, 6, 8


def draw(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, dtype=torch.float64, generator=generator)


def rows_of(x):
    """`(b, c, h, w)` as rows `(w, b, c)`."""
    return x.permute(2, 3, 0, 1)


@pytest.mark.parametrize("rows", [1, 2])
@pytest.mark.parametrize("stride", [1, 2])
def test_rows(rows, stride):
    x, weight = draw(B, INPUTS, H, W), draw(OUTPUTS, INPUTS, rows, 3, seed=1)
    cached = RowConvolution(weight, W, B, stride=stride)
    measured = []
    for r, row in enumerate(rows_of(x)):
        cached.push(row)
        if r % stride == 0:
            measured.append(cached.row().clone())
    expected = conv2d(pad(x, (1, 1, rows - 1, 0)), weight, stride=stride)
    torch.testing.assert_close(torch.stack(measured), rows_of(expected))


@pytest.mark.parametrize("stride", [1, 2])
def test_pixels(stride):
    x, weight, bias = draw(B, INPUTS, H, W), draw(OUTPUTS, INPUTS, 2, 2, seed=1), draw(OUTPUTS)
    cached = PixelConvolution(weight, W, B, stride=stride)
    measured = []
    for r in range(H):
        if r % stride == 0:
            cached.begin_row(bias)
        for j in range(W):
            cached.slots[j].copy_(x[:, :, r, j])
            if r % stride == 0 and j % stride == 0:
                measured.append(cached.pixel(j // stride))
    expected = conv2d(pad(x, (1, 0, 1, 0)), weight, bias, stride=stride)
    torch.testing.assert_close(torch.stack(measured), rows_of(expected).flatten(0, 1))


def test_constants_may_differ_between_pixels():
    x, weight = draw(B, INPUTS, H, W), draw(OUTPUTS, INPUTS, 2, 2, seed=1)
    constant = draw(W, B, OUTPUTS, seed=2)
    cached = PixelConvolution(weight, W, B)
    cached.begin_row(constant)
    cached.slots[0].copy_(x[:, :, 0, 0])
    first = conv2d(pad(x, (1, 0, 1, 0)), weight)[:, :, 0, 0]
    torch.testing.assert_close(cached.pixel(0), first + constant[0])


@pytest.mark.parametrize("w", [1, 4])
def test_enlarged_rows(w):
    x, weight, bias = draw(B, INPUTS, 3, w), draw(OUTPUTS, INPUTS, 2, 3, seed=1), draw(OUTPUTS)
    enlarge = RowEnlargement(weight, bias, w, B)
    measured = torch.cat([enlarge.rows(row) for row in rows_of(x)])
    expected = conv_transpose2d(
        x, weight.transpose(0, 1), bias, 2, padding=(0, 1), output_padding=(0, 1)
    )
    torch.testing.assert_close(measured, rows_of(expected))


def test_enlarged_pixels():
    x, weight, bias = draw(B, INPUTS, 1, 1), draw(OUTPUTS, INPUTS, 2, 2, seed=1), draw(OUTPUTS)
    measured = PixelEnlargement(weight, bias).pixels(x[:, :, 0, 0])
    expected = conv_transpose2d(x, weight.transpose(0, 1), bias, 2)
    torch.testing.assert_close(measured, rows_of(expected))
