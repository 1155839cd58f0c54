import pytest
import torch
from torch.nn.functional import conv2d, conv_transpose2d, elu

from ib_mlflow.networks.pixelcnn.layers import Convolution, Enlargement, concat_elu, dropped


def with_random_weights(layer, seed=0):
    generator = torch.Generator().manual_seed(seed)
    layer.reset(generator)
    with torch.no_grad():
        layer.scale.uniform_(0.5, 2, generator=generator)
        layer.bias.normal_(generator=generator)
    return layer.double()


def test_weights_have_the_norm_of_their_scale():
    layer = with_random_weights(Convolution(3, 4, (2, 3)))
    norms = layer.weight().flatten(1).norm(dim=1)
    torch.testing.assert_close(norms, layer.scale)
    along = layer.weight().flatten(1) @ layer.direction.flatten(1).T
    expected = layer.scale * layer.direction.flatten(1).norm(dim=1)
    torch.testing.assert_close(along.diagonal(), expected)


def test_parts_are_joined():
    layer = with_random_weights(Convolution(5, 4))
    x = torch.randn(2, 5, 3, 3, dtype=torch.float64)
    expected = conv2d(x, layer.weight(), layer.bias)
    torch.testing.assert_close(layer(x[:, :2], x[:, 2:]), expected)


@pytest.mark.parametrize("width", [2, 3])
def test_enlargement_is_the_cropped_transposed_convolution(width):
    layer = with_random_weights(Enlargement(3, 4, (2, width)))
    x = torch.randn(2, 3, 4, 5, dtype=torch.float64)
    full = conv_transpose2d(x, layer.weight().transpose(0, 1), layer.bias, 2, output_padding=(0, 1))
    side = width - 2
    torch.testing.assert_close(layer(x), full[..., side : side + 10])


def test_concat_elu():
    x = torch.randn(2, 3, 4, 4)
    torch.testing.assert_close(concat_elu(x), torch.cat([elu(x), elu(-x)], 1))


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("channels_last", [False, True])
def test_dropped_elements_are_independent_and_of_the_given_share(share, channels_last):
    n = 64 * 33 * 15 * 17
    x = torch.rand(64, 33, 15, 17) + 1
    if channels_last:
        x = x.contiguous(memory_format=torch.channels_last)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        result = dropped(x, share)
    kept = result != 0
    torch.testing.assert_close(result[kept], x[kept] / (1 - share), rtol=1e-4, atol=0)
    error = (share * (1 - share) / n) ** 0.5
    assert abs(kept.double().mean().item() - (1 - share)) < 4 * error
    flat = kept.flatten().double()
    for lag in (1, 2, 3, 4, 17, 33):
        together = (flat[lag:] * flat[:-lag]).mean().item()
        assert abs(together - (1 - share) ** 2) < 4 * ((1 - share) ** 2 / n) ** 0.5


@pytest.mark.parametrize("share", [0.0, 2**-18, 1e-9])
def test_shares_that_round_to_zero_drop_nothing(share):
    x = torch.rand(1000)
    assert torch.equal(dropped(x, share), x)


@pytest.mark.parametrize("share", [2**-16, 2**-17 + 1e-9, 1 - 2**-16, 1 - 1e-9])
def test_shares_near_the_ends_keep_the_mean(share):
    n = 2**20
    with torch.random.fork_rng():
        torch.manual_seed(0)
        result = dropped(torch.ones(n), share)
    assert result.isfinite().all()
    kept = min(max(1 - share, 2**-16), 1 - 2**-16)
    error = (kept * (1 - kept) / n) ** 0.5
    assert abs((result != 0).double().mean().item() - kept) < 5 * error


def test_dropout_follows_the_generator():
    with torch.random.fork_rng():
        torch.manual_seed(3)
        first = dropped(torch.ones(1001), 0.5)
        torch.manual_seed(3)
        assert torch.equal(dropped(torch.ones(1001), 0.5), first)


def test_gradients_pass_what_is_kept():
    x = torch.ones(1000, requires_grad=True)
    result = dropped(x, 0.5)
    result.sum().backward()
    assert torch.equal(x.grad, result.detach())
