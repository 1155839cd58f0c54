import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information.exact.quadrature import LineRule, gaussians


def by_scipy(centres, deviation):
    """Adaptive quadrature from centre to centre, as far out as a float can tell."""

    def integrand(t):
        p = gaussians([t], centres, deviation).mean()
        return -p * math.log(p) if p > 0 else 0.0

    stops = np.unique([c + step * deviation for c in centres for step in (-12, -4, 0, 4, 12)])
    return math.fsum(
        quad(integrand, low, high, epsabs=1e-13, epsrel=1e-13, limit=200)[0]
        for low, high in pairwise(stops)
    )


@pytest.mark.parametrize("deviation", [1e-3, 0.01, 0.3, 5.0])
@pytest.mark.parametrize(
    "centres", [[0.0], [-0.3, 1.0], [0.0, 0.02, 0.04, 3.0], np.tanh([-3.0, -1, 1, 3])]
)
def test_mixtures_have_the_entropy_that_scipy_finds(centres, deviation):
    rule = LineRule.around(centres, smallest=deviation, largest=deviation)
    entropy = rule.entropy(gaussians(rule.nodes, centres, deviation).mean(axis=0))
    assert entropy == pytest.approx(by_scipy(centres, deviation), abs=1e-10)


@settings(max_examples=30)
@given(st.lists(st.floats(-1, 1), min_size=1, max_size=6), st.floats(0.02, 1))
def test_a_finer_rule_finds_the_same(centres, deviation):
    values = [
        rule.entropy(gaussians(rule.nodes, centres, deviation).mean(axis=0))
        for rule in (
            LineRule.around(centres, smallest=deviation / finer, largest=deviation)
            for finer in (1, 3)
        )
    ]
    assert values[0] == pytest.approx(values[1], abs=1e-10)


@pytest.mark.parametrize("k", [1, 2, 5])
def test_far_apart_the_number_of_gaussians_counts(k):
    centres = 1000.0 * np.arange(k)
    rule = LineRule.around(centres, smallest=0.5, largest=0.5)
    expected = math.log(k) + 0.5 * math.log(2 * math.pi * math.e * 0.25)
    assert rule.entropy(gaussians(rule.nodes, centres, 0.5).mean(axis=0)) == pytest.approx(
        expected, abs=1e-12
    )
    assert gaussians(rule.nodes, centres, 0.5) @ rule.weights == pytest.approx(1, abs=1e-14)


def test_different_deviations_share_a_rule():
    rule = LineRule.around([0.0, 2.0], smallest=0.01, largest=0.7)
    densities = [gaussians(rule.nodes, [c], s)[0] for c, s in ((0, 0.01), (2, 0.7), (2, 0.1))]
    expected = [0.5 * math.log(2 * math.pi * math.e * s * s) for s in (0.01, 0.7, 0.1)]
    np.testing.assert_allclose(rule.entropy(densities), expected, atol=1e-12)


@pytest.mark.parametrize(
    ("centres", "smallest", "largest", "message"),
    [
        ([], 1.0, 1.0, "finite centres"),
        ([np.nan], 1.0, 1.0, "finite centres"),
        ([0.0], 1.0, 0.01, "ascending order"),
        ([0.0], 0.0, 1.0, "smallest must be positive"),
        ([0.0], 1.0, np.inf, "largest must be positive"),
        ([0.0], 1e-9, 1.0, "at most a million panels"),
    ],
)
def test_what_has_no_rule_is_refused(centres, smallest, largest, message):
    with pytest.raises(InvalidInputError, match=message):
        LineRule.around(centres, smallest=smallest, largest=largest)
