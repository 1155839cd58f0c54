import numpy as np
import pytest
import torch
from scipy import stats

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks import DiscretizedLogisticMixture

EVERY_VALUE = torch.arange(256, dtype=torch.uint8).reshape(256, 1, 1, 1)


def test_sampled_values_have_their_probabilities():
    parameters = torch.tensor([0.3, -0.2, -0.5, 0.9, -3.0, -1.0], dtype=torch.float64)
    parameters = parameters.reshape(1, 6, 1, 1)
    head = DiscretizedLogisticMixture(channels=1)
    n = 200_000
    samples = head.sample(parameters.expand(-1, -1, 1, n), torch.Generator().manual_seed(0))
    assert samples.dtype == torch.uint8
    counts = np.bincount(samples.flatten().numpy(), minlength=256)
    expected = n * head.log_prob(EVERY_VALUE, parameters.expand(256, -1, -1, -1)).exp().numpy()
    assert expected.min() > 5
    assert stats.chisquare(counts, expected).pvalue > 1e-3


def test_sampled_colours_have_their_probabilities():
    # Narrow components, so that red and green take few values; blue's bins are summed.
    parameters = torch.tensor(
        [
            0.0,
            0.5,
            *[-1.0, 0.98, -5.0, -5.5, 0.7, -1.0],
            *[0.2, 0.3, -5.0, -5.0, 0.9, 0.2],
            *[0.1, 0.1, -1.0, -1.0, -0.8, 0.4],
        ]
    )
    parameters = parameters.double().reshape(1, 20, 1, 1)
    head = DiscretizedLogisticMixture(channels=3)
    n = 20_000
    samples = head.sample(parameters.expand(-1, -1, n, 1), torch.Generator().manual_seed(1))
    values, counts = np.unique(samples[0, :2, :, 0].numpy(), axis=1, return_counts=True)
    pairs = torch.tensor(values.T).repeat_interleave(256, 0)
    blue = torch.arange(256).repeat(values.shape[1])[:, None]
    x = torch.cat([pairs, blue], 1).to(torch.uint8)[..., None, None]
    exact = head.log_prob(x, parameters.expand(len(x), -1, -1, -1)).exp().reshape(-1, 256)
    expected = n * exact.sum(1).numpy()
    frequent = expected > 5
    rest = n - expected[frequent].sum()
    assert (
        stats.chisquare(
            [*counts[frequent], n - counts[frequent].sum()], [*expected[frequent], rest]
        ).pvalue
        > 1e-3
    )
    marginal = exact.sum(0).numpy()
    assert abs(samples[0, 2].double().mean() - marginal @ np.arange(256) / marginal.sum()) < 2


def test_sampling_a_grid_reaches_both_ends():
    parameters = torch.tensor([0.0, 0.0, 3.0]).reshape(1, 3, 1, 1).expand(1, 3, 30, 30)
    samples = DiscretizedLogisticMixture(1).sample(parameters, torch.Generator().manual_seed(0))
    assert samples.min() == 0
    assert samples.max() == 255


def test_sampling_needs_a_generator():
    with pytest.raises(InvalidInputError, match=r"must be a torch\.Generator"):
        DiscretizedLogisticMixture(1).sample(torch.zeros(1, 3, 2, 2), 0)
