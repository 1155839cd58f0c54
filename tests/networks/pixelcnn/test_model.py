import math

import numpy as np
import pytest
import torch
from scipy import stats

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks import PixelCNN
from ib_mlflow.networks.pixelcnn.layers import Convolution


def binary_images(h, w):
    """All images of zeros and ones, `(2^(h·w), 1, h, w)`."""
    numbers = torch.arange(2 ** (h * w))[:, None]
    return (numbers >> torch.arange(h * w) & 1).to(torch.uint8).reshape(-1, 1, h, w)


def images(shape, n, values=256):
    return torch.randint(values, (n, *shape), generator=torch.Generator().manual_seed(3)).byte()


@pytest.mark.parametrize(("h", "w", "levels"), [(2, 2, 2), (3, 3, 1), (2, 4, 2), (4, 2, 1)])
def test_all_images_sum_to_one(h, w, levels):
    decoder = PixelCNN((1, h, w), head="bernoulli", filters=4, blocks=1, levels=levels).double()
    every = binary_images(h, w)
    decoder.initialise(every)
    decoder.eval()
    log_probs = decoder.log_prob(every)
    assert log_probs.std() > 0.5
    assert log_probs.exp().sum().item() == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("head", ["logistic", "softmax"])
def test_two_pixels_of_256_values_sum_to_one(head):
    decoder = PixelCNN((1, 1, 2), head=head, filters=2, blocks=1, levels=1, mixtures=3).eval()
    first, second = torch.cartesian_prod(torch.arange(256), torch.arange(256)).byte().T
    x = torch.stack([first, second], 1).reshape(-1, 1, 1, 2)
    decoder.initialise(x[::7])
    with torch.no_grad():
        log_probs = decoder.log_prob(x).double()
    assert log_probs.exp().sum().item() == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(("h", "w", "levels"), [(2, 2, 2), (3, 3, 1)])
def test_sampled_images_have_their_probabilities(h, w, levels):
    decoder = PixelCNN((1, h, w), head="bernoulli", filters=4, blocks=1, levels=levels, seed=2)
    every = binary_images(h, w)
    decoder.initialise(every)
    n = 8000
    samples = decoder.sample(n, seed=0).flatten(1).long() @ 2 ** torch.arange(h * w)
    counts = torch.bincount(samples, minlength=len(every)).double()
    expected = n * decoder.eval().log_prob(every).double().exp().detach()
    frequent = expected > 5
    observed = [*counts[frequent], counts[~frequent].sum()]
    predicted = [*expected[frequent], n - expected[frequent].sum()]
    kept = slice(None) if predicted[-1] > 1 else slice(-1)
    statistic = sum((o - p) ** 2 / p for o, p in zip(observed[kept], predicted[kept], strict=True))
    assert stats.chi2.sf(float(statistic), len(observed[kept]) - 1) > 1e-3


