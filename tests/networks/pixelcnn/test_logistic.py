import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, log_softmax

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks import DiscretizedLogisticMixture

EVERY_VALUE = torch.arange(256, dtype=torch.uint8).reshape(256, 1, 1, 1)
NUMBERS = st.floats(-50, 50)


def naive(x, parameters):
    """The definition for one channel, by differences of distribution functions in numpy."""
    k = len(parameters) // 3
    logits, means, log_scales = parameters[:k], parameters[k : 2 * k], parameters[2 * k :]
    scales = np.exp(np.maximum(log_scales, -7))
    at = x / 127.5 - 1
    upper = np.ones(k) if x == 255 else expit((at + 1 / 255 - means) / scales)
    lower = np.zeros(k) if x == 0 else expit((at - 1 / 255 - means) / scales)
    return np.log(np.sum(np.exp(log_softmax(logits)) * (upper - lower)))


def test_it_is_the_definition_where_that_is_accurate():
    parameters = np.random.default_rng(0).normal(size=12)
    parameters[8:] -= 2
    expected = [naive(x, parameters) for x in range(256)]
    given = torch.tensor(parameters).reshape(1, 12, 1, 1).expand(256, -1, -1, -1)
    measured = DiscretizedLogisticMixture(channels=1).log_prob(EVERY_VALUE, given)
    np.testing.assert_allclose(measured.numpy(), expected, rtol=0, atol=1e-11)


@given(st.lists(NUMBERS, min_size=3, max_size=3), st.lists(NUMBERS, min_size=3, max_size=3))
def test_the_values_of_one_channel_sum_to_one(first, second):
    parameters = torch.tensor([first, second], dtype=torch.float64).T.reshape(1, 6, 1, 1)
    log_probs = DiscretizedLogisticMixture(channels=1).log_prob(
        EVERY_VALUE, parameters.expand(256, -1, -1, -1)
    )
    assert log_probs.exp().sum().item() == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("log_scale", [-1000.0, -7.0, -3.0, 0.0, 5.0, 40.0, 300.0])
@pytest.mark.parametrize("mean", [-1e4, -1.0, 0.0, 0.3, 1.0, 30.0])
def test_extreme_scales_and_means_sum_to_one(log_scale, mean):
    parameters = torch.tensor([0.0, mean, log_scale], dtype=torch.float64).reshape(1, 3, 1, 1)
    log_probs = DiscretizedLogisticMixture(channels=1).log_prob(
        EVERY_VALUE, parameters.expand(256, -1, -1, -1)
    )
    assert log_probs.isfinite().all()
    assert log_probs.exp().sum().item() == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("log_scale", [-1000.0, -7.0, -5.0, -3.0, 0.0, 5.0])
def test_in_single_precision_bins_leave_no_gaps(log_scale):
    head = DiscretizedLogisticMixture(channels=1)
    means = torch.linspace(-1.2, 1.2, 97)
    parameters = torch.stack([torch.zeros(97), means, torch.full((97,), log_scale)])
    parameters = parameters.reshape(1, 3, 1, 97).expand(256, -1, -1, -1)
    log_probs = head.log_probs(EVERY_VALUE.expand(-1, -1, -1, 97), parameters)
    assert log_probs.dtype == torch.float32
    torch.testing.assert_close(
        log_probs.double().exp().sum(0), torch.ones(1, 97).double(), rtol=0, atol=5e-7
    )


def test_three_channels_sum_to_one():
    # log P(r, g, b) = log P(r) + log P(g | r) + log P(b | r, g): with one component the sum over
    # blue is P(r, g), and the sum of that over green is P(r).
    head = DiscretizedLogisticMixture(channels=3)
    parameters = torch.randn(
        1, 10, 1, 1, dtype=torch.float64, generator=torch.Generator().manual_seed(0)
    )
    grid = torch.cartesian_prod(torch.arange(256), torch.arange(256)).to(torch.uint8)
    one = DiscretizedLogisticMixture(channels=1)
    red = one.log_prob(EVERY_VALUE, parameters[:, [0, 1, 2]].expand(256, -1, -1, -1)).exp()
    for r in (0, 17, 255):
        x = torch.cat([torch.full((65536, 1), r, dtype=torch.uint8), grid], 1)[..., None, None]
        total = head.log_prob(x, parameters.expand(65536, -1, -1, -1)).exp().sum()
        assert total.item() == pytest.approx(red[r].item(), rel=1e-12)


def test_colours_are_coupled_as_in_the_reference():
    # Two components, the axis as in the reference: logits, then means, log-scales and coefficients
    # of red, of green, of blue.
    numbers = np.random.default_rng(1).normal(size=20)
    logits, roles = numbers[:2], numbers[2:].reshape(3, 3, 2)
    x = np.array([30, 200, 90])
    at = x / 127.5 - 1
    coefficients = np.tanh(roles[:, 2])
    means = roles[:, 0].copy()
    means[1] += coefficients[0] * at[0]
    means[2] += coefficients[1] * at[0] + coefficients[2] * at[1]
    scales = np.exp(roles[:, 1])
    masses = expit((at[:, None] + 1 / 255 - means) / scales) - expit(
        (at[:, None] - 1 / 255 - means) / scales
    )
    expected = np.log(np.sum(np.exp(log_softmax(logits)) * masses.prod(0)))
    measured = DiscretizedLogisticMixture(channels=3, mixtures=2).log_prob(
        torch.tensor(x, dtype=torch.uint8).reshape(1, 3, 1, 1),
        torch.tensor(numbers).reshape(1, 20, 1, 1),
    )
    assert measured.item() == pytest.approx(expected, abs=1e-11)


