import numpy as np
import pytest

from ib_mlflow.units import text_of
from projects.noise.minimal_examples.agreement import (
    AGREEMENT_CLAIMS,
    Neuron,
    bounds_hold,
    estimate_is_near,
    neurons,
)
from projects.noise.minimal_examples.examples import MinimalExamples, tanh_neuron
from projects.noise.minimal_examples.information import EXACT, LOWER, UPPER


@pytest.fixture
def neuron(trained_chain):
    """Three networks whose estimates deviate so many standard errors from the exact value."""

    def make(*, deviations=0.0, low=-0.2, high=0.2, error=0.01):
        generator = np.random.default_rng(0)
        exact = np.sin(np.linspace(0, 3, 50)) * np.ones((3, 1))
        curves = {
            (EXACT, 1): exact,
            ("sp", 1): exact + error * (generator.uniform(-1, 1, exact.shape) + deviations),
            (LOWER, 1): exact + low,
            (UPPER, 1): exact + high,
        }
        errors = {("sp", 1): np.full_like(exact, error)}
        return Neuron(trained_chain(tanh_neuron(0.01), range(50), curves, errors=errors), 1)

    return make


def words(judgement):
    return text_of(judgement.words)


def test_an_estimate_within_its_errors_and_between_its_bounds_agrees(neuron):
    assert words(estimate_is_near(neuron())).startswith("In 3 of 3")
    held = bounds_hold(neuron())
    assert words(held).startswith("(1) In 3 of 3")
    assert "(2) In 3 of 3" in words(held)
    # With three draws not even all of them are surely most.
    assert held.verdict == "undecided"


def test_an_estimate_outside_its_errors_does_not(neuron):
    distant = neuron(deviations=5.0)
    assert words(estimate_is_near(distant)).startswith("In 0 of 3")
    assert words(bounds_hold(distant)).startswith("(1) In 3 of 3")


def test_a_bound_on_the_wrong_side_is_seen(neuron):
    for wrong in (neuron(low=0.1), neuron(high=-0.1)):
        held = bounds_hold(wrong)
        assert words(held).startswith("(1) In 0 of 3")
        assert held.verdict == "disagrees"


def test_bounds_that_do_not_move_with_the_value_are_seen(neuron):
    still = neuron()
    flat = still.curves(EXACT) * 0 - 1 + 1e-6 * np.arange(50)
    still.trained.trajectory.frame.loc[
        still.trained.trajectory.frame["estimator"] == LOWER, "i_x"
    ] = flat.ravel()
    assert "(2) In 0 of 3" in words(bounds_hold(still))


def test_differences_are_written_in_the_readers_unit(neuron):
    judgement = estimate_is_near(neuron(error=0.02))
    assert "mean standard error 0.0200 nats" in text_of(judgement.words, "nats")
    assert "mean standard error 0.0289 bits" in text_of(judgement.words, "bits")


def test_every_neuron_of_both_chains_is_judged_under_its_name(neuron):
    trained = neuron().trained
    readings = MinimalExamples(None, trained, trained, None)
    assert [each.name for each in neurons(readings)] == ["tanh neuron, layer 1"] * 2
    findings = AGREEMENT_CLAIMS[0].findings(readings)
    assert findings[0].claim.startswith("tanh neuron, layer 1: the sample-propagation estimate")
