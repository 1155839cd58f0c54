import pytest
import torch

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks import PixelCNN
from ib_mlflow.networks.pixelcnn import sampler


def decoder_of(head, *, shape=(3, 4, 8), context=(4,)):
    decoder = PixelCNN(shape, head=head, filters=6, blocks=1, context=context).double()
    generator = torch.Generator().manual_seed(0)
    x = torch.randint(decoder.head.values, (32, *shape), generator=generator).byte()
    h = None if context is None else torch.randn(32, *context, generator=generator)
    decoder.initialise(x, h)
    return decoder


@torch.no_grad()
def usual_sample(decoder, h, seed):
    """A full forward pass for each pixel."""
    _, height, width = decoder.shape
    noise = decoder.head.noise((len(h), height, width), torch.Generator().manual_seed(seed))
    x = torch.zeros(len(h), *decoder.shape, dtype=torch.uint8)
    decoder.eval()
    for i in range(height):
        for j in range(width):
            parameters = decoder.parameters_of(x, h)[..., i, j]
            x[..., i, j] = decoder.head.draw(parameters, noise[:, i, j])
    return x


@pytest.mark.parametrize("head", ["logistic", "softmax", "bernoulli"])
def test_images_are_those_of_the_usual_sampler(head):
    decoder = decoder_of(head)
    h = torch.randn(3, 4, generator=torch.Generator().manual_seed(1))
    images = decoder.sample(h, seed=5)
    assert images.dtype == torch.uint8
    assert decoder.training
    assert torch.equal(images, usual_sample(decoder, h, seed=5))


def test_seeds_differ_and_repeat():
    decoder = decoder_of("softmax", context=None)
    first, again, other = (decoder.sample(2, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert not torch.equal(first[0], first[1])


@pytest.mark.parametrize("context", [(4,), (2, 4, 8)])
@pytest.mark.parametrize("limit", [("IMAGES_AT_ONCE", 2), ("BIASES_AT_ONCE", 8000)])
def test_images_at_once_change_nothing(context, limit, monkeypatch):
    decoder = decoder_of("logistic", context=context)
    h = torch.randn(5, *context, generator=torch.Generator().manual_seed(1))
    together = decoder.sample(h, seed=3)
    monkeypatch.setattr(sampler, *limit)
    assert torch.equal(decoder.sample(h, seed=3), together)


def test_a_diverged_decoder_draws_nothing():
    decoder = decoder_of("softmax", context=None)
    with torch.no_grad():
        decoder.network.exit.bias[0] = torch.nan
    with pytest.raises(InvalidInputError, match="parameters must be finite"):
        decoder.sample(1, seed=0)


def test_global_randomness_is_left_alone():
    before = torch.random.get_rng_state()
    decoder_of("softmax", context=None).sample(1, seed=0)
    assert torch.equal(before, torch.random.get_rng_state())


def test_a_decoder_can_be_trained_on_what_it_drew():
    decoder = decoder_of("softmax", context=None)
    images = decoder.sample(2, seed=0)
    decoder.log_prob(images).sum().backward()
    assert decoder.network.exit.bias.grad is not None


def test_threads_are_restored():
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        decoder_of("bernoulli", shape=(1, 4, 4), context=None).sample(1, seed=0)
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)
