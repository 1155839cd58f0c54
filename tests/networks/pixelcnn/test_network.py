import pytest
import torch

from ib_mlflow.networks import PixelCNN


def dependence(decoder, x):
    """Whether output pixel (i, j) depends on input pixel (k, l), as `(h·w, h·w)` booleans."""
    _, h, w = decoder.shape
    x = x.clone().requires_grad_()
    parameters = decoder.network(x, None)
    weights = torch.rand(
        parameters.shape[1], dtype=x.dtype, generator=torch.Generator().manual_seed(1)
    )
    rows = []
    for i in range(h):
        for j in range(w):
            (slope,) = torch.autograd.grad(
                (parameters[0, :, i, j] * weights).sum(), x, retain_graph=True
            )
            rows.append((slope[0] != 0).any(0).flatten())
    return torch.stack(rows)


@pytest.mark.parametrize(
    ("shape", "levels", "blocks"),
    [((1, 4, 8), 3, 2), ((3, 4, 6), 2, 3), ((1, 5, 3), 1, 2), ((3, 4, 4), 3, 5), ((1, 6, 6), 2, 1)],
)
def test_every_earlier_pixel_matters_and_no_later_one(shape, levels, blocks):
    decoder = PixelCNN(shape, head="bernoulli", filters=4, blocks=blocks, levels=levels).double()
    decoder.eval()
    x = torch.randn(1, *shape, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    depends = dependence(decoder, x)
    before = torch.ones_like(depends).tril(-1)
    assert not (depends & ~before).any()
    assert torch.equal(depends, before)


def test_a_shallow_network_still_sees_its_neighbours():
    decoder = PixelCNN((1, 7, 9), head="bernoulli", filters=4, blocks=1, levels=1).double().eval()
    x = torch.randn(1, 1, 7, 9, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    depends = dependence(decoder, x).reshape(7, 9, 7, 9)
    for i in range(1, 7):
        for j in range(1, 8):
            assert depends[i, j, i, j - 1]
            assert depends[i, j, i - 1, j - 1 : j + 2].all()


def test_the_paper_s_size():
    decoder = PixelCNN((1, 28, 28), blocks=3, filters=64)
    assert 5.4e6 < sum(p.numel() for p in decoder.parameters()) < 5.5e6


def test_every_parameter_is_trained():
    # DistributedDataParallel needs a gradient for each.
    for conditioning in ("resize", "convolution"):
        decoder = PixelCNN(
            (3, 8, 8), filters=4, blocks=1, context=(2, 4, 4), conditioning=conditioning, dropout=0
        )
        x = torch.randint(256, (2, 3, 8, 8), generator=torch.Generator().manual_seed(0)).byte()
        decoder.log_prob(x, torch.ones(2, 2, 4, 4)).sum().backward()
        silent = [n for n, p in decoder.named_parameters() if p.grad is None or not p.grad.any()]
        assert silent == []


@pytest.mark.parametrize(("blocks", "levels"), [(1, 1), (2, 1), (1, 2)])
def test_a_pixel_sees_as_many_rows_as_are_promised(blocks, levels):
    rows = (4 * blocks + 2) * (2**levels - 1) + 1
    size = 2 * (rows // 2 + 2)
    decoder = PixelCNN((1, size, 8), head="bernoulli", filters=2, blocks=blocks, levels=levels)
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(1, 1, size, 8, dtype=torch.float64, generator=generator, requires_grad=True)
    parameters = decoder.double().eval().network(x, None)
    (slope,) = torch.autograd.grad(parameters[0, 0, size - 2, 4], x)
    rows_seen = slope[0, 0].abs().sum(1).nonzero()
    assert size - 2 - int(rows_seen.min()) >= rows
