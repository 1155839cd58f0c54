import numpy as np
import pytest
from scipy.special import logsumexp

from ib_mlflow.information.propagation import kernel


@pytest.mark.parametrize(
    ("m", "r", "d", "scale"),
    [(3, 4, 1, 1.0), (5, 10, 3, 4.0), (2, 64, 7, 9), (4, 8, 3, 1e3), (2, 6, 1500, 0.1)],
)
def test_densities_are_those_of_all_pairs(m, r, d, scale):
    random = np.random.default_rng(r)
    centres, noise = scale * random.normal(size=(m, r, d)), random.normal(size=(m, r, d))
    densities = np.full((4, m, r), np.nan)
    kernel.own_densities(centres, noise, 0, m, densities)
    draws = centres + noise
    exponents = -np.square(draws[:, :, None] - centres[:, None]).sum(axis=3) / 2
    same = np.arange(r)[:, None] // (r // 2) == np.arange(r) // (r // 2)
    for which, mask, count in (
        (kernel.WHOLE, np.ones((r, r), bool), r),
        (kernel.HALF, same, r // 2),
        (kernel.OTHERS, ~np.eye(r, dtype=bool), r - 1),
    ):
        expected = logsumexp(np.where(mask, exponents, -np.inf), axis=2)
        np.testing.assert_allclose(densities[which], expected - np.log(count), rtol=1e-12)
    others = np.where(~np.eye(r, dtype=bool), exponents, -np.inf)
    shares = np.exp(others - logsumexp(others, axis=2, keepdims=True)).sum(axis=1)
    np.testing.assert_allclose(densities[kernel.SHARES], shares, rtol=1e-9, atol=1e-12)
