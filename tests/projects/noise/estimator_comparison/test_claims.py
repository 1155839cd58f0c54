import numpy as np
import pytest

from ib_mlflow.studies.judging.claims import findings_of
from ib_mlflow.units import text_of
from projects.noise.estimator_comparison.claims import (
    CASE_CLAIMS,
    DIMENSION_CLAIMS,
    depends_on_the_width,
    dimensions,
    errs_less,
    rate,
)
from projects.noise.estimator_comparison.comparison import EstimatorComparison

PAPER = {"sp": 0.9, "knn": 0.3, "kde": 0.2}


def of_cases(*cases):
    return findings_of(CASE_CLAIMS, EstimatorComparison(None, cases))


def of_dimensions(*cases):
    return findings_of(DIMENSION_CLAIMS, EstimatorComparison(None, cases))


def verdicts(findings):
    return [finding.verdict for finding in findings]


def test_rates_are_the_powers(case):
    for name, power in PAPER.items():
        assert rate(case(5, PAPER), name) == pytest.approx(power, abs=2e-3)


def test_what_the_paper_says_is_agreed_with_where_it_holds(case):
    assert verdicts(of_cases(case(5, PAPER))) == ["agrees"] * 5


def test_and_disagreed_with_where_it_does_not(case):
    other = case(5, {"sp": 0.2, "knn": 0.9, "kde": 0.5}, sign=1, moved=1e-4, noise=0.01)
    assert verdicts(of_cases(other)) == ["disagrees"] * 5


def test_every_case_is_judged_under_its_name(case):
    findings = of_cases(case(5, PAPER), case(10, PAPER, beta=0.5))
    names = [finding.claim.split(":")[0] for finding in findings]
    assert names == ["d=5, beta=0.1", "d=10, beta=0.5"] * 5
    assert "with 10000 samples" in findings[2].claim


def test_dimensions_are_compared_at_equal_noise(case):
    few = case(5, PAPER)
    many = case(10, {"sp": 0.9, "knn": 0.15, "kde": 0.1})
    other = case(10, PAPER, beta=0.5)
    for order in ([many, few, other], [other, few, many]):
        findings = of_dimensions(*order)
        assert verdicts(findings) == ["agrees"] * 3
        assert all(finding.claim.startswith("beta=0.1: ") for finding in findings)
        assert all("from d=5 to d=10" in finding.claim for finding in findings)
    assert verdicts(of_dimensions(few, case(10, {"sp": 0.1, "knn": 0.4, "kde": 0.3}))) == (
        ["disagrees"] * 3
    )


def test_the_smallest_dimension_is_compared_with_the_largest(case):
    cases = [case(d, PAPER) for d in (7, 10, 5)]
    (pair,) = dimensions(EstimatorComparison(None, cases))
    assert (pair.few.spec.mixture.dimension, pair.many.spec.mixture.dimension) == (5, 10)


def test_mean_errors_stand_behind_their_estimators_in_the_readers_unit(case):
    words = errs_less(case(5, PAPER)).words
    errors = {name: 10_000.0**-power for name, power in PAPER.items()}
    assert f"nearest neighbours {errors['knn']:.3f} nats" in text_of(words, "nats")
    assert f"kernel density {errors['kde'] / np.log(2):.3f} bits" in text_of(words, "bits")


def test_either_width_may_move_the_estimate(case):
    moved = case(5, PAPER, moved=0.0)
    moved.values["kde_half"][:] += 1.0
    assert depends_on_the_width(moved).verdict == "agrees"
    assert "Moved by 0.500 nats" in text_of(depends_on_the_width(moved).words)