def test_learning_recovers_a_known_conditional_distribution():
    # For each of two labels a known distribution of 2 × 2 binary images. 2 n KL of the maximum-
    # likelihood fit to n samples is distributed as χ² with as many degrees as free probabilities.
    generator = torch.Generator().manual_seed(5)
    truth = torch.rand(2, 16, generator=generator, dtype=torch.float64) + 0.1
    truth /= truth.sum(1, keepdim=True)
    n = 20_000
    counts = torch.stack(
        [
            torch.bincount(torch.multinomial(p, n // 2, True, generator=generator), minlength=16)
            for p in truth
        ]
    ).double()
    x = binary_images(2, 2).repeat(2, 1, 1, 1)
    h = torch.eye(2).repeat_interleave(16, 0)
    decoder = PixelCNN(
        (1, 2, 2), head="bernoulli", filters=8, blocks=1, levels=1, context=2, dropout=0
    )
    decoder.initialise(x, h)
    optimiser = torch.optim.Adam(decoder.parameters(), lr=1e-2)
    steps = 120
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for _ in range(steps):
        optimiser.zero_grad()
        loss = -(counts.flatten() * decoder.log_prob(x, h)).sum() / n
        loss.backward()
        optimiser.step()
        schedule.step()
    learned = decoder.log_prob(x, h).double().reshape(2, 16)
    divergence = (truth * (truth.log() - learned)).sum(1).mean().item()
    assert 0 <= 2 * n * divergence < stats.chi2.isf(1e-3, 30)


@pytest.mark.parametrize("head", ["logistic", "softmax", "bernoulli"])
def test_the_likelihood_of_an_image_does_not_depend_on_its_batch(head):
    decoder = PixelCNN((1, 8, 8), head=head, filters=4, blocks=1, context=3).eval()
    x, h = images((1, 8, 8), 5, decoder.head.values), torch.eye(3)[[0, 1, 2, 0, 1]]
    together = decoder.log_prob(x, h)
    torch.testing.assert_close(
        together, torch.cat([decoder.log_prob(x[[n]], h[[n]]) for n in range(5)])
    )


@pytest.mark.parametrize("context", [None, 6, (3, 4, 4), (3, 16, 16)])
@pytest.mark.parametrize("conditioning", ["resize", "convolution"])
def test_the_first_batch_standardises_every_convolution(context, conditioning):
    decoder = PixelCNN(
        (1, 8, 8), filters=6, blocks=1, context=context, conditioning=conditioning, dropout=0.5
    )
    x = images((1, 8, 8), 64)
    h = None
    if context is not None:
        shape = (context,) if isinstance(context, int) else context
        h = 5 + 20 * torch.randn(64, *shape, generator=torch.Generator().manual_seed(1))
    decoder.initialise(x, h)
    assert decoder.training
    outputs = {}
    for name, layer in decoder.named_modules():
        if isinstance(layer, Convolution):
            layer.register_forward_hook(
                lambda layer, _, output, name=name: outputs.update({name: (layer.gain, output)})
            )
    decoder.eval().log_prob(x, h)
    for name, (gain, output) in outputs.items():
        torch.testing.assert_close(
            output.std((0, 2, 3), correction=0),
            torch.full((output.shape[1],), gain),
            rtol=1e-3,
            atol=0,
            msg=name,
        )
        assert output.mean((0, 2, 3)).abs().max() < 1e-4, name
    gains = [gain for name, (gain, _) in outputs.items() if name.endswith("second")]
    assert gains == [0.1] * 16


@pytest.mark.parametrize("h", [0.0, 1.0, 1000.0])
def test_a_constant_batch_does_not_blow_up_the_scales(h):
    decoder = PixelCNN((1, 4, 4), filters=4, blocks=1, context=3)
    decoder.initialise(torch.zeros(8, 1, 4, 4).byte(), torch.full((8, 3), h))
    assert all(p.isfinite().all() for p in decoder.parameters())
    assert max(float(p.detach().abs().max()) for p in decoder.parameters()) < 100


def test_a_seed_decides_the_weights():
    first, again, other = (PixelCNN((1, 4, 4), filters=4, blocks=1, seed=s) for s in (3, 3, 4))
    for one, two, three in zip(
        first.parameters(), again.parameters(), other.parameters(), strict=True
    ):
        assert torch.equal(one, two)
        assert one.ndim == 1 or not torch.equal(one, three)


def test_dropout_is_random_in_training_only():
    decoder = PixelCNN((1, 8, 8), filters=4, blocks=1, context=3, context_dropout=0.5, dropout=0)
    x, h = images((1, 8, 8), 2), torch.ones(2, 3)
    assert not torch.equal(decoder.log_prob(x, h), decoder.log_prob(x, h))
    decoder.eval()
    assert torch.equal(decoder.log_prob(x, h), decoder.log_prob(x, h))


def test_half_precision_convolutions_and_a_full_precision_head():
    decoder = PixelCNN((1, 8, 8), filters=4, blocks=1).eval()
    x = images((1, 8, 8), 4)
    exact = decoder.log_prob(x)
    with torch.autocast("cpu", torch.bfloat16):
        rough = decoder.log_prob(x)
    assert rough.dtype == torch.float32
    torch.testing.assert_close(rough, exact, rtol=0.02, atol=0)


@pytest.mark.parametrize(
    ("x", "h", "message"),
    [
        (torch.zeros(2, 1, 8, 8), torch.ones(2, 3), r"torch\.uint8; received torch\.float32"),
        (torch.zeros(2, 3, 8, 8).byte(), torch.ones(2, 3), r"shape \(b, 1, 8, 8\)"),
        (torch.zeros(2, 1, 9, 8).byte(), torch.ones(2, 3), r"shape \(b, 1, 8, 8\)"),
        (torch.zeros(0, 1, 8, 8).byte(), torch.ones(0, 3), r"b at least 1"),
        (torch.zeros(2, 1, 8, 8).byte(), None, "h missing, the decoder's context is"),
        (torch.zeros(2, 1, 8, 8).byte(), torch.ones(2, 4), r"\(2, 3\); received shape \(2, 4\)"),
        (torch.zeros(2, 1, 8, 8).byte(), torch.ones(1, 3), r"\(2, 3\); received shape \(1, 3\)"),
        (torch.zeros(2, 1, 8, 8).byte(), torch.ones(2, 3).int(), "floating-point"),
        (torch.zeros(2, 1, 8, 8).byte(), torch.full((2, 3), math.inf), "h must be finite"),
    ],
)
def test_bad_input_is_refused(x, h, message):
    decoder = PixelCNN((1, 8, 8), filters=4, blocks=1, context=3)
    with pytest.raises(InvalidInputError, match=message):
        decoder.log_prob(x, h)


def test_an_unconditional_decoder_takes_no_context():
    decoder = PixelCNN((1, 4, 4), filters=4, blocks=1)
    with pytest.raises(InvalidInputError, match="h given, the decoder's context is None"):
        decoder.log_prob(images((1, 4, 4), 2), torch.ones(2, 3))
    with pytest.raises(InvalidInputError, match="number of images"):
        decoder.sample(0, seed=0)
    with pytest.raises(InvalidInputError, match="h given"):
        decoder.sample(torch.ones(2, 3), seed=0)


def test_a_conditional_decoder_samples_for_contexts_only():
    decoder = PixelCNN((1, 4, 4), filters=4, blocks=1, context=3)
    with pytest.raises(InvalidInputError, match="h missing"):
        decoder.sample(2, seed=0)
    with pytest.raises(InvalidInputError, match=r"\(b, 3\)"):
        decoder.sample(torch.ones(2, 4), seed=0)
    for other in (np.ones((2, 3), np.float32), [[1.0, 1.0, 1.0]]):
        with pytest.raises(InvalidInputError, match="h must be a tensor"):
            decoder.sample(other, seed=0)


@pytest.mark.parametrize("head", ["logistic", "softmax", "bernoulli"])
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_decoder_that_has_diverged_is_refused(head, value):
    decoder = PixelCNN((1, 4, 4), head=head, filters=4, blocks=1, levels=1)
    with torch.no_grad():
        decoder.network.exit.bias.fill_(value)
    with pytest.raises(InvalidInputError, match="log-probabilities must be finite"):
        decoder.log_prob(images((1, 4, 4), 2, decoder.head.values))
    with pytest.raises(InvalidInputError, match="parameters must be finite"):
        decoder.sample(2, seed=0)


@pytest.mark.parametrize("context", [3, (3, 4, 4)])
def test_an_offset_or_a_unit_of_measure_of_the_context_does_not_matter(context):
    shape = (context,) if isinstance(context, int) else context
    x = images((1, 4, 4), 32)
    h = torch.randn(32, *shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    results = []
    for moved in (h, 100 + 7 * h):
        decoder = PixelCNN((1, 4, 4), filters=4, blocks=1, levels=1, context=context).double()
        decoder.initialise(x, moved)
        decoder.eval()
        results.append((decoder.log_prob(x, moved), decoder.sample(moved, seed=0)))
    torch.testing.assert_close(results[0], results[1])


def test_decoders_are_told_apart_by_their_text():
    made = [
        PixelCNN((1, 4, 4), **{"filters": 4, "blocks": 1, **other})
        for other in ({}, {"dropout": 0.1}, {"head": "softmax"}, {"context_dropout": 0.2})
    ]
    assert len({repr(decoder) for decoder in made}) == 4
    assert "sides=(1, 1, 1, 0), stride=2" in repr(made[0])
