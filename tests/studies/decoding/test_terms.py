import numpy as np
import pytest

from ib_mlflow.studies.decoding.terms import height_above, mean_of, relative_mean


def test_a_mean_has_the_error_of_its_images():
    terms = np.random.default_rng(0).normal(3, 2, 400)
    estimate = mean_of(terms)
    assert estimate.value == pytest.approx(terms.mean())
    assert estimate.standard_error == pytest.approx(0.1, rel=0.1)
    assert estimate.n == 400


def test_a_relative_mean_has_the_error_of_a_ratio():
    generator = np.random.default_rng(0)
    hard = generator.normal(0, 5, 300)
    terms, reference = (level + hard + generator.normal(0, 0.5, 300) for level in (-40.0, -10.0))
    itself = relative_mean(reference, reference)
    assert itself.value == pytest.approx(-1)
    assert itself.standard_error == pytest.approx(0, abs=1e-12)
    ratio = relative_mean(terms, reference)
    assert ratio.value == pytest.approx(terms.mean() / -reference.mean())
    again = []
    for _ in range(2000):
        rows = generator.integers(0, 300, 300)
        again.append(terms[rows].mean() / -reference[rows].mean())
    assert ratio.standard_error == pytest.approx(np.std(again), rel=0.1)


def test_the_highest_point_of_a_flat_curve_lies_above_nothing():
    generator = np.random.default_rng(0)
    heights = [
        height_above(curve, base).mean()
        for curve, base in (
            (generator.normal(size=(12, 50)), generator.normal(size=50)) for _ in range(400)
        )
    ]
    # The naive choice of the highest would lie 1.6 standard errors of a mean above.
    assert abs(np.mean(heights)) < 4 * np.sqrt(2 / 50 / 400)


def test_the_highest_point_lies_where_it_is():
    curve = np.array([[1.0, 2, 3, 4], [5, 6, 7, 8], [0, 0, 0, 0]])
    assert height_above(curve, curve[0]).tolist() == [4.0] * 4
