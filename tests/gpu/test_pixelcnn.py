"""PixelCNN++ gives and draws on a GPU what it does on the CPU."""

import copy

import pytest
import torch

from ib_mlflow.networks import DiscretizedLogisticMixture, PixelCNN
from ib_mlflow.networks.precision import full_precision

CASES = {
    "bernoulli": {"head": "bernoulli", "shape": (1, 8, 8)},
    "softmax": {"head": "softmax", "shape": (1, 8, 8), "context": 5},
    "logistic": {"head": "logistic", "shape": (3, 8, 8), "mixtures": 3, "context": 5},
    "map": {"head": "bernoulli", "shape": (1, 8, 8), "context": (3, 5, 5)},
    "large_map": {"shape": (1, 8, 8), "context": (2, 32, 32), "conditioning": "convolution"},
    "small_map": {"shape": (3, 8, 8), "context": (2, 2, 2), "conditioning": "convolution"},
}


def batch_of(decoder, count=24, seed=0):
    """Images and contexts of the right shapes."""
    random = torch.Generator().manual_seed(seed)
    images = torch.randint(decoder.head.values, (count, *decoder.shape), generator=random).byte()
    if decoder.context is None:
        return images, None
    return images, torch.randn(count, *decoder.context, generator=random)


@pytest.fixture(params=CASES.values(), ids=CASES)
def settings(request):
    return {"filters": 8, "blocks": 1, "levels": 2, "dropout": 0.0, **request.param}


@pytest.fixture
def make(settings):
    """A decoder, standardised on the CPU in float64."""

    def made(dtype):
        decoder = PixelCNN(**settings).double()
        decoder.initialise(*batch_of(decoder))
        return decoder.to(dtype)

    return made


def test_log_probabilities_and_slopes_are_those_of_the_cpu(make, device):
    decoder = make(torch.float64)
    other, batch = copy.deepcopy(decoder).to(device), batch_of(decoder, seed=1)
    expected, log_probs = decoder.log_prob(*batch), other.log_prob(*batch)
    assert log_probs.device == device
    torch.testing.assert_close(log_probs.cpu(), expected, rtol=1e-10, atol=1e-10)
    for loss in (expected, log_probs):
        loss.mean().backward()
    slopes = dict(other.named_parameters())
    for name, parameter in decoder.named_parameters():
        torch.testing.assert_close(slopes[name].grad.cpu(), parameter.grad, rtol=1e-7, atol=1e-8)


@torch.no_grad()
def test_log_probabilities_in_single_precision(make, device):
    """In float32, and with the convolutions in TF32, as torch takes them where it is not told."""
    decoder = make(torch.float32).eval()
    batch = batch_of(decoder, seed=1)
    expected = decoder.log_prob(*batch)
    decoder = decoder.to(device)
    with full_precision():
        log_probs = decoder.log_prob(*batch).cpu()
    torch.testing.assert_close(log_probs, expected, rtol=1e-4, atol=1e-3)
    torch.testing.assert_close(decoder.log_prob(*batch).cpu(), expected, rtol=2e-2, atol=0.2)


@torch.no_grad()
def test_the_first_batch_standardises_as_on_the_cpu(settings, device, same_tensors):
    decoder = PixelCNN(**settings).double()
    other = copy.deepcopy(decoder).to(device)
    for each in (decoder, other):
        each.initialise(*batch_of(decoder))
    same_tensors(other.state_dict(), decoder.state_dict(), atol=1e-9)


def test_drawn_images_are_those_of_the_cpu(make, device):
    decoder = make(torch.float64)
    _, h = batch_of(decoder, 6, seed=2)
    contexts = 6 if h is None else h
    expected = decoder.sample(contexts, seed=5)
    images = decoder.to(device).sample(contexts, seed=5)
    assert images.device == device
    assert torch.equal(images.cpu(), expected)


def test_images_drawn_in_single_precision_are_mostly_those_of_the_cpu(make, device):
    """A number that lies at a border may fall to the other side of it, and all after it follow."""
    decoder = make(torch.float32)
    _, h = batch_of(decoder, 16, seed=2)
    contexts = 16 if h is None else h
    expected = decoder.sample(contexts, seed=5)
    images = decoder.to(device).sample(contexts, seed=5).cpu()
    assert torch.equal(decoder.sample(contexts, seed=5).cpu(), images)
    assert (images == expected).flatten(1).all(1).double().mean() >= 0.75


def test_drawing_leaves_the_generators_alone(device):
    decoder = PixelCNN((1, 4, 4), head="softmax", filters=4, blocks=1, levels=1).to(device)
    before = torch.get_rng_state()
    decoder.sample(2, seed=0)
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=["float32", "bfloat16"])
def test_a_step_with_dropout_is_finite(device, dtype):
    decoder = PixelCNN((3, 8, 8), filters=8, blocks=1, levels=2, context=5, context_dropout=0.2)
    decoder = decoder.to(device)
    images, h = batch_of(decoder)
    decoder.initialise(images.to(device), h.to(device))
    with torch.autocast(device.type, dtype, enabled=dtype == torch.bfloat16):
        loss = -decoder.log_prob(images, h).mean()
    assert loss.dtype == torch.float32
    loss.backward()
    for parameter in decoder.parameters():
        assert parameter.grad.dtype == torch.float32
        assert parameter.grad.isfinite().all()


@pytest.mark.parametrize("channels", [1, 3])
def test_a_head_alone(device, channels):
    head = DiscretizedLogisticMixture(channels)
    random = torch.Generator().manual_seed(0)
    parameters = torch.randn(5, 4 * head.per_component, 6, 6, generator=random).double()
    images = torch.randint(256, (5, channels, 6, 6), generator=random).byte()
    expected = head.log_prob(images, parameters)
    log_probs = head.log_prob(images, parameters.to(device))
    torch.testing.assert_close(log_probs.cpu(), expected, rtol=1e-10, atol=1e-10)
    draws = [
        head.sample(parameters.to(place), torch.Generator().manual_seed(1)).cpu()
        for place in ("cpu", device)
    ]
    assert torch.equal(*draws)
