from types import SimpleNamespace

import numpy as np

from projects.noise.minimal_examples.agreement import agreement


def followed(*, off=0.0, low=-0.2, high=0.2, error=0.01):
    """Three networks whose estimates deviate so many standard errors from the exact value."""
    generator = np.random.default_rng(0)
    exact = np.sin(np.linspace(0, 3, 50)) * np.ones((3, 1))
    found = {
        "quadrature": exact,
        "sp": exact + error * (generator.uniform(-1, 1, exact.shape) + off),
        "pairs_lower": exact + low,
        "pairs_upper": exact + high,
    }

    def curves(estimator, layer, column="i_x"):
        return np.full_like(exact, error) if column == "i_x_se" else found[estimator]

    return SimpleNamespace(
        curves=curves,
        trajectory=SimpleNamespace(layers=(1,)),
        chain=SimpleNamespace(name="neuron"),
    )


def test_an_estimate_within_its_errors_and_between_its_bounds_agrees():
    # With three networks not even all of them are surely most.
    assert [finding.found[:7] for finding in agreement(followed())] == ["In 3 of", "In 3 of"]


def test_an_estimate_outside_its_errors_does_not():
    estimate, bounds = agreement(followed(off=5.0))
    assert estimate.found.startswith("In 0 of 3")
    assert bounds.found.startswith("In 3 of 3")


def test_a_bound_on_the_wrong_side_is_seen():
    assert agreement(followed(low=0.1))[1].found.startswith("In 0 of 3")
    assert agreement(followed(high=-0.1))[1].found.startswith("In 0 of 3")