def test_tails_follow_the_exponential_law():
    # Far from the mean, P ≈ exp(-distance/s) (1 - exp(-width/s)) for a narrow component.
    parameters = torch.tensor([0.0, -1.0, -7.0]).reshape(1, 3, 1, 1)
    x = torch.full((1, 1, 1, 1), 200, dtype=torch.uint8)
    s = math.exp(-7)
    distance = 200 / 127.5 - 1 / 255
    expected = -distance / s + math.log1p(-math.exp(-2 / 255 / s))
    measured = DiscretizedLogisticMixture(channels=1).log_prob(x, parameters)
    assert measured.item() == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_gradients_are_finite_at_extremes(channels, dtype):
    generator = torch.Generator().manual_seed(0)
    p = 30 if channels == 1 else 100
    parameters = 60 * torch.randn(64, p, 4, 4, dtype=dtype, generator=generator)
    x = torch.randint(256, (64, channels, 4, 4), generator=generator).to(torch.uint8)
    parameters.requires_grad_()
    log_probs = DiscretizedLogisticMixture(channels).log_prob(x, parameters)
    log_probs.sum().backward()
    assert log_probs.isfinite().all()
    assert parameters.grad.isfinite().all()


def test_gradients_are_right():
    generator = torch.Generator().manual_seed(0)
    parameters = torch.randn(3, 20, 1, 2, dtype=torch.float64, generator=generator)
    x = torch.tensor([[0, 255], [40, 3], [255, 128]], dtype=torch.uint8)
    x = x.reshape(3, 1, 1, 2).repeat(1, 3, 1, 1)
    assert torch.autograd.gradcheck(
        lambda p: DiscretizedLogisticMixture(3).log_prob(x, p), parameters.requires_grad_()
    )


@pytest.mark.parametrize(("mean", "end"), [(-math.inf, 0), (math.inf, 255)])
def test_an_infinite_mean_is_the_limit_of_large_ones(mean, end):
    parameters = torch.tensor([0.0, mean, 0.0]).reshape(1, 3, 1, 1)
    head = DiscretizedLogisticMixture(channels=1)
    mass = head.log_prob(EVERY_VALUE, parameters.expand(256, -1, -1, -1)).exp()
    assert mass.nonzero().flatten().tolist() == [end]
    assert mass[end] == 1
    assert head.sample(parameters, torch.Generator().manual_seed(0)).item() == end


def test_scales_are_clamped_from_below():
    x = torch.full((1, 1, 1, 1), 128, dtype=torch.uint8)
    head = DiscretizedLogisticMixture(channels=1)
    clamped, least = (
        head.log_prob(x, torch.tensor([0.0, 0.0, s]).reshape(1, 3, 1, 1)) for s in (-20.0, -7.0)
    )
    assert torch.equal(clamped, least)


def test_images_add_over_pixels_and_do_not_mix():
    generator = torch.Generator().manual_seed(0)
    parameters = torch.randn(4, 30, 3, 5, generator=generator)
    x = torch.randint(256, (4, 1, 3, 5), generator=generator).to(torch.uint8)
    head = DiscretizedLogisticMixture(channels=1, mixtures=10)
    single = [
        head.log_prob(
            x[n : n + 1, :, i : i + 1, j : j + 1], parameters[n : n + 1, :, i, j, None, None]
        )
        for n in range(4)
        for i in range(3)
        for j in range(5)
    ]
    torch.testing.assert_close(
        head.log_prob(x, parameters), torch.cat(single).reshape(4, -1).sum(1)
    )


@pytest.mark.parametrize(
    ("x", "parameters", "message"),
    [
        (torch.zeros(2, 1, 4, 4), torch.zeros(2, 30, 4, 4), r"torch\.uint8"),
        ([[0]], torch.zeros(2, 30, 4, 4), r"torch\.uint8; received list"),
        (torch.zeros(2, 1, 4, 4).byte(), [[0.0]], "floating-point numbers; received list"),
        (torch.zeros(2, 3, 4, 4).byte(), torch.zeros(2, 30, 4, 4), r"shape \(b, 1, 4, 4\)"),
        (torch.zeros(2, 1, 4, 4).byte(), torch.zeros(2, 100, 4, 4), "imply 3 parameters"),
        (torch.zeros(2, 1, 4, 4).byte(), torch.zeros(2, 30, 4, 5), r"shape \(2, 30, 4, 4\)"),
        (torch.zeros(2, 1, 4, 4).byte(), torch.zeros(2, 30), "must have shape"),
        (torch.zeros(2, 1, 4, 4).byte(), torch.full((2, 3, 4, 4), math.nan), "may be NaN"),
    ],
)
def test_bad_input_is_refused(x, parameters, message):
    with pytest.raises(InvalidInputError, match=message):
        DiscretizedLogisticMixture(channels=1).log_prob(x, parameters)


def test_a_stated_number_of_mixtures_is_kept():
    head = DiscretizedLogisticMixture(channels=1, mixtures=5)
    assert head.size == 15
    with pytest.raises(InvalidInputError, match=r"shape \(1, 15, 2, 2\)"):
        head.log_prob(torch.zeros(1, 1, 2, 2).byte(), torch.zeros(1, 30, 2, 2))


@pytest.mark.parametrize("channels", [0, 2, 4, "3", True, 1.0, None])
def test_other_channels_are_refused(channels):
    with pytest.raises(InvalidInputError, match="channels must be 1 or 3"):
        DiscretizedLogisticMixture(channels)


@pytest.mark.parametrize("least", ["a", None, True, math.nan, 0.1, -31])
def test_other_scales_are_refused(least):
    with pytest.raises(InvalidInputError, match="least_log_scale must be a number"):
        DiscretizedLogisticMixture(1, least_log_scale=least)
