import numpy as np
import pytest

from ib_mlflow.units import text_of
from projects.noise.minimal_examples.agreement import (
    AGREEMENT_CLAIMS,
    Neuron,
    bounds_track,
    estimate_is_near,
    neurons,
)
from projects.noise.minimal_examples.examples import MinimalExamples, tanh_neuron
from projects.noise.minimal_examples.information import EXACT, LOWER, UPPER


@pytest.fixture
def neuron(trained_chain):
    """Networks whose estimates deviate so many standard errors from the exact value, which falls.

    The exact value falls by up to 0.86 nats; the bounds lie that far from it.
    """

    def make(*, deviations=0.0, low=-0.02, high=0.02, error=0.01, members=8):
        generator = np.random.default_rng(0)
        exact = np.sin(np.linspace(0, 3, 50)) * np.ones((members, 1))
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
    near = estimate_is_near(neuron())
    assert near.verdict == "agrees"
    assert words(near).startswith("In 8 of 8")
    held = bounds_track(neuron())
    assert [part.verdict for part in held.parts] == ["agrees", "agrees"]
    # With three networks not even all of them are surely most.
    assert bounds_track(neuron(members=3)).verdict == "undecided"


def test_an_estimate_outside_its_errors_does_not(neuron):
    distant = neuron(deviations=5.0)
    assert estimate_is_near(distant).verdict == "disagrees"
    assert bounds_track(distant).verdict == "agrees"


def test_a_bound_on_the_wrong_side_is_seen(neuron):
    for wrong in (neuron(low=0.1), neuron(high=-0.1)):
        held = bounds_track(wrong)
        assert words(held).startswith("(1) In 0 of 8")
        assert held.verdict == "disagrees"


@pytest.mark.parametrize(
    ("apart", "verdict"), [(0.04, "agrees"), (0.25, "undecided"), (1.0, "disagrees")]
)
def test_bounds_track_a_fall_that_is_wide_beside_them(neuron, apart, verdict):
    # A constant distance is no help, though the bounds then move exactly as the value does.
    held = bounds_track(neuron(low=-apart / 2, high=apart / 2))
    assert held.verdict == verdict
    assert f"The bounds are up to {apart:.3f} nats" in words(held)
    assert "where I(X;T) falls by 0.859 nats" in words(held)


def test_a_value_that_never_falls_has_nothing_to_be_tracked(neuron):
    rising = neuron()
    frame = rising.trained.trajectory.frame
    for name, shift in ((EXACT, 0.0), (LOWER, -1e-3), (UPPER, 1e-3)):
        own = frame["estimator"] == name
        frame.loc[own, "i_x"] = frame.loc[own, "epoch"] / 50 + shift
    assert bounds_track(rising).verdict == "disagrees"


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
