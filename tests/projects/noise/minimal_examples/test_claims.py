import numpy as np
import pytest

from projects.noise.minimal_examples.claims import (
    FOUR,
    LEVELS,
    THREE,
    TWO,
    crossings,
    weight_findings,
)


def test_levels_are_entropies_of_cluster_sizes():
    for sizes, level in (([1, 1, 1, 1], FOUR), ([2, 1, 1], THREE), ([3, 1], TWO)):
        shares = np.array(sizes) / 4
        assert level == pytest.approx(-(shares @ np.log(shares)))
    assert list(LEVELS.values()) == sorted(LEVELS.values(), reverse=True)


def test_a_crossing_comes_after_the_peak():
    epochs = np.array([0.0, 10, 100, 1000])
    curves = np.array([[0.0, 2, 1.6, 1], [2, 0, 2, 2], [0, 1, 2, 3]])
    assert crossings(epochs, curves, 1.5).tolist() == [1000, 10, np.inf]


def test_claims_about_the_noise_follow_the_curves():
    weights = np.linspace(0, 1, 5)
    stages = np.array([0, FOUR, THREE, TWO, TWO])
    rising = np.array([0, 0.1, 0.2, 0.3, 0.3])
    verdicts = [f.verdict for f in weight_findings(weights, {0.01: stages, 0.5: rising})]
    assert verdicts == ["agrees", "agrees"]
    verdicts = [f.verdict for f in weight_findings(weights, {0.01: rising, 0.5: stages})]
    assert verdicts == ["disagrees", "disagrees"]
