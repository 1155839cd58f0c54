from types import SimpleNamespace

import numpy as np
import pytest

from projects.noise.estimator_comparison.cases import COLUMNS, Case
from projects.noise.estimator_comparison.claims import case_findings, dimension_findings, rate
from projects.noise.estimator_comparison.corner_mixture import CornerMixture

SIZES = (100, 1000, 10_000)


def case(dimension, powers, *, sign=-1, noise=1e-3, beta=0.1, moved=2.0):
    """Errors that fall as given powers of n, of ten repetitions."""
    random = np.random.default_rng(dimension)
    n = np.array(SIZES, float)[:, None]
    values = {
        name: 3.0
        + (sign if name == "sp" else 1) * n**-power * (1 + noise * random.normal(size=(3, 10)))
        for name, power in powers.items()
    }
    values |= {name: values["kde"] + moved for name in COLUMNS if name not in powers}
    return Case(CornerMixture(dimension, 0.02), beta, 3.0, (3.0, 0.01), SIZES, values,
                SimpleNamespace())  # fmt: skip


PAPER = {"sp": 0.9, "knn": 0.3, "kde": 0.2}


def verdicts(findings):
    return [finding.verdict for finding in findings]


def test_rates_are_the_powers():
    one = case(5, PAPER)
    for name, power in PAPER.items():
        assert rate(one, name) == pytest.approx(power, abs=2e-3)


def test_what_the_paper_says_is_agreed_with_where_it_holds():
    assert verdicts(case_findings(case(5, PAPER))) == ["agrees"] * 5


def test_and_disagreed_with_where_it_does_not():
    other = case(5, {"sp": 0.2, "knn": 0.9, "kde": 0.5}, sign=1, moved=1e-4, noise=0.01)
    assert verdicts(case_findings(other)) == ["disagrees"] * 5


def test_dimensions_are_compared_at_equal_noise():
    few = case(5, PAPER)
    many = case(10, {"sp": 0.9, "knn": 0.15, "kde": 0.1})
    other = case(10, PAPER, beta=0.5)
    found = dimension_findings([many, few, other])
    assert verdicts(found) == ["agrees"] * 3
    assert all(finding.claim.startswith("beta=0.1: ") for finding in found)
    assert verdicts(dimension_findings([few, case(10, {"sp": 0.1, "knn": 0.4, "kde": 0.3})])) == (
        ["disagrees"] * 3
    )
