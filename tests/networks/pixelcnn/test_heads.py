import numpy as np
import pytest
import torch
from scipy import stats

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks.pixelcnn.heads import Bernoulli, Categorical


def every(values):
    return torch.arange(values, dtype=torch.uint8).reshape(-1, 1, 1, 1)


@pytest.mark.parametrize(("head", "scale"), [(Categorical(1), 100.0), (Bernoulli(1), 700.0)])
def test_values_sum_to_one(head, scale):
    parameters = scale * torch.randn(
        1, head.size, 1, 1, dtype=torch.float64, generator=torch.Generator().manual_seed(0)
    )
    log_probs = head.log_prob(every(head.values), parameters.expand(head.values, -1, -1, -1))
    assert log_probs.isfinite().all()
    assert log_probs.exp().sum().item() == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("head", [Categorical(3), Bernoulli(3)])
def test_channels_and_pixels_add(head):
    generator = torch.Generator().manual_seed(0)
    parameters = torch.randn(2, head.size, 2, 3, generator=generator)
    x = torch.randint(head.values, (2, 3, 2, 3), generator=generator).to(torch.uint8)
    one = type(head)(1)
    size = one.size
    separate = sum(
        one.log_prob(x[:, [c]], parameters[:, c * size : (c + 1) * size]) for c in range(3)
    )
    torch.testing.assert_close(head.log_prob(x, parameters), separate)


@pytest.mark.parametrize(("head", "scale"), [(Categorical(1), 0.5), (Bernoulli(1), 1.0)])
def test_sampled_values_have_their_probabilities(head, scale):
    parameters = scale * torch.randn(1, head.size, 1, 1, generator=torch.Generator().manual_seed(1))
    n = 60_000
    samples = head.sample(parameters.expand(-1, -1, n, 1), torch.Generator().manual_seed(0))
    counts = np.bincount(samples.flatten().numpy(), minlength=head.values)
    expected = head.log_prob(
        every(head.values), parameters.double().expand(head.values, -1, -1, -1)
    )
    assert stats.chisquare(counts, n * expected.exp().numpy()).pvalue > 1e-3


def test_an_impossible_value_is_never_drawn():
    logits = torch.full((1, 256, 1, 1000), -torch.inf)
    logits[:, [3, 7]] = 0
    samples = Categorical(1).sample(logits, torch.Generator().manual_seed(0))
    assert set(samples.flatten().tolist()) == {3, 7}


@pytest.mark.parametrize("head", [Categorical(1), Bernoulli(1)])
def test_uniform_numbers_lie_in_the_open_interval(head, monkeypatch):
    for extreme in (0.0, 1 - 2**-53):
        monkeypatch.setattr(
            torch, "rand", lambda shape, e=extreme, **_: torch.full(shape, e).double()
        )
        noise = head.noise((1,), torch.Generator())
        assert 0 < noise.item() < 1


def test_images_of_more_than_two_values_are_no_binary_images():
    with pytest.raises(InvalidInputError, match=r"from 0 to 1; received 2\. Binarise"):
        Bernoulli(1).log_prob(every(3), torch.zeros(3, 1, 1, 1))
