import torch

from ib_mlflow.networks import PixelCNN


def test_a_decoder_adapts_to_contexts_of_another_scale():
    settings = {"head": "bernoulli", "blocks": 1, "filters": 4, "levels": 1, "context": 3}
    decoder = PixelCNN((1, 4, 4), **settings, dropout=0.0)
    generator = torch.Generator().manual_seed(0)
    x = torch.randint(2, (64, 1, 4, 4), generator=generator, dtype=torch.uint8)
    h = torch.randn(64, 3, generator=generator)
    moved = 100 * h + torch.tensor([7.0, -3.0, 1000.0])
    decoder.initialise(x, h)
    expected = decoder.log_prob(x, h)
    weights = {name: value.clone() for name, value in decoder.named_parameters()}
    assert (decoder.log_prob(x, moved) - expected).abs().max() > 1
    decoder.adapt(x, moved)
    torch.testing.assert_close(decoder.log_prob(x, moved), expected, rtol=1e-3, atol=1e-3)
    assert all(torch.equal(value, weights[name]) for name, value in decoder.named_parameters())
